"""Reads the places of a JSON Schema (2020-12) into shapes, for the keywords that Pydantic writes.

A schema is a conjunction: of its types, its unions and references, and its constants. Each has a
list of alternatives; the alternatives of the schema are all combinations.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Final

from trunklab.schema_solver.errors import TooManyAlternativesError, UnsupportedKeywordError
from trunklab.schema_solver.json_pointer import resolved, within
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
from trunklab.schema_solver.shape_intersection import both, disjoint, numbers
from trunklab.schema_solver.solver_limits import ALTERNATIVES_MAX, REFERENCES_MAX

Schema = Mapping[str, JSON]
Alternatives = list[Shape]

_IGNORED: Final = frozenset(
    [
        *("$schema", "$id", "$comment", "$defs", "definitions", "discriminator"),
        *("contentEncoding", "contentMediaType", "contentSchema"),
    ]
)
"""Keywords that accept and reject nothing, beside the annotations."""

ANNOTATIONS: Final = frozenset(
    {"title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly"}
)
"""Keywords that describe a value and accept every value."""

_OF_TYPES: Final = frozenset(
    [
        *("type", "pattern", "format", "minLength", "maxLength", "minimum", "maximum"),
        *("exclusiveMinimum", "exclusiveMaximum", "multipleOf", "items", "prefixItems"),
        *("minItems", "maxItems", "uniqueItems", "properties", "required"),
        *("additionalProperties", "patternProperties", "propertyNames", "minProperties"),
        "maxProperties",
    ]
)
"""Keywords that restrict values of one type, or name types."""

_KNOWN: Final = _OF_TYPES | _IGNORED | {"$ref", "anyOf", "oneOf", "allOf", "const", "enum", "not"}
_TYPES: Final = ("string", "number", "boolean", "null", "array", "object")


def is_annotation(keyword: str) -> bool:
    """True if the keyword describes a value and accepts every value."""
    return keyword in ANNOTATIONS or keyword.startswith("x-")


def node(document: Schema, pointer: str = "") -> Node:
    """Returns the node of a pointer (`/properties/total`); of the whole schema without one."""
    return Node(Document(document, _read), (pointer,))


def _read(place: Node) -> tuple[Shape, ...]:
    return tuple(
        _conjunction(
            (_alternatives(Node(place.document, (each,)), 0) for each in place.pointers),
            place.pointer,
        )
    )


def _alternatives(place: Node, depth: int) -> Alternatives:
    pointer = place.pointer
    if depth > REFERENCES_MAX:
        raise UnsupportedKeywordError(pointer, "$ref", "leads to itself")
    schema = resolved(place.document.schema, pointer)
    if isinstance(schema, bool):
        return _anything(place) if schema else []
    if not isinstance(schema, Mapping):
        raise UnsupportedKeywordError(pointer, pointer.rpartition("/")[2], "is not a schema")
    for keyword in schema:
        if keyword not in _KNOWN and not is_annotation(keyword):
            raise UnsupportedKeywordError(pointer, keyword)
    constraints = list(_constraints(schema, place, depth + 1))
    shapes = _conjunction(constraints, pointer) if constraints else _anything(place)
    return _without(shapes, schema["not"], pointer) if "not" in schema else shapes


def _constraints(schema: Schema, place: Node, depth: int) -> Iterator[Alternatives]:
    """Yields the alternatives of each keyword, or group of keywords, that must hold."""
    if schema.keys() & _OF_TYPES:
        yield _of_types(schema, place)
    if "$ref" in schema:
        yield _alternatives(Node(place.document, (_target(schema["$ref"], place.pointer),)), depth)
    for keyword in sorted(schema.keys() & {"anyOf", "oneOf"}):
        arms = [_alternatives(arm, depth) for arm in _list(schema, keyword, place)]
        if keyword == "oneOf":
            arms = _tagged(arms, schema.get("discriminator", {}).get("propertyName"))
            _check_disjoint(arms, place.pointer)
        yield _limited([shape for arm in arms for shape in arm], place.pointer)
    for part in _list(schema, "allOf", place):
        yield _alternatives(part, depth)
    if "const" in schema:
        yield [ConstantShape(within(place.pointer, "const"), schema["const"])]
    if "enum" in schema:
        yield [ConstantShape(within(place.pointer, "enum"), value) for value in schema["enum"]]


def _conjunction(constraints: Iterable[Alternatives], pointer: str) -> Alternatives:
    first, *others = constraints
    for other in others:
        merged = (both(mine, theirs) for mine in first for theirs in other)
        first = _limited([shape for shape in merged if shape is not None], pointer)
    return first


def _limited(shapes: Alternatives, pointer: str) -> Alternatives:
    if len(shapes) > ALTERNATIVES_MAX:
        raise TooManyAlternativesError(pointer, ALTERNATIVES_MAX)
    return shapes


def _anything(place: Node) -> Alternatives:
    """Returns the alternatives of Pydantic's `Any`: arrays and maps hold the same again."""
    pointer = place.pointer
    leaves = (TextShape(pointer), NumberShape(pointer), BooleanShape(pointer), NullShape(pointer))
    return [*leaves, ArrayShape(pointer, place), ObjectShape(pointer, additional=place)]


