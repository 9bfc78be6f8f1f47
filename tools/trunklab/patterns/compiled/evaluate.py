"""Decides which branches match an event, for all of them at once, in the order of its structure.

Each part of an event has two sets of branches: `chosen` are satisfied by it with at least one of
its leaves, `spared` without any, since all their clauses here accept absence. Of an array, the
leaves of one element may be chosen together, never those of two; only what needs no leaf at all
must hold for every element. That is why both sets are needed, and nothing has to be searched.
"""

from collections.abc import Mapping

from trunklab.patterns.compiled.field_tree import Field
from trunklab.patterns.conditions import Value
from trunklab.patterns.errors import InvalidEventError
from trunklab.patterns.pattern_numbers import LiteralNumber

Sets = tuple[int, int]

LEAVES = (str, int, float, type(None), LiteralNumber)


class IrregularError(Exception):
    """The event can be read in several ways, so that its structure alone does not decide."""


def matching(event: Mapping[str, object], root: Field) -> int:
    """The branches that match; raises IrregularError where a search must decide."""
    chosen, spared = _object(event, root)
    return (chosen | spared) & root.everything


def part(value: object, field: Field) -> Sets:
    """The two sets of any part of an event."""
    if isinstance(value, LEAVES):
        return _leaf(value, field)
    if isinstance(value, Mapping):
        return _object(value, field)
    if isinstance(value, list):
        return _array(value, field)
    raise _not_json(value)


def _not_json(value: object) -> InvalidEventError:
    return InvalidEventError(f"it holds {type(value).__name__}, which JSON has not")


def _leaf(value: Value, field: Field) -> Sets:
    table = field.table
    if table is None:
        return 0, field.absent
    chosen = table.of(value) & table.involved
    return (
        _with_children_absent(chosen, table.untested, field)
        if field.children
        else (chosen, table.untested)
    )


def _with_children_absent(chosen: int, spared: int, field: Field) -> Sets:
    for child in field.children.values():
        chosen &= child.absent
        spared &= child.absent
    return chosen, spared


def _object(value: Mapping[str, object], field: Field) -> Sets:
    if field.dotted and not field.dotted.keys().isdisjoint(value):
        raise IrregularError
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
    if field.table is None:
        return _elements(values, field)
    if field.children:
        return _mixed(values, field)
    leaves = list(_leaves(values))
    if not leaves:
        return 0, field.absent
    table = field.table
    return table.of_any(leaves) & table.involved, table.untested


def _elements(values: list[object], field: Field) -> Sets:
    chosen, spared = 0, field.absent
    waiting = list(values)
    while waiting:
        value = waiting.pop()
        # One element of one of several arrays in an array is one element of all of them.
        if isinstance(value, list):
            waiting += value
        elif isinstance(value, Mapping):
            element_chosen, element_spared = _object(value, field)
            chosen |= element_chosen
            spared &= element_spared
        elif not isinstance(value, LEAVES):
            raise _not_json(value)
    return chosen, spared


def _mixed(values: list[object], field: Field) -> Sets:
    """A field that is a leaf for some clauses and holds objects for others."""
    leaves = [value for value in values if isinstance(value, LEAVES)]
    if leaves and len(leaves) < len(values):
        raise IrregularError
    chosen, spared = 0, field.absent
    if leaves and field.table is not None:
        found = field.table.of_any(leaves) & field.table.involved
        return _with_children_absent(found, field.table.untested, field)
    for value in values:
        element_chosen, element_spared = part(value, field)
        chosen |= element_chosen
        spared &= element_spared
    return chosen, spared


def _leaves(values: list[object]) -> list[Value]:
    found: list[Value] = []
    waiting = list(values)
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
        elif isinstance(value, LEAVES):
            found.append(value)
        elif not isinstance(value, Mapping):
            raise _not_json(value)
    return found
