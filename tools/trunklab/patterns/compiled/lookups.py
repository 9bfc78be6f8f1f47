"""Finds the branches whose condition matches a value: by value, end, order, exclusion or search.

A set of branches is an integer with a bit for each.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Hashable, Iterable, Sequence
from functools import cached_property
from itertools import accumulate
from math import inf, nextafter
from operator import or_
from typing import Final, Generic, TypeVar

from trunklab.patterns.conditions import (
    Affix,
    AnyCase,
    AnySpelling,
    AnythingButLike,
    Condition,
    Network,
    Range,
    Value,
    Wildcard,
)
from trunklab.patterns.ignore_case import key
from trunklab.patterns.ip_addresses import Address, address
from trunklab.patterns.pattern_limits import STRETCHES_REMEMBERED_MAX
from trunklab.patterns.wildcard import in_order

Key = TypeVar("Key", bound=Hashable)

_Middle = tuple[list[str], int]
"""The texts between a wildcard's first and last star, and the branches."""

_BLOCK: Final = 4
"""Bounds between two that store the union of all before them: saves memory."""


class Whole(Generic[Key]):
    """Branches by a whole value: equal to one, or not one of those excluded."""

    def __init__(self, otherwise: int) -> None:
        self.otherwise = otherwise
        self._excluding = 0
        self._included: dict[Key, int] = {}
        self._excluded: dict[Key, int] = {}

    def include(self, value: Key, bits: int) -> None:
        """Lets branches match a value."""
        self._included[value] = self._included.get(value, 0) | bits

    def admits(self, bits: int) -> bool:
        """True if no branch has an exclusion yet: two would be joined by `or`."""
        return not self._excluding & bits

    def exclude(self, values: Iterable[Key], bits: int) -> None:
        """Lets branches match any other value."""
        self._excluding |= bits
        for value in values:
            self._excluded[value] = self._excluded.get(value, 0) | bits

    @property
    def knows(self) -> bool:
        """True if any value makes a difference."""
        return bool(self._included or self._excluded)

    @cached_property
    def by_value(self) -> dict[Key, int]:
        """The branches of each known value."""
        return {value: self._of(value) for value in self._included.keys() | self._excluded.keys()}

    def _of(self, value: Key) -> int:
        kept = self._excluding & ~self._excluded.get(value, 0)
        return self.otherwise | kept | self._included.get(value, 0)

    @property
    def unknown(self) -> int:
        """The branches of all other values."""
        return self.otherwise | self._excluding

    def of(self, value: Key) -> int:
        """Returns the branches of a value."""
        return self.by_value.get(value, self.unknown)


class Ends(dict[int, dict[str, int]]):
    """Branches by the first or last characters of a string: by their number, then by them."""

    def __init__(self, *, at_end: bool) -> None:
        super().__init__()
        self._at_end = at_end

    def add(self, end: str, bits: int) -> None:
        """Lets branches match where a string has this end."""
        by_end = self.setdefault(len(end), {})
        by_end[end] = by_end.get(end, 0) | bits

    def of(self, text: str) -> int:
        """Returns the branches of a string."""
        found, whole = 0, len(text)
        for length, by_end in self.items():
            end = text[max(0, whole - length) :] if self._at_end else text[:length]
            found |= by_end.get(end, 0)
        return found


class Ranges(dict[int, int]):
    """Branches by the bounds of a number; one range for each branch.

    The bounds cut the numbers into intervals. The item of an interval's index is its branches.
    """

    def __init__(self) -> None:
        super().__init__()
        self.bits = 0
        self._ranges: list[tuple[float, float, int]] = []

    def admits(self, bits: int) -> bool:
        """True if no branch has a range yet: the bounds of two would mix."""
        return not self.bits & bits

    def add(self, condition: Range, bits: int) -> None:
        """Lets branches match where the number is between the bounds."""
        self.bits |= bits
        low = -inf if condition.low is None else condition.low
        high = inf if condition.high is None else condition.high
        # An open bound is the next double, so that every cut lies before a number.
        begin = nextafter(low, inf) if condition.low_open else low
        end = high if condition.high_open else nextafter(high, inf)
        self._ranges.append((begin, end, bits))

    @cached_property
    def cuts(self) -> list[float]:
        """The first number of each range and the first one after it, in order."""
        return sorted({cut for low, high, _ in self._ranges for cut in (low, high)})

    @cached_property
    def _sides(self) -> tuple["_Side", "_Side"]:
        begin = [(bisect_left(self.cuts, low), bits) for low, _, bits in self._ranges]
        end = [(-bisect_left(self.cuts, high), bits) for _, high, bits in self._ranges]
        return _Side(begin), _Side(end)

    def of(self, number: float) -> int:
        """Returns the branches of a number."""
        return self[bisect_right(self.cuts, number)]

    def __missing__(self, cuts_before: int) -> int:
        begun, not_ended = self._sides
        found = begun.upto(cuts_before - 1) & not_ended.upto(-cuts_before)
        if len(self) < STRETCHES_REMEMBERED_MAX:
            self[cuts_before] = found
        return found


