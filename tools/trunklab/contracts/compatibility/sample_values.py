"""Sample values of a schema, the same every time."""

from random import Random
from typing import Final

from trunklab.contracts.compatibility.inclusion_limits import ELEMENTS_MAX, UNIQUE_TRIES_MAX
from trunklab.schema_solver.accepts import same
from trunklab.schema_solver.errors import NoValueError, UndecidedError
from trunklab.schema_solver.random_values import some_value
from trunklab.schema_solver.schema_reader import node
from trunklab.schema_solver.shape import JSON, ArrayShape, Document, Node, Shape

ANYTHING: Final = node({}, "")
"""The node of a place without a schema."""

_SEED: Final = 4


def only(shape: Shape) -> Node:
    """Returns the node whose only alternative is this shape."""
    return Node(Document({}, lambda _node: (shape,)), (shape.place,))


def value_of(place: Node, seed: int = _SEED) -> JSON:
    """Returns a value of the node; raises NoValueError, and UndecidedError at the bounds."""
    return some_value(place, Random(seed))  # noqa: S311 - examples, no secrets


def with_element(shape: ArrayShape, index: int, element: JSON) -> list[JSON]:
    """Returns an array of the shape with this element; raises NoValueError and UndecidedError."""
    count = max(index + 1, shape.count_min)
    if shape.count_max is not None and count > shape.count_max:
        raise NoValueError(shape.place)
    return elements(shape, count, {index: element})


def elements(shape: ArrayShape, count: int, fixed: dict[int, JSON]) -> list[JSON]:
    """Returns an array with the fixed elements; raises NoValueError and UndecidedError."""
    if count > ELEMENTS_MAX:
        raise UndecidedError("arrays with so many elements")
    made: list[JSON] = []
    for index in range(count):
        if index in fixed:
            made.append(fixed[index])
        else:
            later = [value for at, value in fixed.items() if at > index]
            made.append(_element(shape, index, [*made, *later] if shape.unique else []))
    return made


def _element(shape: ArrayShape, index: int, taken: list[JSON]) -> JSON:
    place = shape.item(index) or ANYTHING
    for seed in range(UNIQUE_TRIES_MAX if shape.unique else 1):
        value = value_of(place, _SEED + seed)
        if not shape.unique or not any(same(value, other) for other in taken):
            return value
    raise UndecidedError("arrays with unique elements")
