"""How a table looks conditions up: by their ends, by order, or by exclusion.

A set of branches is an integer with a bit for each of them.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Hashable, Iterable
from functools import cached_property
from itertools import accumulate
from math import inf, nextafter
from operator import or_
from typing import Final, Generic, TypeVar

from trunklab.patterns.conditions import (
    Range,
)
from trunklab.patterns.pattern_limits import STRETCHES_REMEMBERED_MAX

Key = TypeVar("Key", bound=Hashable)


_BLOCK: Final = 4
"""Bounds between two that know the union of all before them: memory against a few unions."""


class Whole(Generic[Key]):
    """Branches by a value as a whole: it is the one that they want, or none that they exclude."""

    def __init__(self, otherwise: int) -> None:
        self.otherwise = otherwise
        self._excluding = 0
        self._included: dict[Key, int] = {}
        self._excluded: dict[Key, int] = {}

    def include(self, value: Key, bits: int) -> None:
        """Let branches go on with a value."""
        self._included[value] = self._included.get(value, 0) | bits

    def admits(self, bits: int) -> bool:
        """Whether none of the branches has an exclusion yet: two would be joined by `or`."""
        return not self._excluding & bits

    def exclude(self, values: Iterable[Key], bits: int) -> None:
        """Let branches go on with any but these values."""
        self._excluding |= bits
        for value in values:
            self._excluded[value] = self._excluded.get(value, 0) | bits

    @property
    def knows(self) -> bool:
        """Whether any value makes a difference."""
        return bool(self._included or self._excluded)

    @cached_property
    def by_value(self) -> dict[Key, int]:
        """The branches of each known value; those of others are in `otherwise`."""
        return {value: self._of(value) for value in self._included.keys() | self._excluded.keys()}

    def _of(self, value: Key) -> int:
        kept = self._excluding & ~self._excluded.get(value, 0)
        return self.otherwise | kept | self._included.get(value, 0)

    @property
    def unknown(self) -> int:
        """The branches of a value that nobody knows."""
        return self.otherwise | self._excluding

    def of(self, value: Key) -> int:
        """The branches of a value."""
        return self.by_value.get(value, self.unknown)


class Ends(dict[int, dict[str, int]]):
    """Branches by the first characters of a text, or the last: by their number, then themselves."""

    def __init__(self, *, at_end: bool) -> None:
        super().__init__()
        self._at_end = at_end

    def add(self, end: str, bits: int) -> None:
        """Let branches go on where a text has this end."""
        by_end = self.setdefault(len(end), {})
        by_end[end] = by_end.get(end, 0) | bits

    def of(self, text: str) -> int:
        """The branches of a text."""
        found, whole = 0, len(text)
        for length, by_end in self.items():
            end = text[max(0, whole - length) :] if self._at_end else text[:length]
            found |= by_end.get(end, 0)
        return found


class Ranges(dict[int, int]):
    """Branches by the two bounds of a number; one range for each branch.

    All bounds together cut the numbers into stretches. Subscription by a stretch's place gives its
    branches, and remembers them.
    """

    def __init__(self) -> None:
        super().__init__()
        self.bits = 0
        self._ranges: list[tuple[float, float, int]] = []

    def admits(self, bits: int) -> bool:
        """Whether none of the branches has a range yet: the bounds of two would mix."""
        return not self.bits & bits

    def add(self, condition: Range, bits: int) -> None:
        """Let branches go on where the number lies between the bounds."""
        self.bits |= bits
        low = -inf if condition.low is None else condition.low
        high = inf if condition.high is None else condition.high
        # What lies behind a double begins with the next one: so all cuts lie before a number.
        begin = nextafter(low, inf) if condition.low_open else low
        end = high if condition.high_open else nextafter(high, inf)
        self._ranges.append((begin, end, bits))

    @cached_property
    def cuts(self) -> list[float]:
        """Where ranges begin, and the first numbers behind them, in order."""
        return sorted({cut for low, high, _ in self._ranges for cut in (low, high)})

    @cached_property
    def _sides(self) -> tuple["_Side", "_Side"]:
        begin = [(bisect_left(self.cuts, low), bits) for low, _, bits in self._ranges]
        end = [(-bisect_left(self.cuts, high), bits) for _, high, bits in self._ranges]
        return _Side(begin), _Side(end)

    def of(self, number: float) -> int:
        """The branches of a number."""
        return self[bisect_right(self.cuts, number)]

    def __missing__(self, cuts_before: int) -> int:
        begun, not_ended = self._sides
        found = begun.upto(cuts_before - 1) & not_ended.upto(-cuts_before)
        if len(self) < STRETCHES_REMEMBERED_MAX:
            self[cuts_before] = found
        return found


class _Side:
    """Where branches begin, in order; an end is the beginning from the other side."""

    def __init__(self, places: list[tuple[int, int]]) -> None:
        places.sort()
        self._places = [place for place, _ in places]
        self._bits = [bits for _, bits in places]
        self._before = [0, *list(accumulate(self._bits, or_))[_BLOCK - 1 :: _BLOCK]]

    def upto(self, place: int) -> int:
        """The branches that begin at the place or before."""
        count = bisect_right(self._places, place)
        found: int = self._before[count // _BLOCK]
        for bits in self._bits[count - count % _BLOCK : count]:
            found |= bits
        return found
