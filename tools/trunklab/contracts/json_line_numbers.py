"""Line numbers of JSON pointers in a JSON document, and of content that is not portable."""

import re
from bisect import bisect_right
from functools import lru_cache
from json import JSONDecoder
from math import isfinite
from typing import Final

from trunklab.printable import printable
from trunklab.schema_solver.json_pointer import escaped

_BLANK: Final = re.compile(r"[ \t\r\n]*")
_SCALAR: Final = re.compile(r"[^,\]}\s]+")
_WORDS: Final = ("true", "false", "null")
_DECODER: Final = JSONDecoder()
_NUMBER_CHARACTERS_SHOWN: Final = 20
_TEXTS_REMEMBERED: Final = 32


class AmbiguousJsonError(ValueError):
    """Valid JSON syntax with content that JSON readers interpret differently."""

    def __init__(self, problem: str, line: int) -> None:
        super().__init__(problem)
        self.line = line


def line_of(text: str, pointer: str) -> int:
    """Returns the line, from 1, of the pointer's key or item, else of its nearest parent.

    The text is valid JSON; pointers may begin with `#`.
    """
    lines = _lines_of(text)
    pointer = pointer.removeprefix("#")
    while pointer not in lines:
        pointer = pointer.rpartition("/")[0]
    return lines[pointer]


def check_portable(text: str) -> None:
    """Raises AmbiguousJsonError for the first part that JSON readers interpret differently."""
    _lines_of(text)


@lru_cache(maxsize=_TEXTS_REMEMBERED)
def _lines_of(text: str) -> dict[str, int]:
    if not text:
        return {"": 1}
    starts: dict[str, int] = {"": 0}
    _note(text, 0, "", starts)
    breaks = [found.start() for found in re.finditer("\n", text)]
    return {pointer: bisect_right(breaks, at - 1) + 1 for pointer, at in starts.items()}


def _note(text: str, at: int, pointer: str, starts: dict[str, int]) -> int:
    """Adds the start of each nested value to `starts`; returns the end of the value."""
    at = _skip(text, at)
    if text[at] == '"':
        return _string(text, at)[1]
    if text[at] not in "{[":
        return _scalar(text, at)
    is_object, index = text[at] == "{", 0
    at = _skip(text, at + 1)
    while text[at] not in "}]":
        begin, key = at, str(index)
        if is_object:
            key, at = _string(text, at)
            at = _skip(text, at) + 1  # past the colon
        inside = f"{pointer}/{escaped(key)}"
        if inside in starts:
            problem = f"an object has the key {printable(key)!r} twice"
            raise AmbiguousJsonError(problem, _line(text, begin))
        starts[inside] = begin
        at = _skip(text, _note(text, at, inside, starts))
        if text[at] == ",":
            at = _skip(text, at + 1)
        index += 1
    return at + 1


def _string(text: str, at: int) -> tuple[str, int]:
    value, end = _DECODER.raw_decode(text, at)
    try:
        value.encode()
    except UnicodeEncodeError as error:
        problem = f"\\u{ord(value[error.start]):04x} is a lone surrogate"
        raise AmbiguousJsonError(problem, _line(text, at)) from error
    return value, end


def _scalar(text: str, at: int) -> int:
    scalar = _SCALAR.match(text, at)
    written = scalar[0] if scalar else ""
    if written not in _WORDS and not isfinite(float(written)):
        shown = printable(written, _NUMBER_CHARACTERS_SHOWN)
        raise AmbiguousJsonError(f"{shown} is not a portable JSON number", _line(text, at))
    return at + len(written)


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def _skip(text: str, at: int) -> int:
    blank = _BLANK.match(text, at)
    return blank.end() if blank else at
