"""The normal form: how the keywords that Pydantic writes become alternatives."""

import json
from typing import Any

import pytest
from pydantic import TypeAdapter

from trunklab.errors import UsageError
from trunklab.schema_solver.errors import TooManyAlternativesError, UnsupportedKeywordError
from trunklab.schema_solver.schema_paths import at, fields_of, reached
from trunklab.schema_solver.schema_reader import node
from trunklab.schema_solver.shape import (
    ArrayShape,
    BooleanShape,
    ConstantShape,
    NullShape,
    NumberShape,
    ObjectShape,
    Shape,
    TextShape,
)
from trunklab.schema_solver.validate import errors, validator

Schema = dict[str, Any]


def kinds(schema: Schema) -> list[type[Shape]]:
    """The classes of a schema's alternatives."""
    return [type(shape) for shape in node(schema).alternatives()]


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "string"}, [TextShape]),
        ({"type": ["string", "null"]}, [TextShape, NullShape]),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, [NumberShape, NullShape]),
        ({"enum": ["a", "b"], "type": "string"}, [ConstantShape, ConstantShape]),
        ({"enum": ["a", 1], "type": "string"}, [ConstantShape]),
        ({"const": 1, "type": "integer", "minimum": 2}, []),
        ({"allOf": [{"type": "string"}, {"minLength": 3}]}, [TextShape]),
        ({"allOf": [{"type": "string"}, {"type": "integer"}]}, []),
        ({"type": ["integer", "number"]}, [NumberShape]),
        ({"not": {}}, []),
        ({"type": ["string", "null"], "not": {"type": "null"}}, [TextShape]),
        ({"enum": ["a", "b"], "not": {"const": "a"}}, [ConstantShape]),
        ({"enum": []}, []),
        (
            {},
            [TextShape, NumberShape, BooleanShape, NullShape, ArrayShape, ObjectShape],
        ),
    ],
)
def test_a_schema_has_alternatives(schema: Schema, expected: list[type[Shape]]) -> None:
    """Unions are spread, what must hold together is merged, and contradictions vanish."""
    assert kinds(schema) == expected


def test_conjunctions_keep_the_stricter_of_each_bound() -> None:
    """Bounds, lengths, patterns and multiples of both sides hold."""
    one = {"minimum": 0, "exclusiveMaximum": 10, "multipleOf": 0.5, "minLength": 2, "pattern": "a"}
    other = {"exclusiveMinimum": 0, "maximum": 10, "multipleOf": 3, "maxLength": 9, "format": "uri"}

    text, number, *_ = node({"allOf": [one, other]}).alternatives()

    assert text == TextShape("/allOf/0", ("a",), 2, 9, ("uri",))
    assert number == NumberShape(
        "/allOf/0", low=0, low_open=True, high=10, high_open=True, multiple_of=3
    )


@pytest.mark.parametrize(
    ("schema", "pointer", "keyword"),
    [
        ({"properties": {"a": {"if": {}}}}, "/properties/a", "if"),
        ({"contains": {}}, "", "contains"),
        ({"dependentRequired": {}}, "", "dependentRequired"),
        ({"unevaluatedProperties": False}, "", "unevaluatedProperties"),
        ({"$ref": "https://example.com/x"}, "", "$ref"),
        ({"$ref": "#anchor"}, "", "$ref"),
        ({"$ref": "#/$defs/Gone"}, "/$defs/Gone", "$ref"),
        ({"$ref": "#"}, "", "$ref"),
        ({"anyOf": [{"$ref": "#/$defs/A"}], "$defs": {"A": {"$ref": "#"}}}, "/$defs/A", "$ref"),
        ({"type": "text"}, "", "type"),
        ({"oneOf": [{"type": "integer"}, {"type": "number"}]}, "", "oneOf"),
        ({"type": "string", "not": {"pattern": "a"}}, "", "not"),
        ({"type": "string", "not": {"const": "a"}}, "", "not"),
        ({"anyOf": "x"}, "/anyOf/0", "$ref"),
    ],
)
def test_a_keyword_that_is_not_understood_is_named(
    schema: Schema, pointer: str, keyword: str
) -> None:
    """With its place; the schema is refused, since no answer about it could be trusted."""
    root = node(schema)
    with pytest.raises(UnsupportedKeywordError) as raised:
        [one.alternatives() for one in (root, *at(root, ("a",)))]

    assert (raised.value.pointer, raised.value.keyword) == (pointer, keyword)
    assert isinstance(raised.value, UsageError)