class _Side:
    """The indexes at which branches begin, in order; an end is a negative index."""

    def __init__(self, places: list[tuple[int, int]]) -> None:
        places.sort()
        self._places = [place for place, _ in places]
        self._bits = [bits for _, bits in places]
        self._before = [0, *list(accumulate(self._bits, or_))[_BLOCK - 1 :: _BLOCK]]

    def upto(self, place: int) -> int:
        """Returns the branches that begin at the index or before."""
        count = bisect_right(self._places, place)
        found: int = self._before[count // _BLOCK]
        for bits in self._bits[count - count % _BLOCK : count]:
            found |= bits
        return found


class _Evaluated:
    def __init__(self) -> None:
        self.bits = 0
        self._conditions: dict[Condition, int] = {}

    def add(self, condition: Condition, bits: int) -> None:
        self.bits |= bits
        self._conditions[condition] = self._conditions.get(condition, 0) | bits

    def among(self, value: Value, asked: int = -1) -> int:
        found = 0
        for condition, bits in self._conditions.items():
            if bits & asked and condition.passes(value):
                found |= bits
        return found


class _Searched:
    """Conditions on strings that are found by a key.

    Case-insensitive strings are found by a folded form, networks by mask and first address,
    wildcards, prefixes and suffixes by the texts before the first star and after the last.
    """

    def __init__(self) -> None:
        self._any_case_bits = self._network_bits = self._parts_bits = 0
        self._any_case: dict[str, _Evaluated] = {}
        self._networks: dict[tuple[int, int], dict[int, int]] = {}
        self._parts: dict[tuple[int, int], dict[tuple[str, str], list[_Middle]]] = {}

    @property
    def bits(self) -> int:
        return self._any_case_bits | self._network_bits | self._parts_bits

    def add(self, condition: Condition, bits: int) -> bool:
        """Adds a condition; False if it cannot be found by a key."""
        match condition:
            case AnyCase(text):
                self._any_case_bits |= bits
                self._any_case.setdefault(key(text), _Evaluated()).add(condition, bits)
            case Network(_, first, last):
                self._add_network(first, last, bits)
            case AnySpelling(_, only):
                self._add_network(only, only, bits)
            case Wildcard(_, parts) if parts[1:]:
                self._add_parts(parts, bits)
            case Affix(text, at_end, any_case=False):
                self._add_parts(("", text) if at_end else (text, ""), bits)
            case _:
                return False
        return True

    def _add_network(self, first: Address, last: Address, bits: int) -> None:
        self._network_bits |= bits
        host = (last.value - first.value).bit_length()
        by_first = self._networks.setdefault((first.bits, host), {})
        by_first[first.value >> host] = by_first.get(first.value >> host, 0) | bits

    def _add_parts(self, parts: Sequence[str], bits: int) -> None:
        self._parts_bits |= bits
        first, *middle, last = parts
        by_ends = self._parts.setdefault((len(first), len(last)), {})
        by_ends.setdefault((first, last), []).append((middle, bits))

    def among(self, text: str, asked: int) -> int:
        found = 0
        if self._any_case_bits & asked and (same := self._any_case.get(key(text))):
            found |= same.among(text, asked)
        if self._network_bits & asked and (place := address(text)):
            for (length, host), by_first in self._networks.items():
                if length == place.bits:
                    found |= by_first.get(place.value >> host, 0)
        return found | self._among_parts(text, asked) if self._parts_bits & asked else found

    def _among_parts(self, text: str, asked: int) -> int:
        found, whole = 0, len(text)
        for (before, after), by_ends in self._parts.items():
            end = whole - after
            if before <= end:
                for middle, bits in by_ends.get((text[:before], text[end:]), ()):
                    if bits & asked and in_order(middle, text, before, end):
                        found |= bits
        return found


class SlowConditions:
    """The conditions of one field that a table does not look up.

    Results for a string may lack branches that were not asked for.
    """

    def __init__(self) -> None:
        self.bits = 0
        self._searched, self._excluded, self._others = _Searched(), _Searched(), _Evaluated()

    def add(self, condition: Condition, bits: int) -> None:
        """Lets branches match where the condition does."""
        self.bits |= bits
        if isinstance(condition, AnythingButLike) and self._excludes(condition, bits):
            for like in condition.likes:
                self._excluded.add(like, bits)
        elif not self._searched.add(condition, bits):
            self._others.add(condition, bits)

    def _excludes(self, condition: AnythingButLike, bits: int) -> bool:
        """True if the exclusions can be found by keys and no branch has two such conditions."""
        searchable = all(_Searched().add(like, 0) for like in condition.likes)
        return searchable and not self._excluded.bits & bits

    def of_text(self, text: str, asked: int) -> int:
        """Returns the branches of a string; those not asked for may be missing or wrong."""
        found = self._searched.among(text, asked)
        excluding = self._excluded.bits & asked
        if excluding:
            found |= excluding & ~self._excluded.among(text, excluding)
        return found | self._others.among(text, asked) if self._others.bits & asked else found

    def of_other(self, value: Value) -> int:
        """Returns the branches of a value that is not a string."""
        found = self._excluded.bits
        return found | self._others.among(value) if self._others.bits else found
