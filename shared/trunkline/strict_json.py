"""Strict JSON that every parser accepts: parsing, and masked serialization of any value."""

import json
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from math import isfinite
from typing import Any, Final

from trunkline.bounds import (
    LOG_DEPTH_MAX,
    LOG_INTEGER_BITS_MAX,
    LOG_LINE_BYTES_MAX,
    LOG_LINE_CHARACTERS_MAX,
    LOG_TEXT_CHARACTERS_MAX,
)
from trunkline.masking import shown

_CUT: Final = "…"
"""Replaces content that does not fit."""

_ELEMENT_CHARACTERS: Final = 20
"""Characters counted for an element of a container besides its strings: a number has about 20."""

Encode = Callable[[object], str]


def parsed(
    text: str, object_of: Callable[[list[tuple[str, Any]]], dict[str, Any]] | None = None
) -> Any:
    """Returns the JSON value; raises ValueError or RecursionError if it is invalid.

    Stricter than Python, like other JSON parsers: no NaN, no number beyond a double, and no half of
    a surrogate pair, which is invalid in DynamoDB and in a log line.
    """
    value = json.loads(
        text, parse_constant=_refuse, parse_float=_finite, object_pairs_hook=object_of
    )
    if "\\ud" in text.lower():
        json.dumps(value, ensure_ascii=False).encode()
    return value


def strict_encoder(indent: int | None = None) -> Encode:
    """Returns a function that serializes any value as strict JSON and never raises.

    Non-string keys, half surrogate pairs, numbers that are not finite and values without a JSON
    form become strings. Circular references and content beyond the limits are replaced by a marker.
    """
    # Created once: json.dumps creates a new encoder for every call with options.
    encode = json.JSONEncoder(
        default=shown, separators=(",", ":"), indent=indent, ensure_ascii=False, allow_nan=False
    ).encode
    return partial(_strict, encode)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise ValueError(f"{text} is beyond a double")
    return number


def _strict(encode: Encode, value: object) -> str:
    try:
        text = encode(value)
        # Raises for half a surrogate pair, which no output stream accepts.
        if len(text.encode()) <= LOG_LINE_BYTES_MAX:
            return text
    except Exception:  # noqa: BLE001, S110 - reading a value may raise anything
        pass
    return encode(_Plain().of(value))


class _Plain:
    """One conversion to plain JSON."""

    def __init__(self) -> None:
        self._characters_left = LOG_LINE_CHARACTERS_MAX
        self._inside: set[int] = set()

    def of(self, value: object) -> object:
        """Returns the value as dicts, lists, strings, finite numbers, booleans and None."""
        if value is None or isinstance(value, bool):
            return value
        if id(value) in self._inside:
            return "<circular>"
        if len(self._inside) == LOG_DEPTH_MAX:
            return _CUT
        self._inside.add(id(value))
        try:
            return self._parts(value)
        except Exception:  # noqa: BLE001 - reading a value may raise anything
            return f"<unreadable {type(value).__name__}>"
        finally:
            self._inside.remove(id(value))

    def _parts(self, value: Any) -> object:
        if isinstance(value, str):
            return self._cut(str.__str__(value))
        if isinstance(value, float):
            return value if isfinite(value) else float.__repr__(value)
        if isinstance(value, int):
            is_short = value.bit_length() <= LOG_INTEGER_BITS_MAX
            return value if is_short else self._cut(int.__repr__(value))
        if isinstance(value, dict):
            return self._object(value)
        if isinstance(value, list | tuple):
            return self._array(value)
        return self.of(shown(value))

    def _object(self, value: Mapping[Any, object]) -> dict[str, object]:
        plain: dict[str, object] = {}
        for key, element in value.items():
            if not self._fits():
                return plain | {_CUT: _CUT}
            name = self.of(key)
            name = name if isinstance(name, str) else json.dumps(name)
            while name in plain:  # 1 and "1" are different keys in Python
                name += "'"
            plain[name] = self.of(element)
        return plain

    def _array(self, value: Iterable[object]) -> list[object]:
        plain: list[object] = []
        for element in value:
            if not self._fits():
                return [*plain, _CUT]
            plain.append(self.of(element))
        return plain

    def _fits(self) -> bool:
        self._characters_left -= _ELEMENT_CHARACTERS
        return self._characters_left > 0

    def _cut(self, text: str) -> str:
        kept = text[: max(0, min(LOG_TEXT_CHARACTERS_MAX, self._characters_left))]
        self._characters_left -= len(kept)
        mark = "" if kept == text else _CUT
        # Escaped: half a surrogate pair is valid in Python only.
        return kept.encode(errors="backslashreplace").decode() + mark
