"""How shapes are said in findings: the type of a value, and what bounds it."""

from collections.abc import Iterator, Mapping
from typing import Final

from trunklab.rules.conditions import (
    AnythingButLike,
    AnythingButNumbers,
    AnythingButTexts,
    Condition,
    Constant,
    Exists,
    Number,
    Range,
)
from trunklab.shapes.shape import (
    JSON,
    ArrayShape,
    BooleanShape,
    ConstantShape,
    NullShape,
    NumberShape,
    ObjectShape,
    Shape,
    TextShape,
)

TEXT: Final = "string"
NUMBER: Final = "number"
INTEGER: Final = "integer"
BOOLEAN: Final = "boolean"
NULL: Final = "null"
LEAVES: Final = frozenset({TEXT, NUMBER, INTEGER, BOOLEAN, NULL})

_TYPES: Final[Mapping[type, str]] = {
    TextShape: TEXT,
    BooleanShape: BOOLEAN,
    NullShape: NULL,
    ArrayShape: "array",
    ObjectShape: "object",
    str: TEXT,
    bool: BOOLEAN,
    type(None): NULL,
    int: INTEGER,
    float: NUMBER,
    list: "array",
    dict: "object",
}


def type_of(shape: Shape) -> str:
    """The JSON type of a shape's values."""
    if isinstance(shape, NumberShape):
        return INTEGER if shape.integer else NUMBER
    value: JSON = shape.value if isinstance(shape, ConstantShape) else shape
    return _TYPES[type(value)]


def types_for(condition: Condition) -> frozenset[str]:
    """The types of which some value could pass the condition."""
    match condition:
        case Constant(None):
            return frozenset({NULL})
        case Constant():
            return frozenset({BOOLEAN})
        case Number() | Range():
            return frozenset({NUMBER, INTEGER})
        case Exists() | AnythingButLike() | AnythingButNumbers() | AnythingButTexts():
            return LEAVES
    return frozenset({TEXT})


def allowed(shape: TextShape | NumberShape) -> Iterator[str]:
    """What the shape demands, each as a few words."""
    if isinstance(shape, TextShape):
        if shape.length_min:
            yield f"at least {shape.length_min} characters"
        if shape.length_max is not None:
            yield f"at most {shape.length_max} characters"
        yield from (f"like {pattern}" for pattern in shape.patterns)
        yield from (f"a {name}" for name in shape.formats)
        return
    if shape.low is not None:
        yield f"{'above' if shape.low_open else 'at least'} {shape.low}"
    if shape.high is not None:
        yield f"{'below' if shape.high_open else 'at most'} {shape.high}"
    if shape.multiple_of is not None:
        yield f"a multiple of {shape.multiple_of}"
