"""Conditions that a table has to search for, or to ask one by one.

A set of branches is an integer with a bit for each of them.
"""

from typing import Protocol

from trunklab.patterns.compiled.lookups import Ends
from trunklab.patterns.conditions import (
    Affix,
    AnyCase,
    AnySpelling,
    AnythingButLike,
    Condition,
    Network,
    Value,
    Wildcard,
)
from trunklab.patterns.ignore_case import key
from trunklab.patterns.ip_addresses import Address, packed
from trunklab.patterns.wildcard import in_order

_Middles = list[tuple[list[str], int]]
"""What stands between the ends of wildcards, in order, with their branches."""


class Others:
    """Conditions that are asked one by one."""

    def __init__(self) -> None:
        self.bits = 0
        self._conditions: dict[Condition, int] = {}

    def add(self, condition: Condition, bits: int) -> None:
        """Let branches go on where the condition passes."""
        self.bits |= bits
        self._conditions[condition] = self._conditions.get(condition, 0) | bits

    def among(self, value: Value, asked: int = -1) -> int:
        """The branches of a value; of those that are not asked for, some may lack."""
        found = 0
        for condition, bits in self._conditions.items():
            if bits & asked and condition.passes(value):
                found |= bits
        return found


class Wildcards:
    """Wildcards with a star, by the text before their first one and the text behind their last."""

    def __init__(self) -> None:
        self.bits = 0
        self._by_ends: dict[tuple[int, int], dict[tuple[str, str], _Middles]] = {}

    def add(self, condition: Wildcard, bits: int) -> None:
        """Let branches go on where the condition passes."""
        self.bits |= bits
        first, *middle, last = condition.parts
        by_ends = self._by_ends.setdefault((len(first), len(last)), {})
        by_ends.setdefault((first, last), []).append((middle, bits))

    def among(self, text: str, asked: int) -> int:
        """The branches of a text; of those that are not asked for, some may lack."""
        found, whole = 0, len(text)
        for (before, behind), by_ends in self._by_ends.items():
            end = whole - behind
            if before <= end:
                for middle, bits in by_ends.get((text[:before], text[end:]), ()):
                    if bits & asked and in_order(middle, text, before, end):
                        found |= bits
        return found


class AnyCases:
    """Texts whose case does not matter."""

    def __init__(self) -> None:
        self.bits = 0
        self._by_key: dict[str, Others] = {}

    def add(self, condition: AnyCase, bits: int) -> None:
        """Let branches go on where the condition passes."""
        self.bits |= bits
        self._by_key.setdefault(key(condition.text), Others()).add(condition, bits)

    def among(self, text: str, asked: int) -> int:
        """The branches of a text: its key finds the conditions, they decide themselves."""
        found = self._by_key.get(key(text))
        return found.among(text, asked) if found else 0


class Networks:
    """Networks by the length of their mask, and single addresses: one is read once for all."""

    def __init__(self) -> None:
        self.bits = 0
        self._by_mask: dict[tuple[int, int], dict[int, int]] = {}

    def add(self, condition: Network, bits: int) -> None:
        """Let branches go on where the condition passes."""
        first = condition.first
        self._add(first, (condition.last.value - first.value).bit_length(), bits)

    def add_address(self, condition: AnySpelling, bits: int) -> None:
        """Let branches go on with one address."""
        self._add(condition.address, 0, bits)

    def _add(self, first: Address, host: int, bits: int) -> None:
        self.bits |= bits
        by_first = self._by_mask.setdefault((first.bits, host), {})
        by_first[first.value >> host] = by_first.get(first.value >> host, 0) | bits

    def among(self, text: str, _asked: int) -> int:
        """The branches of a text."""
        found = packed(text)
        if found is None:
            return 0
        bits, length, value = 0, len(found) * 8, int.from_bytes(found)
        for (of_length, host), by_first in self._by_mask.items():
            if of_length == length:
                bits |= by_first.get(value >> host, 0)
        return bits


class Affixes:
    """Beginnings and ends of texts."""

    def __init__(self) -> None:
        self.bits = 0
        self._starts, self._ends = Ends(at_end=False), Ends(at_end=True)

    def add(self, condition: Affix, bits: int) -> None:
        """Let branches go on where a text has it."""
        self.bits |= bits
        (self._ends if condition.at_end else self._starts).add(condition.text, bits)

    def among(self, text: str, _asked: int) -> int:
        """The branches of a text."""
        return self._starts.of(text) | self._ends.of(text)


class _Part(Protocol):
    bits: int

    def among(self, text: str, asked: int) -> int: ...


class Searched:
    """Conditions on texts of all kinds that can be searched for."""

    def __init__(self) -> None:
        self.bits = 0
        self._any_case, self._networks = AnyCases(), Networks()
        self._wildcards, self._affixes = Wildcards(), Affixes()
        self._used: list[_Part] = []

    def add(self, condition: Condition, bits: int) -> bool:
        """Let branches go on where the condition passes; False if it cannot be searched for."""
        match condition:
            case AnyCase():
                self._any_case.add(condition, bits)
            case Network():
                self._networks.add(condition, bits)
            case AnySpelling():
                self._networks.add_address(condition, bits)
            case Wildcard(_, parts) if parts[1:]:
                self._wildcards.add(condition, bits)
            case Affix(any_case=False):
                self._affixes.add(condition, bits)
            case _:
                return False
        self.bits |= bits
        every: tuple[_Part, ...] = (
            *(self._any_case, self._networks),
            *(self._wildcards, self._affixes),
        )
        self._used = [one for one in every if one.bits]
        return True

    def among(self, text: str, asked: int) -> int:
        """The branches of a text; of those that are not asked for, some may lack."""
        found = 0
        for one in self._used:
            if one.bits & asked:
                found |= one.among(text, asked)
        return found


class Dear:
    """All such conditions of one field; what is excluded is searched for too."""

    def __init__(self) -> None:
        self.bits = 0
        self._searched, self._excluded, self._others = Searched(), Searched(), Others()

    def add(self, condition: Condition, bits: int) -> None:
        """Let branches go on where the condition passes."""
        self.bits |= bits
        if isinstance(condition, AnythingButLike) and self._excludes(condition, bits):
            for like in condition.likes:
                self._excluded.add(like, bits)
        elif not self._searched.add(condition, bits):
            self._others.add(condition, bits)

    def _excludes(self, condition: AnythingButLike, bits: int) -> bool:
        """Whether what is excluded can be searched for, and none of the branches has two."""
        searchable = all(Searched().add(like, 0) for like in condition.likes)
        return searchable and not self._excluded.bits & bits

    def of_text(self, text: str, asked: int) -> int:
        """The branches of a text; of those that are not asked for, some may lack, or be wrong."""
        found = self._searched.among(text, asked) if self._searched.bits & asked else 0
        excluding = self._excluded.bits & asked
        if excluding:
            found |= excluding & ~self._excluded.among(text, excluding)
        return found | self._others.among(text, asked) if self._others.bits & asked else found

    def of_other(self, value: Value) -> int:
        """The branches of a value that is no text."""
        found = self._excluded.bits
        return found | self._others.among(value) if self._others.bits else found
