"""Values of a template with their lines; expressions are evaluated where possible."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from trunklab.templates.topology import Steps, Unresolved

UNKNOWN_MARK: Final = "\ue000"
"""Replaces an unknown value in a string (private use in Unicode)."""

JSON_DEPTH_MAX: Final = 250
"""Levels of a pattern that is JSON in a string; the rules engine reports a smaller maximum."""

_UNKNOWN: Final = object()
_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[\[{]|[^\s",:\[\]{}]+')
"""The beginning of each key and value of JSON."""


@dataclass(frozen=True, slots=True)
class Text:
    """A string, and the line of each character."""

    text: str
    lines: tuple[int, ...]

    def replaced(self, pattern: re.Pattern[str], put: Callable[[re.Match[str]], str]) -> "Text":
        """Returns the string with each match replaced, at the line where the match begins."""
        text, lines, place = "", list[int](), 0
        for match in pattern.finditer(self.text):
            value = put(match)
            text += self.text[place : match.start()] + value
            lines += self.lines[place : match.start()]
            lines += [self.lines[match.start()]] * len(value)
            place = match.end()
        return Text(text + self.text[place:], (*lines, *self.lines[place:]))


@dataclass(frozen=True, slots=True)
class Member:
    """One entry of a mapping, with the line of its key."""

    line: int
    value: "Placed"


@dataclass(frozen=True, slots=True)
class Placed:
    """A value and its line; an expression without a value keeps its own form."""

    line: int
    value: "Text | Mapping[str, Member] | tuple[Placed, ...] | int | float | bool | None"
    unresolved: Unresolved | None = None
    partial: Text | None = None
    """An unresolved string with UNKNOWN_MARK for each unknown value."""
    branches: "tuple[Placed, ...]" = ()
    """Both branches of a `Fn::If` whose condition is unknown."""

    def get(self, *keys: str) -> "Placed":
        """Returns the value at a path of keys; null with the nearest line if it is missing."""
        found = self
        for key in keys:
            members = found.value if isinstance(found.value, Mapping) else {}
            member = members.get(key)
            found = member.value if member else Placed(found.line, None)
        return found

    @property
    def members(self) -> Mapping[str, Member]:
        """Returns the entries of an object, none for other values."""
        return self.value if isinstance(self.value, Mapping) else {}

    @property
    def items(self) -> tuple["Placed", ...]:
        """Returns the elements; IAM and CloudFormation accept one value for a list of one."""
        return tuple(
            element
            for one in self.alternatives
            for listed in (one.value if isinstance(one.value, tuple) else (one,))
            for element in listed.alternatives
            if element.value is not None
        )

    @property
    def alternatives(self) -> tuple["Placed", ...]:
        """Returns the values that it may have: several if a condition is unknown."""
        return tuple(one for branch in self.branches for one in branch.alternatives) or (self,)

    @property
    def text(self) -> str:
        """Returns a scalar as a string, "" for other and for unknown values."""
        if self.unresolved is not None or self.value is None:
            return ""
        return str(plain(self)) if not isinstance(self.value, Mapping | tuple) else ""


def plain(placed: Placed) -> Any:
    """Returns the value without lines."""
    value = placed.value
    if isinstance(value, Text):
        return value.text
    if isinstance(value, Mapping):
        return {key: plain(member.value) for key, member in value.items()}
    if isinstance(value, tuple):
        return [plain(one) for one in value]
    return value


def known(placed: Placed) -> Any:
    """Returns a pattern without the clauses that hold an unknown value; None if none is left."""
    value = _known(placed)
    return None if value is _UNKNOWN else value


def _known(placed: Placed) -> Any:
    if placed.unresolved is not None:
        return _UNKNOWN
    if isinstance(placed.value, Mapping):
        if any(UNKNOWN_MARK in key for key in placed.value):
            return _UNKNOWN
        members = {key: _known(member.value) for key, member in placed.value.items()}
        kept = {key: value for key, value in members.items() if value is not _UNKNOWN}
        return _UNKNOWN if members and not kept else kept
    if isinstance(placed.value, tuple):
        values = [_known(element) for element in placed.value]
        # Without one of its entries a clause, or an `$or`, would match fewer events.
        return _UNKNOWN if any(value is _UNKNOWN for value in values) else values
    if isinstance(placed.value, Text) and UNKNOWN_MARK in placed.value.text:
        return _UNKNOWN
    return plain(placed)


def lines(placed: Placed, steps: Steps = ()) -> Iterator[tuple[Steps, int]]:
    """Yields the line of every key and of every element."""
    for step, line, value in _children(placed):
        yield (*steps, step), line
        yield from lines(value, (*steps, step))


def unresolved(placed: Placed) -> Iterator[Unresolved]:
    """Yields every expression without a value."""
    if placed.unresolved is not None:
        yield placed.unresolved
        return
    for _, _, value in _children(placed):
        yield from unresolved(value)


def _children(placed: Placed) -> Iterator[tuple[str | int, int, Placed]]:
    if isinstance(placed.value, Mapping):
        yield from ((key, member.line, member.value) for key, member in placed.value.items())
    elif isinstance(placed.value, tuple):
        yield from ((index, one.line, one) for index, one in enumerate(placed.value))


def without_lines(value: Any, line: int) -> Placed:
    """Returns a value that is on one line, such as the result of an expression."""
    if isinstance(value, str):
        return Placed(line, Text(value, (line,) * len(value)))
    if isinstance(value, list):
        return Placed(line, tuple(without_lines(one, line) for one in value))
    if isinstance(value, dict):
        return Placed(
            line, {str(key): Member(line, without_lines(one, line)) for key, one in value.items()}
        )
    return Placed(line, value)


def from_json(text: Text, duplicate_keys: list[tuple[str, int]]) -> Placed | None:
    """Returns the value of JSON with its lines, None if the text is not JSON.

    Adds each key that an object has already, with its line.
    """
    try:
        value = json.loads(text.text, object_pairs_hook=tuple, parse_constant=_no_constant)
        lines = (text.lines[token.start()] for token in _TOKEN.finditer(text.text))
        return _with_lines(value, lines, JSON_DEPTH_MAX, duplicate_keys)
    except (ValueError, RecursionError):
        return None


def _with_lines(
    value: Any, lines: Iterator[int], levels: int, duplicate_keys: list[tuple[str, int]]
) -> Placed:
    """Returns a value with the lines of its tokens; an object is a tuple of pairs."""
    if levels < 0:
        raise ValueError(levels)
    line = next(lines)
    if isinstance(value, tuple):
        members: dict[str, Member] = {}
        for key, member in value:
            key_line = next(lines)
            if members.pop(key, None):  # of a duplicate key the last one counts
                duplicate_keys.append((key, key_line))
            placed = _with_lines(member, lines, levels - 1, duplicate_keys)
            members[key] = Member(key_line, placed)
        return Placed(line, members)
    if isinstance(value, list):
        below = [_with_lines(one, lines, levels - 1, duplicate_keys) for one in value]
        return Placed(line, tuple(below))
    return without_lines(value, line)


def _no_constant(name: str) -> None:
    raise ValueError(name)
