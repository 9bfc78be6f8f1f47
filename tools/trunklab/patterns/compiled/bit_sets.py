"""Sets of small numbers as integers: which bits they have, and what each bit stands for."""

from collections import Counter
from collections.abc import Hashable, Sequence
from typing import Generic, TypeVar

Thing = TypeVar("Thing", bound=Hashable)


def of_numbers(numbers: Sequence[int]) -> int:
    """The set of numbers that rise."""
    found = bytearray(numbers[-1] // 8 + 1 if numbers else 0)
    for number in numbers:
        found[number // 8] |= 1 << number % 8
    return int.from_bytes(found, "little")


class Numbered(Generic[Thing]):
    """What the bits of sets stand for, by their place; several may stand for one thing."""

    def __init__(self, things: Sequence[Thing]) -> None:
        self._things = things
        seen = Counter(things)
        self._doubled = of_numbers([bit for bit, one in enumerate(things) if seen[one] > 1])

    def of(self, members: int) -> list[Thing]:
        """The things of a set, each once, in order."""
        things = self._things
        if not members & (members - 1):
            return [things[members.bit_length() - 1]] if members else []
        found = []
        doubled = members & self._doubled
        while members:
            highest = members.bit_length() - 1
            found.append(things[highest])
            members ^= 1 << highest
        found.reverse()
        return list(dict.fromkeys(found)) if doubled else found