def test_unions_that_multiply_are_refused() -> None:
    """Ten unions of three arms have more alternatives than anybody can read."""
    union = {"anyOf": [{"minLength": 1}, {"minimum": 1}, {"type": "null"}]}

    with pytest.raises(TooManyAlternativesError):
        node({"allOf": [union] * 10}).alternatives()


def test_a_discriminator_makes_the_arms_differ() -> None:
    """Its field counts as required: Pydantic always writes it, and takes nothing without."""
    cat = {"type": "object", "properties": {"kind": {"const": "cat"}}}
    dog = {"type": "object", "properties": {"kind": {"const": "dog"}}}
    schema = {"oneOf": [cat, dog], "discriminator": {"propertyName": "kind"}}

    shapes = node(schema).alternatives()

    assert [shape.required for shape in shapes if isinstance(shape, ObjectShape)] == [{"kind"}] * 2


def test_what_is_said_of_further_fields_is_kept_apart() -> None:
    """Forbidden, not spoken of, and a map are three things."""
    silent, closed, free = (
        node(schema).alternatives()[0]
        for schema in (
            {"type": "object"},
            {"type": "object", "additionalProperties": False},
            {"type": "object", "additionalProperties": True},
        )
    )

    assert isinstance(silent, ObjectShape)
    assert silent.additional is True
    assert isinstance(closed, ObjectShape)
    assert closed.additional is False
    assert isinstance(free, ObjectShape)
    assert not isinstance(free.additional, bool)


def test_recursion_is_read_as_far_as_it_is_asked_for() -> None:
    """A tree holds trees; the same place is the same node."""
    tree = {"properties": {"kids": {"type": "array", "items": {"$ref": "#"}}}, "type": "object"}
    root = node(tree)

    once, twice = (at(root, ("kids",) * depth) for depth in (1, 2))

    assert once[0] == twice[0]
    assert len({*once, *twice}) == len(once)


EVERYTHING = TypeAdapter(dict[str, list[tuple[int, str]] | set[float] | None]).json_schema()


@pytest.mark.parametrize(
    ("path", "types", "absent"),
    [
        (("id",), [TextShape], False),
        (("lines", "sku"), [TextShape], True),
        (("lines", "sku", "x"), [], True),
        (("note",), [TextShape, NullShape], True),
        (("map", "anything"), [NumberShape], True),
        (("map", "a", "b"), [NumberShape], True),
        (("a", "b"), [BooleanShape], False),
        (("any",), [TextShape, NumberShape, BooleanShape, NullShape, ObjectShape], True),
        (("free", "deep", "down"), [], True),
        (("gone",), [], True),
        ((), [ObjectShape], False),
    ],
)
def test_a_path_reaches_shapes(path: tuple[str, ...], types: list[type], absent: bool) -> None:  # noqa: FBT001 - a column of the table
    """Through arrays, unions, maps and names with dots, as the engine walks an event."""
    root = node(
        {
            "type": "object",
            "properties": {
                "id": {"type": "string"},
                "lines": {
                    "type": "array",
                    "items": {"type": "object", "properties": {"sku": {"type": "string"}}},
                },
                "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                "map": {"type": "object", "additionalProperties": {"type": "integer"}},
                "a.b": {"type": "boolean"},
                "any": {"title": "Any"},
                "free": {"type": "object"},
            },
            "required": ["id", "lines", "a.b"],
        }
    )

    found = reached(root, path)

    assert [type(shape) for shape in found.shapes] == types
    assert found.can_be_absent is absent
    assert fields_of(at(root, ("lines",))[0]) == ["sku"]


def test_what_pydantic_writes_is_read() -> None:
    """Maps of unions of lists of tuples, sets and null."""
    root = node(EVERYTHING)

    assert {type(shape) for shape in reached(root, ("key",)).shapes} == {
        NumberShape,
        TextShape,
        NullShape,
    }


def test_an_invalid_schema_is_refused_with_its_place() -> None:
    """The validator's complaint is not a stack trace."""
    with pytest.raises(UnsupportedKeywordError, match="pattern"):
        validator({"properties": {"a": {"pattern": "("}}})


def test_faults_of_a_value_are_listed_with_their_places() -> None:
    """Formats are asserted."""
    schema = {"properties": {"at": {"format": "date"}, "n": {"type": "integer"}}}

    found = errors(schema, json.loads('{"at": "today", "n": "1"}'))

    assert [place for place, _ in found] == ["/at", "/n"]
