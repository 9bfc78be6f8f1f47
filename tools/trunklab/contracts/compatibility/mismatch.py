"""One way in which a value of one schema is invalid for another."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from trunklab.schema_solver.shape import JSON

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
