"""A way in which a value of one schema is invalid for another, described for findings."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from trunklab.printable import printable
from trunklab.schema_solver.shape import (
    INTEGER,
    JSON,
    NUMBER,
    ConstantShape,
    NumberShape,
    Shape,
    type_of,
    type_of_value,
)

VALUE_CHARACTERS_SHOWN: Final = 120
"""Characters of an example in a finding."""

ANY_NAME: Final = "*"
"""The step of a path that leads to the fields of a map."""


class Facet(StrEnum):
    """The property of a schema that differs."""

    TYPE = "type"
    VALUE = "value"
    """One value of an enum."""

    BOUNDS = "bounds"
    """Of numbers, lengths and counts, multiples, and unique elements."""

    PATTERN = "pattern"
    FORMAT = "format"
    REQUIRED = "required"
    """A field that is optional in the first schema and required in the second."""

    EXTRA = "extra"
    """A field that only the first schema declares."""

    NAMES = "names"
    """Fields of a map."""

    MEMBER = "member"
    """A member of a union."""


@dataclass(frozen=True)
class Mismatch:
    """A difference that allows a value which the other schema rejects."""

    facet: Facet
    path: tuple[str, ...]
    """Field names from the top; `[]` for the elements of an array, `*` for those of a map."""

    place: str
    """Pointer into the schema whose values are sent."""

    other: str
    """Pointer into the schema that rejects the value."""

    sent: str
    accepted: str
    value: JSON = None
    """The whole value that is sent and rejected, if known."""

    leaf: JSON = None
    """The part of the value at the path."""

    known: bool = True
    """True if a value was found; else inclusion was not proved."""

    @property
    def key(self) -> tuple[Facet, str, str, str, str]:
        """Identifies the mismatch; one mismatch is reached on many paths."""
        return self.facet, self.place, self.other, self.sent, self.accepted

    def inside(self, step: str, value: JSON) -> "Mismatch":
        """Returns the mismatch one level further out; a value of None makes it unknown."""
        known = self.known and value is not None
        return replace(self, path=(step, *self.path), value=value, known=known)


def shape_kind(shape: Shape) -> str:
    """Returns the JSON type of the shape; integers are numbers."""
    return NUMBER if type_of(shape) == INTEGER else type_of(shape)


def value_kind(value: JSON) -> str:
    """Returns the JSON type of a value; integers are numbers."""
    return NUMBER if type_of_value(value) == INTEGER else type_of_value(value)


def types_text(shapes: Iterable[Shape]) -> str:
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


def number_limits(shape: NumberShape) -> str:
    """Returns the bounds and steps of a number."""
    low = f">{'' if shape.low_open else '='} {shape.low}" if shape.low is not None else ""
    high = f"<{'' if shape.high_open else '='} {shape.high}" if shape.high is not None else ""
    step = f"multiples of {shape.multiple_of}" if shape.multiple_of is not None else ""
    return ", ".join(word for word in (low, high, step) if word) or "any number"


def path_text(steps: Iterable[str]) -> str:
    """Returns a path for a finding: `lines[].unit_price.currency`."""
    joined = ""
    for step in steps:
        joined += step if step.startswith("[") else f".{step}" if joined else step
    return printable(joined) or "the event"
