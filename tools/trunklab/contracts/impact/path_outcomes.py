"""Outcomes of reading a path: no field, null, or a value of some kind."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from trunklab.contracts.impact.field_paths import Path, value_of
from trunklab.schema_solver.schema_paths import all_of, at, fields_of, items_of
from trunklab.schema_solver.shape import (
    INTEGER,
    JSON,
    NUMBER,
    TEXT,
    ArrayShape,
    ConstantShape,
    Node,
    ObjectShape,
    Shape,
    TextShape,
    type_of,
    type_of_value,
)
from trunklab.schema_solver.validate import applying

GONE: Final = "no longer there"
ABSENT: Final = "absent"
IN_ARRAY: Final = " in an array"

FIELDS_MAX: Final = 10_000
"""Fields of one contract that are compared."""


@dataclass(frozen=True, order=True)
class Outcome:
    """One possible outcome, with the path at which reading ends."""

    at: Path
    what: str


Outcomes = dict[Outcome, Shape]
"""Each with the shape that has it; for an absent field the shape of its object."""


def outcomes(node: Node, path: Path) -> Outcomes:
    """Returns the outcomes of reading the path, in each element of lists."""
    found: Outcomes = {}
    _walk(node, value_of(path), (), found)
    return found


def below(node: Node, path: Path) -> Iterator[Path]:
    """Yields the path and all paths below it, up to FIELDS_MAX."""
    waiting = [value_of(path)]
    for _ in range(FIELDS_MAX):
        if not waiting:
            return
        here = waiting.pop()
        nodes = at(node, here)
        if nodes:
            yield here
        names = dict.fromkeys(name for place in nodes for name in fields_of(place))
        waiting += [(*here, name) for name in names]


def kind_of(value: JSON) -> str:
    """Returns the outcome of a JSON value: its type, integer also for 1.0."""
    kind = type_of_value(value)
    return INTEGER if kind == NUMBER and value.is_integer() else kind


def _walk(node: Node, path: Path, done: Path, found: Outcomes) -> None:
    for shape in node.alternatives():
        if path and isinstance(shape, ArrayShape):
            for item in items_of(shape):
                _walk(item, path, done, found)
        elif path and isinstance(shape, ObjectShape):
            _field(shape, path, done, found)
        else:
            for kind in _kinds(shape):
                found.setdefault(Outcome(done, kind), shape)
            for kind, element in _elements(shape):
                found.setdefault(Outcome(done, kind + IN_ARRAY), element)


def _elements(shape: Shape) -> Iterator[tuple[str, Shape]]:
    for item in items_of(shape) if isinstance(shape, ArrayShape) else ():
        for element in item.alternatives():
            yield from ((kind, element) for kind in _kinds(element))


def _field(shape: ObjectShape, path: Path, done: Path, found: Outcomes) -> None:
    here = (*done, path[0])
    nodes = applying(shape, path[0])
    if not nodes:
        found.setdefault(Outcome(here, GONE), shape)
        return
    if path[0] not in shape.required:
        found.setdefault(Outcome(here, ABSENT), shape)
    _walk(all_of(nodes), path[1:], here, found)


def _kinds(shape: Shape) -> list[str]:
    if isinstance(shape, ConstantShape):
        return [kind_of(shape.value)]
    if isinstance(shape, TextShape) and shape.formats:
        return [f"{TEXT} as {name}" for name in shape.formats]
    kind = type_of(shape)
    return [INTEGER, NUMBER] if kind == NUMBER else [kind]