def _tagged(arms: Sequence[Alternatives], tag: str | None) -> list[Alternatives]:
    """Returns the arms with the discriminator's field required.

    Pydantic always writes it and rejects values without it, also if a default makes it optional.
    """
    return [
        [
            replace(shape, required=shape.required | {tag})
            if tag is not None and isinstance(shape, ObjectShape) and tag in shape.properties
            else shape
            for shape in arm
        ]
        for arm in arms
    ]


def _check_disjoint(arms: Sequence[Alternatives], pointer: str) -> None:
    for first, second in combinations(arms, 2):
        if not all(disjoint(one, other) for one in first for other in second):
            raise UnsupportedKeywordError(
                pointer, "oneOf", "has branches that one value may match; name a discriminator"
            )


def _without(shapes: Alternatives, excluded: JSON, pointer: str) -> Alternatives:
    """Returns the shapes without those that `not` excludes: types, constants or everything."""
    if isinstance(excluded, Mapping) and excluded.keys() - {"type", "const", "enum"}:
        raise UnsupportedKeywordError(pointer, "not", "is understood of types and constants only")
    taken = node(excluded).alternatives()
    if any(isinstance(shape, NumberShape) and shape.integer for shape in taken):
        raise UnsupportedKeywordError(pointer, "not", "is not understood of integers")
    kept = [shape for shape in shapes if not any(_covers(one, shape) for one in taken)]
    if any(both(shape, one) is not None for shape in kept for one in taken):
        raise UnsupportedKeywordError(pointer, "not", "excludes only some values of a type")
    return kept


def _covers(one: Shape, other: Shape) -> bool:
    if isinstance(other, ConstantShape):
        return both(one, other) is not None
    return type(one) is type(other) and not isinstance(one, ConstantShape)


def _target(reference: JSON, pointer: str) -> str:
    if not isinstance(reference, str) or not reference.startswith("#"):
        raise UnsupportedKeywordError(pointer, "$ref", "points outside the document")
    if reference[1:2] not in {"", "/"}:
        raise UnsupportedKeywordError(pointer, "$ref", "names an anchor")
    return reference[1:]


def _of_types(schema: Schema, place: Node) -> Alternatives:
    names = schema.get("type", _TYPES)
    names = [names] if isinstance(names, str) else list(names)
    if "number" in names and "integer" in names:
        names.remove("integer")
    return [_of_type(name, schema, place) for name in names]


def _of_type(name: str, schema: Schema, place: Node) -> Shape:
    pointer = place.pointer
    match name:
        case "string":
            lengths = _counts(schema, "Length")
            return TextShape(
                pointer, _single(schema, "pattern"), *lengths, _single(schema, "format")
            )
        case "number" | "integer":
            return _number(schema, pointer, integer=name == "integer")
        case "boolean":
            return BooleanShape(pointer)
        case "null":
            return NullShape(pointer)
        case "array":
            prefix = tuple(_list(schema, "prefixItems", place))
            unique = bool(schema.get("uniqueItems", False))
            items = _member(schema, "items", place)
            return ArrayShape(pointer, items, prefix, *_counts(schema, "Items"), unique)
        case "object":
            return _object(schema, place)
    raise UnsupportedKeywordError(pointer, "type", f"names {name!r}, which is not a type")


def _number(schema: Schema, pointer: str, *, integer: bool) -> Shape:
    get = schema.get
    low, high, multiple = get("exclusiveMinimum"), get("exclusiveMaximum"), get("multipleOf")
    opened = NumberShape(pointer, integer, low=low, low_open=True, high=high, high_open=True)
    closed = NumberShape(pointer, low=get("minimum"), high=get("maximum"), multiple_of=multiple)
    return numbers(opened, closed)


def _object(schema: Schema, place: Node) -> Shape:
    additional = _member(schema, "additionalProperties", place)
    return ObjectShape(
        place.pointer,
        dict(_map(schema, "properties", place)),
        frozenset(schema.get("required", ())),
        schema.get("additionalProperties", True) is not False and (additional or True),
        tuple(_map(schema, "patternProperties", place)),
        _member(schema, "propertyNames", place),
        *_counts(schema, "Properties"),
    )


def _counts(schema: Schema, noun: str) -> tuple[int, int | None]:
    """Returns the bounds of a count, which JSON may write as 3.0."""
    most = schema.get(f"max{noun}")
    return int(schema.get(f"min{noun}", 0)), None if most is None else int(most)


def _single(schema: Schema, keyword: str) -> tuple[str, ...]:
    return (schema[keyword],) if keyword in schema else ()


def _member(schema: Schema, keyword: str, place: Node) -> Node | None:
    return _inside(place, keyword) if keyword in schema else None


def _list(schema: Schema, keyword: str, place: Node) -> list[Node]:
    return [_inside(place, keyword, str(index)) for index in range(len(schema.get(keyword, ())))]


def _map(schema: Schema, keyword: str, place: Node) -> Iterator[tuple[str, Node]]:
    return ((name, _inside(place, keyword, name)) for name in schema.get(keyword, {}))


def _inside(place: Node, *parts: str) -> Node:
    return Node(place.document, (within(place.pointer, *parts),))


ANYTHING: Final = node({})
"""Any value: the node of a place that no schema restricts."""
