"""Decides by trying, for events that can be read in several ways, and finds what a path holds.

An event is flattened to leaves; each knows the elements of arrays that it is in. A branch matches
if every clause has a leaf and no two of these leaves sit in different elements of one array; what
must be absent must have no leaf that could sit beside them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Optional

from trunklab.patterns.compiled.evaluate import LEAVES
from trunklab.patterns.compiled.field_tree import Field
from trunklab.patterns.conditions import Value
from trunklab.patterns.errors import AmbiguousEventError
from trunklab.patterns.parse import Branch, Path, accepts_absence
from trunklab.patterns.pattern_limits import SEARCH_STEPS_MAX

Places = dict[int, int]
"""The index of the element that is chosen of each array, by the array's number."""


class Element(NamedTuple):
    """Where it is in an array, which has a number of its own, and the element around it."""

    array: int
    at: int
    depth: int
    outer: Optional["Element"]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value, the element that it is in, and the branches whose clause takes it."""

    value: Value
    element: Element | None
    takers: int

    @property
    def depth(self) -> int:
        """How many elements are around it."""
        return self.element.depth if self.element else 0

    def elements(self) -> Iterator[Element]:
        """Every element around it, from the inside."""
        element = self.element
        while element is not None:
            yield element
            element = element.outer

    def beside(self, places: Places) -> bool:
        """Whether the leaf sits in no other element of an array than these places."""
        return all(places.get(one.array, one.at) == one.at for one in self.elements())

    def among(self, places: Places) -> Places:
        """The places with those of the leaf."""
        return places | {one.array: one.at for one in self.elements()}


class _Steps:
    """How many leaves may still be looked at."""

    def __init__(self) -> None:
        self._left = SEARCH_STEPS_MAX

    def take(self, count: int) -> None:
        self._left -= count
        if self._left < 0:
            raise AmbiguousEventError(
                "its keys with dots and its arrays can be read in too many ways"
            )


Leaves = Mapping[Path, Sequence[Leaf]]


def leaves(event: Mapping[str, object], root: Field) -> Leaves:
    """Every leaf of the event that a clause could be about, by its path."""
    found: dict[Path, list[Leaf]] = {}
    waiting: list[tuple[object, Field, Path, Element | None]] = [(event, root, (), None)]
    arrays = 0
    while waiting:
        value, field, path, element = waiting.pop()
        if isinstance(value, Mapping):
            waiting += [
                (value[key], child, (*path, *key.split(".")), element)
                for key, child in (field.children | field.dotted).items()
                if key in value
            ]
        elif isinstance(value, list):
            arrays += 1
            depth = element.depth + 1 if element else 1
            for at, one in enumerate(value):
                leaf = isinstance(one, LEAVES)
                inner = element if leaf else Element(arrays, at, depth, element)
                waiting.append((one, field, path, inner))
        elif isinstance(value, LEAVES) and field.table is not None:
            found.setdefault(path, []).append(Leaf(value, element, field.table.of(value)))
    return {path: values[::-1] for path, values in found.items()}


def matching(
    event: Mapping[str, object], root: Field, branches: Sequence[Branch], chosen: int
) -> int:
    """Those of the chosen branches that match; raises AmbiguousEventError."""
    found = leaves(event, root)
    steps = _Steps()
    return sum(
        1 << number
        for number, branch in enumerate(branches)
        if chosen >> number & 1 and _matches(number, branch, found, steps)
    )


def _matches(branch_number: int, branch: Branch, found: Leaves, steps: _Steps) -> bool:
    steps.take(sum(len(found.get(path, ())) for path in branch))
    options = {path: taken(found.get(path, ()), branch_number) for path in branch}
    order = sorted(branch.items(), key=lambda item: len(options[item[0]]))
    waiting: list[tuple[int, Places, Leaf | None, tuple[Path, ...]]] = [(0, {}, None, ())]
    while waiting:
        number, places, leaf, absent = waiting.pop()
        if leaf is not None:
            steps.take(leaf.depth)
            places = leaf.among(places)
        if number == len(order):
            if not _beside(places, [one for path in absent for one in found.get(path, ())], steps):
                return True
            continue
        path, clause = order[number]
        if accepts_absence(clause):
            waiting.append((number + 1, places, None, (*absent, path)))
        fitting = _beside(places, options[path], steps)
        waiting += [(number + 1, places, one, absent) for one in fitting]
    return False


def _beside(places: Places, found: Sequence[Leaf], steps: _Steps) -> Sequence[Leaf]:
    """The leaves that fit the places; each look costs a step for every element around a leaf."""
    if not places:
        steps.take(1)
        return found
    steps.take(1 + sum(1 + leaf.depth for leaf in found))
    return [leaf for leaf in found if leaf.beside(places)]


def taken(found: Sequence[Leaf], branch_number: int) -> list[Leaf]:
    """The leaves that the branch's clause takes."""
    return [leaf for leaf in found if leaf.takers >> branch_number & 1]
