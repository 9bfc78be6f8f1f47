"""Short descriptions of shapes and values for findings."""

import json
from collections.abc import Iterable

from trunklab.contracts.compatibility.inclusion_limits import VALUE_CHARACTERS_SHOWN
from trunklab.printable import printable
from trunklab.schema_solver.json_types import INTEGER, NUMBER, type_of, type_of_value
from trunklab.schema_solver.shape import JSON, ConstantShape, NumberShape, Shape


def kind(shape: Shape) -> str:
    """Returns the JSON type of the shape; integers are numbers."""
    return _kind(type_of(shape))


def kind_of(value: JSON) -> str:
    """Returns the JSON type of a value; integers are numbers."""
    return _kind(type_of_value(value))


def _kind(json_type: str) -> str:
    return NUMBER if json_type == INTEGER else json_type


def what(shapes: Iterable[Shape]) -> str:
    """Returns the allowed types or constants: `string, null`."""
    words = [
        shown(shape.value) if isinstance(shape, ConstantShape) else type_of(shape)
        for shape in shapes
    ]
    return ", ".join(dict.fromkeys(words)) or "nothing"


def shown(value: JSON) -> str:
    """Returns a value as JSON on one line, shortened."""
    return printable(json.dumps(value, ensure_ascii=False), VALUE_CHARACTERS_SHOWN)


def limits(low: float | None, high: float | None, unit: str = "") -> str:
    """Returns a range of numbers, lengths or counts."""
    if low is None and high is None:
        return f"any number{' of ' + unit if unit else ''}"
    ends = f"{'' if low is None else low}..{'' if high is None else high}"
    return f"{ends} {unit}".rstrip()


def number(shape: NumberShape) -> str:
    """Returns the bounds and steps of a number."""
    low = f">{'' if shape.low_open else '='} {shape.low}" if shape.low is not None else ""
    high = f"<{'' if shape.high_open else '='} {shape.high}" if shape.high is not None else ""
    step = f"multiples of {shape.multiple_of}" if shape.multiple_of is not None else ""
    return ", ".join(word for word in (low, high, step) if word) or "any number"


def path(steps: Iterable[str]) -> str:
    """Returns a path for a finding: `lines[].unit_price.currency`."""
    joined = ""
    for step in steps:
        joined += step if step.startswith("[") else f".{step}" if joined else step
    return printable(joined) or "the event"
