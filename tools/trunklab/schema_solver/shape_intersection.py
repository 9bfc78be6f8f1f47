"""Intersections of two shapes: the meaning of `allOf`, and the proof that `oneOf` needs."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from math import gcd, lcm
from typing import Final, TypeVar

from trunklab.schema_solver.errors import UnsupportedKeywordError
from trunklab.schema_solver.shape import (
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
from trunklab.schema_solver.validate import accepts

T = TypeVar("T")

_DEPTH_MAX: Final = 3
"""Levels of fields that are compared; a discriminator is in the first."""


def both(one: Shape, other: Shape) -> Shape | None:  # noqa: PLR0911 - one for each kind
    """Returns the shape whose values have both shapes; None if no value has both.

    The shape may still be empty (its lowest bound above the highest).
    """
    if isinstance(one, ConstantShape):
        return one if accepts(other, one.value) else None
    if isinstance(other, ConstantShape):
        return other if accepts(one, other.value) else None
    match one, other:
        case (TextShape(), TextShape()):
            return _texts(one, other)
        case (NumberShape(), NumberShape()):
            return numbers(one, other)
        case (ArrayShape(), ArrayShape()):
            return _arrays(one, other)
        case (ObjectShape(), ObjectShape()):
            return _objects(one, other)
        case (BooleanShape(), BooleanShape()) | (NullShape(), NullShape()):
            return one
    return None


def _known(one: T | None, other: T | None, combine: Callable[[T, T], T]) -> T | None:
    if one is None or other is None:
        return other if one is None else one
    return combine(one, other)


def _texts(one: TextShape, other: TextShape) -> TextShape:
    return replace(
        one,
        patterns=tuple(dict.fromkeys(one.patterns + other.patterns)),
        formats=tuple(dict.fromkeys(one.formats + other.formats)),
        length_min=max(one.length_min, other.length_min),
        length_max=_known(one.length_max, other.length_max, min),
    )


def numbers(one: NumberShape, other: NumberShape) -> NumberShape:
    """Returns the shape of the numbers that have both shapes."""
    lows = ((each.low, each.low_open) for each in (one, other) if each.low is not None)
    highs = ((each.high, not each.high_open) for each in (one, other) if each.high is not None)
    low, low_open = max(lows, default=(None, False))
    high, high_closed = min(highs, default=(None, True))
    integer = one.integer or other.integer
    multiple = _known(one.multiple_of, other.multiple_of, _common_multiple)
    return NumberShape(one.place, integer, low, low_open, high, not high_closed, multiple)


def _common_multiple(one: float, other: float) -> float:
    first, second = Fraction(str(one)), Fraction(str(other))
    multiple = Fraction(
        lcm(first.numerator, second.numerator), gcd(first.denominator, second.denominator)
    )
    return multiple.numerator if multiple.denominator == 1 else float(multiple)


def _arrays(one: ArrayShape, other: ArrayShape) -> ArrayShape:
    length = max(len(one.prefix), len(other.prefix))
    prefix = (_known(one.item(index), other.item(index), Node.together) for index in range(length))
    return replace(
        one,
        prefix=tuple(node for node in prefix if node is not None),
        items=_known(one.items, other.items, Node.together),
        count_min=max(one.count_min, other.count_min),
        count_max=_known(one.count_max, other.count_max, min),
        unique=one.unique or other.unique,
    )


def _objects(one: ObjectShape, other: ObjectShape) -> ObjectShape | None:
    if (one.patterns and not _is_open(other)) or (other.patterns and not _is_open(one)):
        raise UnsupportedKeywordError(
            one.place, "patternProperties", "cannot be combined with other fields here"
        )
    members = {
        name: _member(
            one.properties.get(name, one.additional), other.properties.get(name, other.additional)
        )
        for name in dict.fromkeys((*one.properties, *other.properties))
    }
    required = one.required | other.required
    if any(members.get(name) is False for name in required):
        return None
    return ObjectShape(
        one.place,
        {name: node for name, node in members.items() if isinstance(node, Node)},
        required,
        _member(one.additional, other.additional),
        one.patterns + other.patterns,
        _known(one.names, other.names, Node.together),
        max(one.count_min, other.count_min),
        _known(one.count_max, other.count_max, min),
    )


def _is_open(shape: ObjectShape) -> bool:
    return not shape.properties and not shape.patterns and shape.additional is True


def _member(one: Node | bool, other: Node | bool) -> Node | bool:  # noqa: FBT001 - as in the schema
    if isinstance(one, Node) and isinstance(other, Node):
        return one.together(other)
    if one is False or other is False:
        return False
    return other if one is True else one


def disjoint(one: Shape, other: Shape, depth: int = 0) -> bool:
    """True only if it is proved that no value has both shapes; they may be of two documents."""
    if isinstance(one, ObjectShape) and isinstance(other, ObjectShape):
        return _disjoint_objects(one, other, depth)
    match both(one, other):
        case None:
            return True
        case NumberShape(low=low, high=high) as shape if low is not None and high is not None:
            return low > high or (low == high and (shape.low_open or shape.high_open))
        case (
            TextShape(length_min=least, length_max=most)
            | ArrayShape(count_min=least, count_max=most)
        ) if most is not None:
            return least > most
    return False


def _disjoint_objects(one: ObjectShape, other: ObjectShape, depth: int) -> bool:
    if depth >= _DEPTH_MAX:
        return False
    for name in one.required | other.required:
        mine, theirs = one.properties.get(name), other.properties.get(name)
        if mine is None or theirs is None:
            without = other if theirs is None else one
            if without.additional is False and not without.patterns:
                return True
        elif all(
            disjoint(first, second, depth + 1)
            for first in mine.alternatives()
            for second in theirs.alternatives()
        ):
            return True
    return False
