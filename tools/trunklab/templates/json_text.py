"""Reads JSON that is a text of a template, so that every key and value keeps its line."""

import json
import re
from collections.abc import Callable
from json import decoder
from typing import Final

from trunklab.templates.placed import Member, Placed, Text
from trunklab.templates.template_limits import PATTERN_TEXT_DEPTH_MAX

_SPACE: Final = re.compile(r"[ \t\n\r]*")
_NUMBER: Final = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?")
# What json.loads reads texts with: not in its type stubs, and where a text ends is what we need.
_scan_string: Final[Callable[[str, int], tuple[str, int]]] = vars(decoder)["scanstring"]
_WORDS: Final[dict[str, bool | None]] = {"true": True, "false": False, "null": None}


def placed(text: Text) -> Placed | None:
    """The value with its lines; None if the text is no JSON, which the rules engine explains."""
    try:
        value, end = _Reader(text).value(0, 0)
    except (ValueError, IndexError):
        return None
    return value if _SPACE.fullmatch(text.text, end) else None


class _Reader:
    """Reads one text; each method returns what it read and where that ends."""

    def __init__(self, text: Text) -> None:
        self._text = text.text
        self._lines = text.lines

    def value(self, place: int, depth: int) -> tuple[Placed, int]:
        if depth > PATTERN_TEXT_DEPTH_MAX:
            raise ValueError(depth)
        place = self._after_space(place)
        first = self._text[place]
        if first == "{":
            return self._object(place, depth)
        if first == "[":
            return self._array(place, depth)
        if first == '"':
            string, end = _scan_string(self._text, place + 1)
            line = self._lines[place]
            return Placed(line, Text(string, (line,) * len(string))), end
        for word, meaning in _WORDS.items():
            if self._text.startswith(word, place):
                return Placed(self._lines[place], meaning), place + len(word)
        number = _NUMBER.match(self._text, place)
        if not number:
            raise ValueError(place)
        return Placed(self._lines[place], json.loads(number[0])), number.end()

    def _object(self, start: int, depth: int) -> tuple[Placed, int]:
        members: dict[str, Member] = {}
        place = self._after_space(start + 1)
        while self._text[place] != "}":
            if members:
                place = self._after_space(self._after(",", place))
            line = self._lines[place]
            key, place = _scan_string(self._text, self._after('"', place))
            value, place = self.value(self._after(":", self._after_space(place)), depth + 1)
            members.pop(key, None)  # of a key given twice the last one counts
            members[key] = Member(line, value)
            place = self._after_space(place)
        return Placed(self._lines[start], members), place + 1

    def _array(self, start: int, depth: int) -> tuple[Placed, int]:
        elements: list[Placed] = []
        place = self._after_space(start + 1)
        while self._text[place] != "]":
            if elements:
                place = self._after(",", place)
            value, place = self.value(place, depth + 1)
            elements.append(value)
            place = self._after_space(place)
        return Placed(self._lines[start], tuple(elements)), place + 1

    def _after_space(self, place: int) -> int:
        match = _SPACE.match(self._text, place)
        return match.end() if match else place

    def _after(self, character: str, place: int) -> int:
        if self._text[place] != character:
            raise ValueError(place)
        return place + 1
