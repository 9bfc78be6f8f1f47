"""Whether two shapes provably have no value in common: what `oneOf` needs of its branches."""

from typing import Final

from trunklab.schema_solver.accepts import accepts
from trunklab.schema_solver.shape import (
    ArrayShape,
    ConstantShape,
    Node,
    NumberShape,
    ObjectShape,
    Shape,
    TextShape,
)

DEPTH_MAX: Final = 3
"""Levels of fields that are compared; a discriminator stands in the first."""


def disjoint(one: Shape, other: Shape, depth: int = 0) -> bool:  # noqa: PLR0911 - one for each kind
    """True only if it is proved."""
    if isinstance(one, ConstantShape):
        return not accepts(other, one.value)
    if isinstance(other, ConstantShape):
        return not accepts(one, other.value)
    match one, other:
        case (ObjectShape(), ObjectShape()):
            return _objects(one, other, depth)
        case (NumberShape(), NumberShape()):
            return _above(one, other) or _above(other, one)
        case (TextShape(), TextShape()):
            return _longer(one, other) or _longer(other, one)
        case (ArrayShape(), ArrayShape()):
            return _more(one, other) or _more(other, one)
    return type(one) is not type(other)


def _objects(one: ObjectShape, other: ObjectShape, depth: int) -> bool:
    if depth >= DEPTH_MAX:
        return False
    for name in one.required | other.required:
        mine, theirs = one.properties.get(name), other.properties.get(name)
        if mine is None or theirs is None:
            forbids = other if theirs is None else one
            if forbids.additional is False and not forbids.patterns:
                return True
        elif _nodes(mine, theirs, depth + 1):
            return True
    return False


def _nodes(one: Node, other: Node, depth: int) -> bool:
    return all(
        disjoint(mine, theirs, depth)
        for mine in one.alternatives()
        for theirs in other.alternatives()
    )


def _above(one: NumberShape, other: NumberShape) -> bool:
    if one.low is None or other.high is None:
        return False
    return one.low > other.high or (one.low == other.high and (one.low_open or other.high_open))


def _longer(one: TextShape, other: TextShape) -> bool:
    return other.length_max is not None and one.length_min > other.length_max


def _more(one: ArrayShape, other: ArrayShape) -> bool:
    return other.count_max is not None and one.count_min > other.count_max
