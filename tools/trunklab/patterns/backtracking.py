"""Matches events that can be read in several ways by search, and collects the leaves of paths.

An event is flattened to leaves, each with the array elements around it. A branch matches if every
clause has a leaf and no two of these are in different elements of one array. A field that must be
absent must have no leaf that could be combined with them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Optional

from trunklab.patterns.compiled.field_tree import Field
from trunklab.patterns.conditions import LEAVES, Value
from trunklab.patterns.errors import AmbiguousEventError
from trunklab.patterns.parse import Branch, Path, accepts_absence
from trunklab.patterns.pattern_limits import SEARCH_STEPS_MAX

Places = dict[int, int]
"""The index of the chosen element of each array, by the array's number."""


class Element(NamedTuple):
    """An element of a numbered array, and the element around it."""

    array: int
    at: int
    depth: int
    outer: Optional["Element"]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value, the element around it, and the branches whose clause matches it (a bit each)."""

    value: Value
    element: Element | None
    matching: int

    @property
    def depth(self) -> int:
        """The number of elements around it."""
        return self.element.depth if self.element else 0

    def elements(self) -> Iterator[Element]:
        """Yields every element around it, from the inside."""
        element = self.element
        while element is not None:
            yield element
            element = element.outer

    def fits(self, places: Places) -> bool:
        """True if the leaf is not in another element of an array than the chosen one."""
        return all(places.get(one.array, one.at) == one.at for one in self.elements())


class _Steps:
    """The leaves that the search may still visit."""

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
    """Returns the event's leaves that clauses may refer to, by path."""
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
            for at, member in enumerate(value):
                is_leaf = isinstance(member, LEAVES)
                inner = element if is_leaf else Element(arrays, at, depth, element)
                waiting.append((member, field, path, inner))
        elif isinstance(value, LEAVES) and field.table is not None:
            found.setdefault(path, []).append(Leaf(value, element, field.table.of(value)))
    return {path: values[::-1] for path, values in found.items()}


def matching(
    event: Mapping[str, object], root: Field, branches: Sequence[Branch], chosen: int
) -> int:
    """Returns those of the chosen branches that match; raises AmbiguousEventError."""
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
            places = places | {one.array: one.at for one in leaf.elements()}
        if number == len(order):
            if not _fitting(places, [one for path in absent for one in found.get(path, ())], steps):
                return True
            continue
        path, clause = order[number]
        if accepts_absence(clause):
            waiting.append((number + 1, places, None, (*absent, path)))
        fitting = _fitting(places, options[path], steps)
        waiting += [(number + 1, places, one, absent) for one in fitting]
    return False


def _fitting(places: Places, found: Sequence[Leaf], steps: _Steps) -> Sequence[Leaf]:
    """Returns the leaves that fit the places; costs a step for every element around a leaf."""
    if not places:
        steps.take(1)
        return found
    steps.take(1 + sum(1 + leaf.depth for leaf in found))
    return [leaf for leaf in found if leaf.fits(places)]


def taken(found: Sequence[Leaf], branch_number: int) -> list[Leaf]:
    """Returns the leaves that the branch's clause matches."""
    return [leaf for leaf in found if leaf.matching >> branch_number & 1]
