"""The JSON type of a shape's values, or of a value, in JSON Schema's words."""

from collections.abc import Mapping
from typing import Final

from trunklab.schema_solver.shape import (
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
ARRAY: Final = "array"
OBJECT: Final = "object"

_TYPES: Final[Mapping[type, str]] = {
    TextShape: TEXT,
    BooleanShape: BOOLEAN,
    NullShape: NULL,
    ArrayShape: ARRAY,
    ObjectShape: OBJECT,
    str: TEXT,
    bool: BOOLEAN,
    type(None): NULL,
    int: INTEGER,
    float: NUMBER,
    list: ARRAY,
    dict: OBJECT,
}


def type_of(shape: Shape) -> str:
    """The JSON type of a shape's values."""
    if isinstance(shape, NumberShape):
        return INTEGER if shape.integer else NUMBER
    return type_of_value(shape.value) if isinstance(shape, ConstantShape) else _TYPES[type(shape)]


def type_of_value(value: JSON) -> str:
    """The JSON type of a value."""
    return _TYPES[type(value)]
