"""Says in a few words what a shape or a value is, for findings."""

import json
from collections.abc import Iterable
from typing import Any

from trunklab.checks.contracts.limits import VALUE_CHARACTERS_SHOWN
from trunklab.printable import printable
from trunklab.shapes.shape import (
    ArrayShape,
    BooleanShape,
    ConstantShape,
    NullShape,
    NumberShape,
    ObjectShape,
    Shape,
    TextShape,
)


def kind(shape: Shape) -> str:  # noqa: PLR0911 - one for each kind
    """The kind of value that the shape is about."""
    match shape:
        case ConstantShape():
            return kind_of(shape.value)
        case NullShape():
            return "null"
        case BooleanShape():
            return "boolean"
        case TextShape():
            return "text"
        case NumberShape():
            return "number"
        case ArrayShape():
            return "list"
        case ObjectShape():
            return "object"


def kind_of(value: Any) -> str:
    """The kind of a value."""
    if value is None or isinstance(value, bool):
        return "null" if value is None else "boolean"
    if isinstance(value, str):
        return "text"
    if isinstance(value, int | float):
        return "number"
    return "list" if isinstance(value, list) else "object"


def what(shapes: Iterable[Shape]) -> str:
    """What may stand at a place: `text, null`, or the constants themselves."""
    words = []
    for shape in shapes:
        if isinstance(shape, ConstantShape):
            words.append(shown(shape.value))
        elif isinstance(shape, NumberShape) and shape.integer:
            words.append("integer")
        else:
            words.append(kind(shape))
    return ", ".join(dict.fromkeys(words)) or "nothing"


def shown(value: Any) -> str:
    """A value as JSON on one line, cut to size."""
    return printable(json.dumps(value, ensure_ascii=False), VALUE_CHARACTERS_SHOWN)


def limits(low: float | None, high: float | None, unit: str = "") -> str:
    """A range of numbers, lengths or counts."""
    if low is None and high is None:
        return f"any number{' of ' + unit if unit else ''}"
    ends = f"{'' if low is None else low}..{'' if high is None else high}"
    return f"{ends} {unit}".rstrip()


def number(shape: NumberShape) -> str:
    """The bounds and steps of a number."""
    low = f">{'' if shape.low_open else '='} {shape.low}" if shape.low is not None else ""
    high = f"<{'' if shape.high_open else '='} {shape.high}" if shape.high is not None else ""
    step = f"multiples of {shape.multiple_of}" if shape.multiple_of is not None else ""
    return ", ".join(word for word in (low, high, step) if word) or "any number"


def path(steps: Iterable[str]) -> str:
    """A path as a reader writes it: `lines[].unit_price.currency`."""
    joined = ""
    for step in steps:
        joined += step if step.startswith("[") else f".{step}" if joined else step
    return printable(joined) or "the event"
