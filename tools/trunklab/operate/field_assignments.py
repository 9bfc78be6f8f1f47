"""Assignments of fields of an event's data, checked against its contract."""

import json
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from difflib import get_close_matches
from math import isfinite
from typing import Final

from trunklab.errors import UsageError
from trunklab.patterns.conditions import Condition
from trunklab.printable import printable
from trunklab.rules.impossible_clauses import bounds_of
from trunklab.schema_solver.array_search import only_condition
from trunklab.schema_solver.schema_paths import all_of, fields_of
from trunklab.schema_solver.shape import (
    JSON,
    ArrayShape,
    ConstantShape,
    Node,
    NumberShape,
    ObjectShape,
    Shape,
    TextShape,
    type_of,
)
from trunklab.schema_solver.solver_limits import ELEMENTS_MAX
from trunklab.schema_solver.validate import applying, node_accepts, same

_NAMES_SHOWN_MAX: Final = 12
"""Fields or values that a message lists."""


@dataclass(frozen=True)
class Assignment:
    """A field with the value that it must have; elements of arrays are named by index."""

    path: tuple[str, ...]
    value: JSON

    def __str__(self) -> str:
        return f"{'.'.join(self.path)}={json.dumps(self.value, ensure_ascii=False)}"

    @property
    def condition(self) -> Condition | None:
        """The condition that only this value passes; None if a pattern cannot express it."""
        if isinstance(self.value, dict | list) or any(step.isdecimal() for step in self.path):
            return None
        return only_condition(self.value)

    def put_into(self, data: JSON) -> JSON:
        """Returns a copy of the data with the value; what is missing around it may be invalid."""
        return _put(deepcopy(data), self.path, self.value)

    def holds_in(self, data: JSON) -> bool:
        """True if the field of the data has the value."""
        return same(self.put_into(data), data)


def parse_assignments(texts: Sequence[str], node: Node) -> tuple[Assignment, ...]:
    """Returns the assignments `path=value`; `node` describes the data.

    Raises UsageError for an unknown field, a value that the contract refuses, or a repeated path.
    """
    parsed: dict[tuple[str, ...], Assignment] = {}
    for text in texts:
        name, sign, value = text.partition("=")
        path = tuple(name.split("."))
        if not sign or not all(path):
            shown = printable(text)
            raise UsageError(f"Invalid --set {shown!r}: use path=value, such as total.amount=5.")
        if path in parsed:
            raise UsageError(f"--set has {printable(name)} twice: give it once.")
        parsed[path] = Assignment(path, _allowed(value, _nodes_at([node], path), name))
    return tuple(parsed.values())


def _nodes_at(nodes: list[Node], path: tuple[str, ...]) -> list[Node]:
    for index, step in enumerate(path):
        inner = [one for node in nodes for one in _inside(node, step)]
        if not inner:
            raise UsageError(_unknown(nodes, path[:index], step))
        nodes = inner
    return nodes


def _inside(node: Node, step: str) -> Iterator[Node]:
    """Yields the nodes of a field or element; a field that no producer sends is skipped."""
    for shape in node.alternatives():
        if isinstance(shape, ObjectShape):
            if nodes := applying(shape, step):
                yield all_of(nodes)
        elif isinstance(shape, ArrayShape) and step.isdecimal() and int(step) < ELEMENTS_MAX:
            item = shape.item(int(step))
            if item is not None:
                yield item


def _unknown(nodes: Sequence[Node], above: tuple[str, ...], step: str) -> str:
    place, wrong = ".".join(above), printable(".".join((*above, step)))
    shapes = [shape for node in nodes for shape in node.alternatives()]
    if any(isinstance(shape, ArrayShape) for shape in shapes):
        problem = f"{place} is an array; name an element, such as {place}.0."
        return f"--set: no field {wrong}: {problem}"
    names = list(dict.fromkeys(name for node in nodes for name in fields_of(node)))
    if not names:
        return f"--set: no field {wrong}: {place} is not an object; set it as a whole."
    close = get_close_matches(step, names, 1)
    advice = f"did you mean {'.'.join((*above, close[0]))}?" if close else "use one that exists."
    return f"--set: no field {wrong}; {advice} Fields there: {', '.join(names[:_NAMES_SHOWN_MAX])}"


def _allowed(text: str, nodes: Sequence[Node], name: str) -> JSON:
    """Returns the value as JSON or as a string, whichever the contract accepts."""
    for value in (*_as_json(text), text):
        if any(node_accepts(node, value) for node in nodes):
            return value
    described = (_described(shape) for node in nodes for shape in node.alternatives())
    allowed = " or ".join(list(dict.fromkeys(described))[:_NAMES_SHOWN_MAX])
    raise UsageError(f"Invalid value {printable(text)!r} of --set {name}: use {allowed}.")


def _as_json(text: str) -> Iterator[JSON]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return
    if not (isinstance(value, float) and not isfinite(value)):  # json also reads NaN
        yield value


def _described(shape: Shape) -> str:
    if isinstance(shape, ConstantShape):
        return json.dumps(shape.value, ensure_ascii=False)
    bounds = bounds_of(shape) if isinstance(shape, TextShape | NumberShape) else ()
    return f"{type_of(shape)} {' and '.join(bounds)}".rstrip()


def _put(data: JSON, path: Sequence[str], value: JSON) -> JSON:
    if not path:
        return value
    step, *below = path
    if isinstance(data, list) or (not isinstance(data, dict) and step.isdecimal()):
        elements = data if isinstance(data, list) else []
        while len(elements) <= int(step):
            elements.append(deepcopy(elements[-1]) if elements else None)
        elements[int(step)] = _put(elements[int(step)], below, value)
        return elements
    fields = data if isinstance(data, dict) else {}
    return fields | {step: _put(fields.get(step), below, value)}
