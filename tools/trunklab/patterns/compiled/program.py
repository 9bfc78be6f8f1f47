"""Decides which branches match an event, for all of them at once, in the order of its structure.

Each part of an event has two sets of branches: `chosen` are satisfied by at least one of its
leaves, `spared` without any, as all their clauses here accept absence. Leaves of one array element
may be combined, those of different elements not; what needs no leaf must hold for every element.
That is why both sets are needed, and why no search is needed.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from trunklab.patterns import backtracking
from trunklab.patterns.compiled import field_tree
from trunklab.patterns.compiled.field_tree import Field
from trunklab.patterns.conditions import LEAVES, Value
from trunklab.patterns.errors import InvalidEventError
from trunklab.patterns.parse import Branch

Sets = tuple[int, int]


class _IrregularError(Exception):
    """The event can be read in several ways: its structure alone does not decide."""


class Program:
    """Branches ready to be matched; a set of them is an integer with a bit for each.

    `root` leaves fields out that are known to hold.
    """

    def __init__(self, branches: Sequence[Branch], root: Field | None = None) -> None:
        self._branches = branches
        self._root = root

    @cached_property
    def _complete(self) -> Field:
        return field_tree.tree(self._branches)

    def matching(self, event: Mapping[str, object], chosen: int = -1) -> int:
        """Returns those of the chosen branches that match; raises InvalidEventError."""
        root = self._root or self._complete
        try:
            satisfied, spared = _object(event, root)
        except _IrregularError:
            return backtracking.matching(event, self._complete, self._branches, chosen)
        except RecursionError as error:
            raise InvalidEventError("it is nested too deeply") from error
        return (satisfied | spared) & root.everything & chosen


def part(value: object, field: Field) -> Sets:
    """Returns the two sets of any part of an event."""
    if isinstance(value, LEAVES):
        return _leaves((value,), field)
    if isinstance(value, Mapping):
        return _object(value, field)
    if isinstance(value, list):
        return _array(value, field)
    raise _not_json(value)


def _not_json(value: object) -> InvalidEventError:
    return InvalidEventError(f"it holds {type(value).__name__}, which is not a JSON type")


def _object(value: Mapping[str, object], field: Field) -> Sets:
    if field.dotted and not field.dotted.keys().isdisjoint(value):
        raise _IrregularError
    going = spared = field.everything if field.table is None else field.table.absent
    chosen = 0
    for key, child in field.children.items():
        if key in value:
            child_chosen, child_spared = part(value[key], child)
            chosen |= child_chosen
            going &= child_chosen | child_spared
            spared &= child_spared
        else:
            going &= child.absent
            spared &= child.absent
    return chosen & going, spared


def _array(values: list[object], field: Field) -> Sets:
    leaves: list[Value] = []
    objects: list[Mapping[str, object]] = []
    waiting = list(values)  # an element of an array in an array is an element of both
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
        elif isinstance(value, Mapping):
            objects.append(value)
        elif isinstance(value, LEAVES):
            leaves.append(value)
        else:
            raise _not_json(value)
    if leaves and field.table is not None:
        if objects and field.children:
            raise _IrregularError
        return _leaves(leaves, field)
    chosen, spared = 0, field.absent
    for element in objects:
        element_chosen, element_spared = _object(element, field)
        chosen |= element_chosen
        spared &= element_spared
    return chosen, spared


def _leaves(values: Iterable[Value], field: Field) -> Sets:
    if field.table is None:
        return 0, field.absent
    chosen, spared = 0, field.table.untested
    for value in values:
        chosen |= field.table.of(value)
    chosen &= field.table.involved
    for child in field.children.values():
        chosen &= child.absent
        spared &= child.absent
    return chosen, spared
