"""Outcomes of reading a path: no field, null, or a value of some kind."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from trunklab.contracts.impact.field_paths import Path, value_of
from trunklab.schema_solver.accepts import applying
from trunklab.schema_solver.schema_paths import all_of, items_of
from trunklab.schema_solver.shape import (
    JSON,
    ArrayShape,
    BooleanShape,
    ConstantShape,
    Node,
    NullShape,
    NumberShape,
    ObjectShape,
    Shape,
    TextShape,
)

GONE: Final = "no longer there"
ABSENT: Final = "absent"
NULL: Final = "null"
IN_A_LIST: Final = " in a list"

JSON_TYPES: Final = {
    NULL: "null",
    "text": "string",
    "a boolean": "boolean",
    "a whole number": "integer",
    "a fraction": "number",
    "a list": "array",
    "an object": "object",
}
"""JSON Schema types by outcome."""

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
    reached = list(_at(node, value_of(path)))
    waiting = [(value_of(path), one) for one in reached]
    for _ in range(FIELDS_MAX):
        if not waiting:
            return
        here, current = waiting.pop()
        yield here
        for shape in _through_lists(current):
            if isinstance(shape, ObjectShape):
                waiting += [((*here, name), one) for name, one in shape.properties.items()]


def kind_of(value: JSON) -> str:
    """Returns the outcome of a JSON value."""
    if value is None:
        return NULL
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, str):
        return "text"
    if isinstance(value, int | float):
        return "a whole number" if float(value).is_integer() else "a fraction"
    return "a list" if isinstance(value, list) else "an object"


def _walk(node: Node, path: Path, done: Path, found: Outcomes) -> None:
    for shape in node.alternatives():
        if isinstance(shape, ArrayShape):
            if not path:
                found.setdefault(Outcome(done, "a list"), shape)
                _elements(shape, done, found)
            for item in items_of(shape) if path else ():
                _walk(item, path, done, found)
        elif path and isinstance(shape, ObjectShape):
            _field(shape, path, done, found)
        else:
            for kind in _kinds(shape):
                found.setdefault(Outcome(done, kind), shape)


def _elements(shape: ArrayShape, done: Path, found: Outcomes) -> None:
    for item in items_of(shape):
        for element in item.alternatives():
            for kind in _kinds(element):
                found.setdefault(Outcome(done, kind + IN_A_LIST), element)


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
    match shape:
        case NullShape():
            return [NULL]
        case BooleanShape():
            return ["a boolean"]
        case ConstantShape():
            return [kind_of(shape.value)]
        case TextShape():
            return [f"text as {name}" for name in shape.formats] or ["text"]
        case NumberShape():
            return ["a whole number"] if shape.integer else ["a whole number", "a fraction"]
    return ["a list" if isinstance(shape, ArrayShape) else "an object"]


def _at(node: Node, path: Path) -> Iterator[Node]:
    if not path:
        yield node
        return
    for shape in _through_lists(node):
        if isinstance(shape, ObjectShape):
            nodes = applying(shape, path[0])
            if nodes:
                yield from _at(all_of(nodes), path[1:])


def _through_lists(node: Node) -> Iterator[Shape]:
    for shape in node.alternatives():
        if isinstance(shape, ArrayShape):
            for item in items_of(shape):
                yield from _through_lists(item)
        else:
            yield shape
