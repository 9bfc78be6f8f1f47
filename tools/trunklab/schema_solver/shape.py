"""The normal form of a JSON Schema: at each place the alternatives, each with what it demands.

A `Node` is a place in a document, or several that must all hold. Its alternatives are read when
they are asked for, so that recursion does no harm; whoever descends has to bound it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

JSON = Any
"""A value as `json.loads` returns it."""


@dataclass(frozen=True, slots=True)
class TextShape:
    """Texts. Each pattern has to be found somewhere; formats nobody knows demand nothing."""

    place: str
    patterns: tuple[str, ...] = ()
    length_min: int = 0
    length_max: int | None = None
    formats: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NumberShape:
    """Numbers between bounds; whole ones, or multiples, where it says so."""

    place: str
    integer: bool = False
    low: float | None = None
    low_open: bool = False
    high: float | None = None
    high_open: bool = False
    multiple_of: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class ConstantShape:
    """This one value: a `const`, or one value of an `enum`."""

    place: str
    value: JSON


@dataclass(frozen=True, slots=True)
class BooleanShape:
    """true and false."""

    place: str


@dataclass(frozen=True, slots=True)
class NullShape:
    """null alone."""

    place: str


@dataclass(frozen=True, slots=True, eq=False)
class ArrayShape:
    """Arrays; `items` says what follows the prefix, None that it may be anything."""

    place: str
    items: "Node | None" = None
    prefix: "tuple[Node, ...]" = ()
    count_min: int = 0
    count_max: int | None = None
    unique: bool = False

    def item(self, index: int) -> "Node | None":
        """What the element at this index has to be; None where it may be anything."""
        return self.prefix[index] if index < len(self.prefix) else self.items


@dataclass(frozen=True, slots=True, eq=False)
class ObjectShape:
    """Objects.

    `additional` is False where the schema forbids further fields, and True where it says nothing
    of them: open for whoever reads, but no producer sends one. A node (that of `true` too) says
    that there are further fields: a map.
    """

    place: str
    properties: "Mapping[str, Node]" = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    additional: "Node | bool" = True
    patterns: "tuple[tuple[str, Node], ...]" = ()
    names: "Node | None" = None
    count_min: int = 0
    count_max: int | None = None


Shape = (
    TextShape | NumberShape | ConstantShape | BooleanShape | NullShape | ArrayShape | ObjectShape
)


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """A schema as it was committed, how its places are read, and those that were read."""

    schema: Mapping[str, JSON]
    read: "Callable[[Node], tuple[Shape, ...]]"
    known: "dict[tuple[str, ...], tuple[Shape, ...]]" = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Node:
    """A place of a document; several pointers mean that all of them must hold.

    Nodes of one document are equal if their pointers are: a pair of nodes can be remembered.
    """

    document: Document = field(repr=False)
    pointers: tuple[str, ...]

    @property
    def pointer(self) -> str:
        """Where to look in the document."""
        return self.pointers[0]

    def alternatives(self) -> tuple[Shape, ...]:
        """Every shape a value may have; none if no value is valid.

        Raises UnsupportedKeywordError and TooManyAlternativesError.
        """
        known = self.document.known
        if self.pointers not in known:
            known[self.pointers] = self.document.read(self)
        return known[self.pointers]

    def together(self, other: "Node") -> "Node":
        """The node that demands both; both are of one document."""
        return Node(self.document, tuple(dict.fromkeys((*self.pointers, *other.pointers))))
