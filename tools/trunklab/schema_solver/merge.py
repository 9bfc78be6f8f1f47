"""What is left of two shapes that must both hold: the meaning of `allOf`, for one pair."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from math import gcd, lcm

from trunklab.schema_solver.accepts import accepts
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
from trunklab.schema_solver.validate import is_text_of


def both(one: Shape, other: Shape) -> Shape | None:  # noqa: PLR0911 - one for each kind
    """The shape that holds where both do; None if no value has both.

    An answer may still be empty (a lowest bound above the highest): whoever looks for a value sees.
    """
    if isinstance(one, ConstantShape):
        return one if accepts(other, one.value) else None
    if isinstance(other, ConstantShape):
        return other if accepts(one, other.value) else None
    match one, other:
        case (TextShape(), TextShape()):
            return _texts(one, other)
        case (NumberShape(), NumberShape()):
            return _numbers(one, other)
        case (ArrayShape(), ArrayShape()):
            return _arrays(one, other)
        case (ObjectShape(), ObjectShape()):
            return _objects(one, other)
        case (BooleanShape(), BooleanShape()) | (NullShape(), NullShape()):
            return one
    return None


def _texts(one: TextShape, other: TextShape) -> TextShape:
    return replace(
        one,
        patterns=tuple(dict.fromkeys(one.patterns + other.patterns)),
        formats=tuple(dict.fromkeys(one.formats + other.formats)),
        length_min=max(one.length_min, other.length_min),
        length_max=_smaller(one.length_max, other.length_max),
    )


def _numbers(one: NumberShape, other: NumberShape) -> NumberShape:
    low, low_open = _stricter(max, (one.low, one.low_open), (other.low, other.low_open))
    high, high_open = _stricter(min, (one.high, one.high_open), (other.high, other.high_open))
    return NumberShape(
        one.place,
        one.integer or other.integer,
        low,
        low_open,
        high,
        high_open,
        _common_multiple(one.multiple_of, other.multiple_of),
    )


Bound = tuple[float | None, bool]


def _stricter(choose: Callable[[float, float], float], one: Bound, other: Bound) -> Bound:
    if one[0] is None or other[0] is None:
        return other if one[0] is None else one
    if one[0] == other[0]:
        return one[0], one[1] or other[1]
    return one if choose(one[0], other[0]) == one[0] else other


def _common_multiple(one: float | None, other: float | None) -> float | None:
    if one is None or other is None:
        return other if one is None else one
    first, second = Fraction(str(one)), Fraction(str(other))
    found = Fraction(
        lcm(first.numerator, second.numerator), gcd(first.denominator, second.denominator)
    )
    return found.numerator if found.denominator == 1 else float(found)


def _smaller(one: int | None, other: int | None) -> int | None:
    if one is None or other is None:
        return other if one is None else one
    return min(one, other)


def _node(one: Node | None, other: Node | None) -> Node | None:
    if one is None or other is None:
        return other if one is None else one
    return one.together(other)


def _arrays(one: ArrayShape, other: ArrayShape) -> ArrayShape:
    length = max(len(one.prefix), len(other.prefix))
    prefix = []
    for index in range(length):
        node = _node(one.item(index), other.item(index))
        if node is None:
            raise UnsupportedKeywordError(
                one.place, "prefixItems", "says too little beside another"
            )
        prefix.append(node)
    return replace(
        one,
        prefix=tuple(prefix),
        items=_node(one.items, other.items),
        count_min=max(one.count_min, other.count_min),
        count_max=_smaller(one.count_max, other.count_max),
        unique=one.unique or other.unique,
    )


def _objects(one: ObjectShape, other: ObjectShape) -> ObjectShape | None:
    if (one.patterns and not _is_silent(other)) or (other.patterns and not _is_silent(one)):
        raise UnsupportedKeywordError(
            one.place, "patternProperties", "cannot be combined with other fields here"
        )
    properties: dict[str, Node] = {}
    impossible: set[str] = set()
    for name in dict.fromkeys((*one.properties, *other.properties)):
        mine, theirs = _of(one, name), _of(other, name)
        if mine is False or theirs is False:
            impossible.add(name)
        elif (node := _node(_known(mine), _known(theirs))) is not None:
            properties[name] = node
    required = one.required | other.required
    if required & impossible:
        return None
    return ObjectShape(
        one.place,
        properties,
        required,
        _additional(one.additional, other.additional),
        one.patterns + other.patterns,
        _node(one.names, other.names),
        max(one.count_min, other.count_min),
        _smaller(one.count_max, other.count_max),
    )


def _known(of: Node | bool | None) -> Node | None:  # noqa: FBT001 - as the schema has it
    return of if isinstance(of, Node) else None


def _is_silent(shape: ObjectShape) -> bool:
    return not shape.properties and not shape.patterns and shape.additional is True


def _of(shape: ObjectShape, name: str) -> Node | bool | None:
    """What a field has to obey; None if the shape does not speak of it, False if it may not be."""
    if name in shape.properties:
        return shape.properties[name]
    if any(is_text_of(TextShape("", (pattern,)), name) for pattern, _ in shape.patterns):
        raise UnsupportedKeywordError(shape.place, "patternProperties", "names a field too")
    return None if shape.additional is True else shape.additional


def _additional(
    one: Node | bool,  # noqa: FBT001 - as the schema has it
    other: Node | bool,  # noqa: FBT001 - the same
) -> Node | bool:
    if one is False or other is False:
        return False
    if one is True or other is True:
        return other if one is True else one
    if isinstance(one, Node) and isinstance(other, Node):
        return one.together(other)
    return True
