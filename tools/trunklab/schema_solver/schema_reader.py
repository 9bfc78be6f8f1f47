"""Reads the places of a JSON Schema (2020-12) into shapes, as far as Pydantic writes them.

A schema is a conjunction of keywords: what it says of each type, what its unions and references
say, what constants it names. Each is a list of alternatives; together they are multiplied out.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Final

from trunklab.contracts.nullable import is_annotation
from trunklab.schema_solver.disjoint import disjoint
from trunklab.schema_solver.errors import TooManyAlternativesError, UnsupportedKeywordError
from trunklab.schema_solver.json_pointer import resolved, within
from trunklab.schema_solver.merge import both
from trunklab.schema_solver.shape import (
    JSON,
    ArrayShape,
    BooleanShape,
    ConstantShape,
    Document,
    Node,
    NullShape,
    NumberShape,
    ObjectShape,
    Shape,
    TextShape,
)
from trunklab.schema_solver.solver_limits import ALTERNATIVES_MAX, PRODUCT_MAX, REFERENCES_MAX

Schema = Mapping[str, JSON]
Alternatives = list[Shape]

_SILENT: Final = frozenset(
    [
        *("$schema", "$id", "$comment", "$defs", "definitions", "discriminator"),
        *("contentEncoding", "contentMediaType", "contentSchema"),
    ]
)
"""Keywords that accept and reject nothing, beside the annotations."""


def node(document: Schema, pointer: str = "") -> Node:
    """A place of a schema, the whole of it without a pointer (`/properties/total`)."""
    return Node(Document(document, _read), (pointer,))


def _read(place: Node) -> tuple[Shape, ...]:
    return tuple(_Reader(place.document).of_all(place.pointers, 0))


class _Reader:
    def __init__(self, document: Document) -> None:
        self.document = document

    def of_all(self, pointers: Sequence[str], depth: int) -> Alternatives:
        found = self.of(pointers[0], depth)
        for pointer in pointers[1:]:
            found = _product(found, self.of(pointer, depth), pointer)
        return found

    def of(self, pointer: str, depth: int) -> Alternatives:
        if depth > REFERENCES_MAX:
            raise UnsupportedKeywordError(pointer, "$ref", "leads to itself")
        schema = resolved(self.document.schema, pointer)
        if isinstance(schema, bool):
            return _anything(Node(self.document, (pointer,))) if schema else []
        if not isinstance(schema, Mapping):
            raise UnsupportedKeywordError(pointer, pointer.rpartition("/")[2], "is no schema")
        _check_keywords(schema, pointer)
        found = _unless_of_types(schema, pointer, self)
        for more in self._combined(schema, pointer, depth + 1):
            found = _product(found, more, pointer) if found is not None else more
        if found is None:
            found = _anything(Node(self.document, (pointer,)))
        return _unlike(found, schema, pointer)

    def _combined(self, schema: Schema, pointer: str, depth: int) -> Iterator[Alternatives]:
        if "$ref" in schema:
            yield self.of(_target(schema["$ref"], pointer), depth)
        for keyword in ("anyOf", "oneOf"):
            if keyword in schema:
                places = _branches(schema, keyword, pointer)
                arms = [self.of(place, depth) for place in places]
                if keyword == "oneOf":
                    arms = _tagged(arms, schema)
                    _check_disjoint(arms, pointer)
                yield _union(arms, pointer)
        for place in _branches(schema, "allOf", pointer):
            yield self.of(place, depth)
        if "const" in schema:
            yield [ConstantShape(within(pointer, "const"), schema["const"])]
        if "enum" in schema:
            values = schema["enum"]
            yield [ConstantShape(within(pointer, "enum"), value) for value in values]

    def _of_types(self, schema: Schema, pointer: str) -> Alternatives:
        said = schema.get("type", list(_TYPES))
        names = [said] if isinstance(said, str) else list(said)
        if "number" in names and "integer" in names:
            names.remove("integer")
        for name in names:
            if name not in _SHAPES:
                raise UnsupportedKeywordError(pointer, "type", f"names {name!r}, which is no type")
        return [_SHAPES[name](schema, pointer, self.document) for name in names]


def _anything(place: Node) -> Alternatives:
    """What a schema allows that says nothing (Pydantic's `Any`): lists and maps of the same too."""
    pointer = place.pointer
    leaves = (TextShape(pointer), NumberShape(pointer), BooleanShape(pointer), NullShape(pointer))
    return [*leaves, ArrayShape(pointer, place), ObjectShape(pointer, additional=place)]


def _unless_of_types(schema: Schema, pointer: str, reader: _Reader) -> Alternatives | None:
    """What the schema says of types; None if it leaves that to its unions and references."""
    spoken = schema.keys() & _OF_TYPES
    return reader._of_types(schema, pointer) if spoken else None  # noqa: SLF001 - its own part


def _check_keywords(schema: Schema, pointer: str) -> None:
    for keyword in schema:
        if not (keyword in _KNOWN or keyword in _SILENT or is_annotation(keyword)):
            raise UnsupportedKeywordError(pointer, keyword)


def _product(some: Alternatives, others: Alternatives, pointer: str) -> Alternatives:
    if len(some) * len(others) > PRODUCT_MAX:
        raise TooManyAlternativesError(pointer, ALTERNATIVES_MAX)
    merged = (both(one, other) for one in some for other in others)
    return _bounded([shape for shape in merged if shape is not None], pointer)


def _union(arms: Sequence[Alternatives], pointer: str) -> Alternatives:
    return _bounded([shape for arm in arms for shape in arm], pointer)


def _bounded(found: Alternatives, pointer: str) -> Alternatives:
    if len(found) > ALTERNATIVES_MAX:
        raise TooManyAlternativesError(pointer, ALTERNATIVES_MAX)
    return found


def _tagged(arms: Sequence[Alternatives], schema: Schema) -> list[Alternatives]:
    """The arms with the discriminator's field required.

    Pydantic always writes it and takes no value without, even where a default makes it optional.
    """
    tag = schema.get("discriminator", {}).get("propertyName")
    return [[_with_tag(shape, tag) for shape in arm] for arm in arms]


def _with_tag(shape: Shape, tag: str | None) -> Shape:
    if tag is None or not isinstance(shape, ObjectShape) or tag not in shape.properties:
        return shape
    return replace(shape, required=shape.required | {tag})


def _check_disjoint(arms: Sequence[Alternatives], pointer: str) -> None:
    for some, others in combinations(arms, 2):
        if not all(disjoint(one, other) for one in some for other in others):
            raise UnsupportedKeywordError(
                pointer, "oneOf", "has branches that one value may match; name a discriminator"
            )


def _unlike(found: Alternatives, schema: Schema, pointer: str) -> Alternatives:
    """What `not` leaves; only whole types, constants and everything can be taken away."""
    if "not" not in schema:
        return found
    taken = schema["not"]
    if taken is True or taken == {}:
        return []
    if taken is False:
        return found
    if not isinstance(taken, Mapping) or taken.keys() - {"type", "const", "enum"} or not found:
        raise UnsupportedKeywordError(pointer, "not", "is understood of types and constants alone")
    left = _Reader(Document(taken, _read)).of("", 0)
    if any(isinstance(shape, NumberShape) and shape.integer for shape in left):
        raise UnsupportedKeywordError(pointer, "not", "is not understood of integers")
    kept = [shape for shape in found if not any(_covers(one, shape) for one in left)]
    if any(both(shape, one) is not None for shape in kept for one in left):
        raise UnsupportedKeywordError(pointer, "not", "takes some values away from a type")
    return kept


def _covers(one: Shape, other: Shape) -> bool:
    if isinstance(other, ConstantShape):
        return both(one, other) is not None
    return type(one) is type(other) and not isinstance(one, ConstantShape)


def _branches(schema: Schema, keyword: str, pointer: str) -> list[str]:
    return [within(pointer, keyword, str(index)) for index in range(len(schema.get(keyword, ())))]


def _target(reference: JSON, pointer: str) -> str:
    if not isinstance(reference, str) or not reference.startswith("#"):
        raise UnsupportedKeywordError(pointer, "$ref", "leads out of the document")
    if reference[1:2] not in {"", "/"}:
        raise UnsupportedKeywordError(pointer, "$ref", "names an anchor")
    return reference[1:]


def _text(schema: Schema, pointer: str, _document: Document) -> Shape:
    patterns = (schema["pattern"],) if "pattern" in schema else ()
    formats = (schema["format"],) if "format" in schema else ()
    lengths = _whole(schema, "minLength", 0), _whole(schema, "maxLength", None)
    return TextShape(pointer, patterns, lengths[0] or 0, lengths[1], formats)


def _number(schema: Schema, pointer: str, _document: Document, *, integer: bool = False) -> Shape:
    low, low_open = _bound(schema, "minimum", "exclusiveMinimum", max)
    high, high_open = _bound(schema, "maximum", "exclusiveMaximum", min)
    multiple = schema.get("multipleOf")
    return NumberShape(pointer, integer, low, low_open, high, high_open, multiple)


def _integer(schema: Schema, pointer: str, document: Document) -> Shape:
    return _number(schema, pointer, document, integer=True)


def _bound(
    schema: Schema, closed: str, opened: str, stricter: Callable[[float, float], float]
) -> tuple[float | None, bool]:
    inclusive, exclusive = schema.get(closed), schema.get(opened)
    if inclusive is None or exclusive is None:
        return (inclusive, False) if exclusive is None else (exclusive, True)
    if stricter(inclusive, exclusive) == exclusive:
        return exclusive, True
    return inclusive, False


def _boolean(_schema: Schema, pointer: str, _document: Document) -> Shape:
    return BooleanShape(pointer)


def _null(_schema: Schema, pointer: str, _document: Document) -> Shape:
    return NullShape(pointer)


def _array(schema: Schema, pointer: str, document: Document) -> Shape:
    items = Node(document, (within(pointer, "items"),)) if "items" in schema else None
    prefix = tuple(Node(document, (place,)) for place in _branches(schema, "prefixItems", pointer))
    counts = _whole(schema, "minItems", 0), _whole(schema, "maxItems", None)
    unique = bool(schema.get("uniqueItems", False))
    return ArrayShape(pointer, items, prefix, counts[0] or 0, counts[1], unique)


def _object(schema: Schema, pointer: str, document: Document) -> Shape:
    def below(keyword: str) -> dict[str, Node]:
        return {
            name: Node(document, (within(pointer, keyword, name),))
            for name in schema.get(keyword, {})
        }

    additional: Node | bool = schema.get("additionalProperties", True) is not False
    if additional and "additionalProperties" in schema:
        additional = Node(document, (within(pointer, "additionalProperties"),))
    names = None
    if "propertyNames" in schema:
        names = Node(document, (within(pointer, "propertyNames"),))
    return ObjectShape(
        pointer,
        below("properties"),
        frozenset(schema.get("required", ())),
        additional,
        tuple(below("patternProperties").items()),
        names,
        _whole(schema, "minProperties", 0) or 0,
        _whole(schema, "maxProperties", None),
    )


def _whole(schema: Schema, keyword: str, default: int | None) -> int | None:
    """A count; JSON may write it 3.0."""
    return int(schema[keyword]) if keyword in schema else default


_SHAPES: Final[Mapping[str, Callable[[Schema, str, Document], Shape]]] = {
    "string": _text,
    "number": _number,
    "integer": _integer,
    "boolean": _boolean,
    "null": _null,
    "array": _array,
    "object": _object,
}

_TYPES: Final = ("string", "number", "boolean", "null", "array", "object")

_OF_TYPES: Final = frozenset(
    [
        *("type", "pattern", "format", "minLength", "maxLength", "minimum", "maximum"),
        *("exclusiveMinimum", "exclusiveMaximum", "multipleOf", "items", "prefixItems"),
        *("minItems", "maxItems", "uniqueItems", "properties", "required"),
        *("additionalProperties", "patternProperties", "propertyNames", "minProperties"),
        "maxProperties",
    ]
)
"""Keywords that speak of one type, or name types."""

_KNOWN: Final = _OF_TYPES | {"$ref", "anyOf", "oneOf", "allOf", "const", "enum", "not"}

ANYTHING: Final = node({})
"""Any value at all: what a place may hold of which nothing is said."""
