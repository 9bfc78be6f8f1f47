"""Values of a template that know their lines, with their expressions worked out where possible."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from trunklab.templates.topology import Steps, Unresolved

UNKNOWN_MARK: Final = "\ue000"
"""Stands in a text for a value without which the text is not known (private use in Unicode)."""

_UNKNOWN: Final = object()


@dataclass(frozen=True, slots=True)
class Text:
    """A text, and the line of each of its characters."""

    text: str
    lines: tuple[int, ...]


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
    """An unresolved text with UNKNOWN_MARK for each value that is not known."""

    def get(self, *keys: str) -> "Placed":
        """What the keys lead to; of what is not there a null with the nearest line."""
        found = self
        for key in keys:
            members = found.value if isinstance(found.value, Mapping) else {}
            member = members.get(key)
            found = member.value if member else Placed(found.line, None)
        return found

    @property
    def members(self) -> Mapping[str, Member]:
        """Its entries if it is a mapping."""
        return self.value if isinstance(self.value, Mapping) else {}

    @property
    def items(self) -> tuple["Placed", ...]:
        """Its elements; IAM and CloudFormation take one thing for a list of one."""
        if isinstance(self.value, tuple):
            return self.value
        return () if self.value is None else (self,)

    @property
    def text(self) -> str:
        """Its text, "" if it is none or not known."""
        if self.unresolved is not None or self.value is None:
            return ""
        return str(plain(self)) if not isinstance(self.value, Mapping | tuple) else ""


def plain(placed: Placed) -> Any:
    """The value without lines."""
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
    """The line of every key and of every element."""
    if isinstance(placed.value, Mapping):
        for key, member in placed.value.items():
            yield (*steps, key), member.line
            yield from lines(member.value, (*steps, key))
    elif isinstance(placed.value, tuple):
        for index, one in enumerate(placed.value):
            yield (*steps, index), one.line
            yield from lines(one, (*steps, index))


def unresolved(placed: Placed) -> Iterator[Unresolved]:
    """Every expression that has no value yet."""
    if placed.unresolved is not None:
        yield placed.unresolved
    elif isinstance(placed.value, Mapping):
        for member in placed.value.values():
            yield from unresolved(member.value)
    elif isinstance(placed.value, tuple):
        for one in placed.value:
            yield from unresolved(one)


def without_lines(value: Any, line: int) -> Placed:
    """A value that an expression made: all of it stands on the expression's line."""
    if isinstance(value, str):
        return Placed(line, Text(value, (line,) * len(value)))
    if isinstance(value, list):
        return Placed(line, tuple(without_lines(one, line) for one in value))
    if isinstance(value, dict):
        return Placed(
            line, {str(key): Member(line, without_lines(one, line)) for key, one in value.items()}
        )
    return Placed(line, value)
