"""Line numbers of JSON pointers in a JSON document."""

import re
from bisect import bisect_right
from functools import lru_cache
from json import JSONDecoder
from typing import Final

from trunklab.schema_solver.json_pointer import escaped

_BLANK: Final = re.compile(r"[ \t\r\n]*")
_SCALAR: Final = re.compile(r"[^,\]}\s]+")
_DECODER: Final = JSONDecoder()
_TEXTS_REMEMBERED: Final = 32


class _DuplicateKeyError(ValueError):
    """A duplicate key of an object."""

    def __init__(self, at: int) -> None:
        super().__init__(at)
        self.at = at


def line_of(text: str, pointer: str) -> int:
    """Returns the line, from 1, of the pointer's key or item, else of its nearest parent.

    The text is valid JSON; pointers may begin with `#`.
    """
    lines = _lines_of(text)
    pointer = pointer.removeprefix("#")
    while pointer not in lines:
        pointer = pointer.rpartition("/")[0]
    return lines[pointer]


def line_of_duplicate_key(text: str) -> int:
    """Returns the line of the first duplicate key; 1 if there is none."""
    try:
        _note(text, 0, "", {})
    except _DuplicateKeyError as error:
        return text.count("\n", 0, error.at) + 1
    except RecursionError:
        return 1
    return 1


def line_of_word(text: str, word: str) -> int:
    """Returns the line of a number or an escape as written; 1 if it is missing."""
    found = re.search(rf"(?<![\w.+-]){re.escape(word)}", text, re.IGNORECASE)
    return text.count("\n", 0, found.start()) + 1 if found else 1


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
        return _DECODER.raw_decode(text, at)[1]
    if text[at] not in "{[":
        scalar = _SCALAR.match(text, at)
        return scalar.end() if scalar else len(text)
    is_object, index = text[at] == "{", 0
    at = _skip(text, at + 1)
    while text[at] not in "}]":
        begin, key = at, str(index)
        if is_object:
            key, at = _DECODER.raw_decode(text, at)
            at = _skip(text, at) + 1  # past the colon
        inside = f"{pointer}/{escaped(key)}"
        if inside in starts:
            raise _DuplicateKeyError(begin)
        starts[inside] = begin
        at = _skip(text, _note(text, at, inside, starts))
        if text[at] == ",":
            at = _skip(text, at + 1)
        index += 1
    return at + 1


def _skip(text: str, at: int) -> int:
    blank = _BLANK.match(text, at)
    return blank.end() if blank else at
