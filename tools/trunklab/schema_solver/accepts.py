"""Whether a shape, or a node, accepts one value; and when two JSON values are the same."""

from collections.abc import Mapping

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
from trunklab.schema_solver.validate import is_multiple, is_text_of


def node_accepts(node: Node, value: JSON) -> bool:
    """Whether one of the node's alternatives accepts the value."""
    return any(accepts(shape, value) for shape in node.alternatives())


def accepts(shape: Shape, value: JSON) -> bool:  # noqa: PLR0911 - one for each kind
    """Whether the value has the shape."""
    match shape:
        case ConstantShape():
            return same(shape.value, value)
        case NullShape():
            return value is None
        case BooleanShape():
            return isinstance(value, bool)
        case TextShape():
            return isinstance(value, str) and is_text_of(shape, value)
        case NumberShape():
            return is_number(value) and _is_number_of(shape, value)
        case ArrayShape():
            return isinstance(value, list) and _is_array_of(shape, value)
        case ObjectShape():
            return isinstance(value, Mapping) and _is_object_of(shape, value)


def same(one: JSON, other: JSON) -> bool:
    """Whether two values are one in JSON: 1 is 1.0, but not true."""
    if isinstance(one, Mapping):
        return (
            isinstance(other, Mapping)
            and one.keys() == other.keys()
            and all(same(value, other[key]) for key, value in one.items())
        )
    if isinstance(one, list):
        return (
            isinstance(other, list)
            and len(one) == len(other)
            and all(same(*pair) for pair in zip(one, other, strict=True))
        )
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return bool(one == other)


def is_number(value: JSON) -> bool:
    """Whether JSON calls the value a number."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def applying(shape: ObjectShape, name: str) -> list[Node] | None:
    """The nodes that a field of this name has to obey; None if there may be no such field.

    A field that the schema does not speak of has none to obey.
    """
    if shape.names is not None and not node_accepts(shape.names, name):
        return None
    found = [shape.properties[name]] if name in shape.properties else []
    found += [
        node for pattern, node in shape.patterns if is_text_of(TextShape("", (pattern,)), name)
    ]
    if found or shape.additional is True:
        return found
    return [shape.additional] if isinstance(shape.additional, Node) else None


def _is_number_of(shape: NumberShape, value: float) -> bool:
    if shape.integer and isinstance(value, float) and not value.is_integer():
        return False
    if shape.low is not None and (value <= shape.low if shape.low_open else value < shape.low):
        return False
    if shape.high is not None and (value >= shape.high if shape.high_open else value > shape.high):
        return False
    return shape.multiple_of is None or is_multiple(value, shape.multiple_of)


def _is_array_of(shape: ArrayShape, value: list[JSON]) -> bool:
    if len(value) < shape.count_min:
        return False
    if shape.count_max is not None and len(value) > shape.count_max:
        return False
    for index, element in enumerate(value):
        node = shape.item(index)
        if node is not None and not node_accepts(node, element):
            return False
    return not shape.unique or not has_doubles(value)


def has_doubles(values: list[JSON]) -> bool:
    """Whether two elements are the same."""
    return any(same(one, other) for index, one in enumerate(values) for other in values[:index])


def _is_object_of(shape: ObjectShape, value: Mapping[str, JSON]) -> bool:
    if not shape.required <= value.keys() or len(value) < shape.count_min:
        return False
    if shape.count_max is not None and len(value) > shape.count_max:
        return False
    for name, member in value.items():
        nodes = applying(shape, name)
        if nodes is None or not all(node_accepts(node, member) for node in nodes):
            return False
    return True
