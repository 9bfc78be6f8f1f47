"""The normal form of a JSON Schema: the alternatives at each place, each with its constraints.

A `Node` is a place in a document, or several places that must all hold. Alternatives are read on
demand, so that recursive schemas work; a caller that descends has to limit the depth.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

JSON = Any
"""A value as `json.loads` returns it."""

TEXT: Final = "string"
NUMBER: Final = "number"
INTEGER: Final = "integer"
BOOLEAN: Final = "boolean"
NULL: Final = "null"
ARRAY: Final = "array"
OBJECT: Final = "object"
JSON_TYPES: Final = frozenset({TEXT, NUMBER, INTEGER, BOOLEAN, NULL, ARRAY, OBJECT})


@dataclass(frozen=True, slots=True)
class TextShape:
    """Strings. Each pattern must match somewhere; unknown formats allow every string."""

    place: str
    patterns: tuple[str, ...] = ()
    length_min: int = 0
    length_max: int | None = None
    formats: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NumberShape:
    """Numbers between bounds, optionally integers or multiples."""

    place: str
    integer: bool = False
    low: float | None = None
    low_open: bool = False
    high: float | None = None
    high_open: bool = False
    multiple_of: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class ConstantShape:
    """One value: a `const`, or one value of an `enum`."""

    place: str
    value: JSON


@dataclass(frozen=True, slots=True)
class BooleanShape:
    """true and false."""

    place: str


@dataclass(frozen=True, slots=True)
class NullShape:
    """null."""

    place: str


@dataclass(frozen=True, slots=True, eq=False)
class ArrayShape:
    """Arrays; `items` is the node of elements after the prefix, None if they may be anything."""

    place: str
    items: "Node | None" = None
    prefix: "tuple[Node, ...]" = ()
    count_min: int = 0
    count_max: int | None = None
    unique: bool = False

    def item(self, index: int) -> "Node | None":
        """Returns the node of the element at this index; None if it may be anything."""
        return self.prefix[index] if index < len(self.prefix) else self.items


@dataclass(frozen=True, slots=True, eq=False)
class ObjectShape:
    """Objects.

    `additional` is False if the schema forbids further fields, and True if the keyword is missing:
    consumers accept further fields, but no producer sends one. With a node (also that of `true`)
    producers send further fields: the object is a map.
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
    """A schema, the function that reads its places, and the places that were read."""

    schema: Mapping[str, JSON]
    read: "Callable[[Node], tuple[Shape, ...]]"
    known: "dict[tuple[str, ...], tuple[Shape, ...]]" = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Node:
    """A place of a document; if there are several pointers, all of them must hold.

    Nodes of one document are equal if their pointers are equal.
    """

    document: Document = field(repr=False)
    pointers: tuple[str, ...]

    @property
    def pointer(self) -> str:
        """The first pointer."""
        return self.pointers[0]

    def alternatives(self) -> tuple[Shape, ...]:
        """Returns every shape that a value may have; empty if no value is valid.

        Raises UnsupportedKeywordError and TooManyAlternativesError.
        """
        known = self.document.known
        if self.pointers not in known:
            known[self.pointers] = self.document.read(self)
        return known[self.pointers]

    def together(self, other: "Node") -> "Node":
        """Returns the node that requires both; both are of one document."""
        return Node(self.document, tuple(dict.fromkeys((*self.pointers, *other.pointers))))


def only(shape: Shape) -> Node:
    """Returns the node whose only alternative is this shape."""
    return Node(Document({}, lambda _node: (shape,)), (shape.place,))


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
    """Returns the JSON type of a shape's values."""
    if isinstance(shape, NumberShape):
        return INTEGER if shape.integer else NUMBER
    return type_of_value(shape.value) if isinstance(shape, ConstantShape) else _TYPES[type(shape)]


def type_of_value(value: JSON) -> str:
    """Returns the JSON type of a value."""
    return _TYPES[type(value)]
