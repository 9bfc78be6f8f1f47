"""One way in which a value of one schema can be no value of another."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from trunklab.schema_solver.shape import JSON

ANY_NAME: Final = "*"
"""The step of a path that leads to the fields of a map."""


class Facet(StrEnum):
    """What about a place it is that does not fit."""

    TYPE = "type"
    VALUE = "value"
    """One value of an enum."""

    BOUNDS = "bounds"
    """Of numbers, lengths and counts, steps of numbers, and that a list has no doubles."""

    PATTERN = "pattern"
    FORMAT = "format"
    REQUIRED = "required"
    """A field that may be absent here and must not there."""

    EXTRA = "extra"
    """A field that is known here and not there."""

    NAMES = "names"
    """Fields of a map."""

    MEMBER = "member"
    """A member of a union."""


@dataclass(frozen=True)
class Breach:
    """A difference through which a value gets that the other schema refuses."""

    facet: Facet
    path: tuple[str, ...]
    """Names of fields from the top; `[]` for the elements of a list, `*` for those of a map."""

    place: str
    """Pointer to it in the schema whose values are sent."""

    other: str
    """Pointer to it in the schema that refuses."""

    sends: str
    takes: str
    value: JSON = None
    """The whole value that is sent and refused, if it is known."""

    leaf: JSON = None
    """What stands at the path in it."""

    known: bool = True
    """Whether the value is one that was found; else inclusion could only not be proved."""

    @property
    def key(self) -> tuple[Facet, str, str, str, str]:
        """What tells two breaches apart; the same one is met on many paths."""
        return self.facet, self.place, self.other, self.sends, self.takes

    def inside(self, step: str, value: JSON) -> "Breach":
        """The same, seen from one level further out; None if there no value could be made."""
        known = self.known and value is not None
        return replace(self, path=(step, *self.path), value=value, known=known)
