"""How shapes are said in findings: the type of a value, and what bounds it."""

from collections.abc import Iterator
from typing import Final

from trunklab.patterns.conditions import (
    AnythingButLike,
    AnythingButNumbers,
    AnythingButTexts,
    Condition,
    Constant,
    Exists,
    Number,
    Range,
)
from trunklab.schema_solver.json_types import BOOLEAN, INTEGER, NULL, NUMBER, TEXT
from trunklab.schema_solver.shape import NumberShape, TextShape

LEAVES: Final = frozenset({TEXT, NUMBER, INTEGER, BOOLEAN, NULL})


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
