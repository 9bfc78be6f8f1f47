"""An event pattern: read strictly, matched against events, and explained."""

import json
from collections.abc import Mapping, Sequence
from typing import NoReturn

import msgspec

from trunklab.patterns import parse
from trunklab.patterns.compiled.program import Program
from trunklab.patterns.conditions import LiteralNumber, double_of_text
from trunklab.patterns.errors import InvalidEventError, InvalidPatternError
from trunklab.patterns.explain import Explanation, explain
from trunklab.patterns.parse import Branch

Event = Mapping[str, object] | bytes | str

_PARSER = msgspec.json.Decoder()


class Pattern:
    """A pattern that AWS would accept. Make one with `Pattern.parse`."""

    def __init__(self, text: str, branches: Sequence[Branch]) -> None:
        self.text = text
        self.branches = branches
        self._program = Program(branches)

    @classmethod
    def parse(cls, pattern: str | Mapping[str, object]) -> "Pattern":
        """Reads a pattern; raises InvalidPatternError with AWS's reason and the place."""
        text = pattern if isinstance(pattern, str) else _text(pattern)
        return cls(text, parse.branches(parse.tree_of_text(text)))

    def matches(self, event: Event) -> bool:
        """True if the event matches; raises InvalidEventError."""
        return self._program.matching(event_object(event)) > 0

    def explain(self, event: Event) -> Explanation:
        """Explains clause by clause why the event matches or not; raises InvalidEventError."""
        return explain(event_object(event), self.branches)


def event_object(event: Event) -> Mapping[str, object]:
    """Returns the event as an object; raises InvalidEventError."""
    found = event if isinstance(event, Mapping) else _parsed(event)
    if not isinstance(found, Mapping):
        raise InvalidEventError("it is not a JSON object")
    return found


def _parsed(text: bytes | str) -> object:
    if not isinstance(text, bytes | str):  # callers without type checks may pass anything
        raise InvalidEventError(f"it is not a JSON object but {type(text).__name__}")
    try:
        return _PARSER.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return _parsed_slowly(text)


def _parsed_slowly(text: bytes | str) -> object:
    """Reads numbers beyond the doubles, which msgspec rejects; reports what is wrong."""
    try:
        text = text.decode() if isinstance(text, bytes) else text
        return json.loads(text, parse_float=_number, parse_int=_number, parse_constant=_no_constant)
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise InvalidEventError(f"it is not JSON: {error}") from error
    except RecursionError as error:
        raise InvalidEventError("it is nested too deeply") from error


def _number(text: str) -> float | LiteralNumber:
    number = double_of_text(text)
    return LiteralNumber(text) if number is None else number


def _no_constant(word: str) -> NoReturn:
    raise InvalidEventError(f"it is not JSON: {word}")


def _text(pattern: Mapping[str, object]) -> str:
    try:
        tree = _with_string_keys(pattern)
        return json.dumps(tree, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidPatternError(f"not expressible as JSON: {error}") from error


def _with_string_keys(value: object) -> object:
    """Returns a copy in dicts; JSON would write other keys as if they were strings."""
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                raise TypeError(f"the key {key!r} is not a string")
        return {key: _with_string_keys(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_with_string_keys(inner) for inner in value]
    return value
