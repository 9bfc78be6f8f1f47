"""The OpenAPI 3.0 schema accepts and rejects what the JSON Schema accepts and rejects."""

from collections.abc import Iterable
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openapi_schema_validator import OAS30Validator

from trunklab.contracts.errors import NotExpressibleError
from trunklab.contracts.openapi_conversion import component_name, convert

VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, 1, 2, 3, 1.5, -1, 2**40, "", "a", "b", "abc", [], [1], ["a"], [None]),
    *({}, {"a": 1}, {"a": "x"}, {"a": None}, {"b": 1}, {"a": 1, "b": 1}, {"kind": "a"}),
)

STRING_OR_NULL = [{"type": "string", "minLength": 2}, {"type": "null"}]


def accepted(validator: Any, values: Iterable[Any]) -> list[Any]:
    """Return the values that the validator takes."""
    return [value for value in values if validator.is_valid(value)]


@pytest.mark.parametrize(
    ("schema", "converted"),
    [
        ({"const": "a"}, {"enum": ["a"]}),
        ({"const": 1, "type": "integer"}, {"type": "integer", "format": "int64", "enum": [1]}),
        ({"const": None}, {"enum": [None]}),
        ({"type": "null"}, {"type": "string", "nullable": True, "enum": [None]}),
        ({"type": ["string", "null"]}, {"type": "string", "nullable": True}),
        ({"anyOf": STRING_OR_NULL}, {"type": "string", "minLength": 2, "nullable": True}),
        (
            {"anyOf": [{"const": "a", "type": "string"}, {"type": "null"}]},
            {"type": "string", "nullable": True, "enum": ["a", None]},
        ),
        ({"exclusiveMinimum": 1}, {"minimum": 1, "exclusiveMinimum": True}),
        ({"exclusiveMaximum": 2}, {"maximum": 2, "exclusiveMaximum": True}),
        ({"minimum": 1, "exclusiveMinimum": 1}, {"minimum": 1, "exclusiveMinimum": True}),
        ({"minimum": 2, "exclusiveMinimum": 1}, {"minimum": 2}),
        ({"maximum": 1, "exclusiveMaximum": 2}, {"maximum": 1}),
        ({"type": "array"}, {"type": "array", "items": {}}),
        ({"required": []}, {}),
        ({"examples": ["x", "y"]}, {"example": "x"}),
        ({"$ref": "#/$defs/Money"}, {"$ref": "#/components/schemas/Money"}),
        (
            {"$ref": "#/$defs/Page[int]", "x-personal-data": True},
            {"x-personal-data": True, "allOf": [{"$ref": "#/components/schemas/Pageint"}]},
        ),
        (
            {"oneOf": [], "discriminator": {"propertyName": "k", "mapping": {"a": "#/$defs/A"}}},
            {
                "oneOf": [],
                "discriminator": {
                    "propertyName": "k",
                    "mapping": {"a": "#/components/schemas/A"},
                },
            },
        ),
    ],
)
def test_a_keyword_is_said_in_the_words_of_openapi(schema: Any, converted: Any) -> None:
    """The words that differ, one by one."""
    assert convert(schema) == converted


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "const": "a"},
        {"type": ["string", "null"], "enum": ["a"]},
        {"type": ["string", "null"], "enum": ["a", None]},
        {"enum": ["a", None, 1]},
        {"type": "string", "enum": ["a", None]},
        {"type": ["string", "integer", "null"], "minLength": 2, "minimum": 1},
        {"type": ["array", "string"], "items": {"type": "string"}},
        {"items": {"type": "string"}, "minItems": 1},
        {"anyOf": [*STRING_OR_NULL, {"const": 1}]},
        {"anyOf": STRING_OR_NULL, "minLength": 3},
        {"anyOf": STRING_OR_NULL, "allOf": [{"maxLength": 3}], "not": {"const": "abc"}},
        {"anyOf": [{"allOf": [{"type": "string"}], "type": "string"}, {"type": "null"}]},
        {"anyOf": [{}, {"type": "null"}]},
        {"anyOf": [False, {"type": "null"}]},
        {"oneOf": [{"type": "number"}, {"minimum": 2}, {"type": "null"}]},
        {"type": "integer", "exclusiveMinimum": 0, "exclusiveMaximum": 3, "multipleOf": 2},
        {"type": "number", "minimum": 1, "exclusiveMinimum": 1, "maximum": 3},
        {"type": "object", "additionalProperties": {"type": "integer"}, "required": ["a"]},
        {"type": "object", "properties": {"a": False}, "additionalProperties": False},
        {"properties": {"a": {"type": ["integer", "null"]}}, "maxProperties": 1},
        {"type": ["null"]},
        {"const": "a", "enum": ["b", "a"]},
        {"const": "a", "enum": ["b"]},
        {"type": ["string", "integer"], "anyOf": [{"minLength": 2}, {"minimum": 2}]},
        {"type": "null", "enum": [None, "a"]},
        {"not": {"type": "null"}},
        {"const": None, "type": ["string", "null"]},
        {"const": {"a": 1}},
        True,
        False,
    ],
)
def test_a_converted_schema_accepts_the_same_values(schema: Any) -> None:
    """The combinations in which a null or a bound is easily lost."""
    before = jsonschema_rs.Draft202012Validator(schema)
    after = OAS30Validator(convert(schema))

    assert accepted(after, VALUES) == accepted(before, VALUES)


scalars = st.sampled_from(["", "a", "ab", 0, 1, 2, 1.5, True, False, None])
small = st.integers(0, 2)
names = st.sampled_from(["a", "b"])
types = st.sampled_from(["string", "integer", "number", "boolean", "null", "object", "array"])
keywords: dict[str, st.SearchStrategy[Any]] = {
    "type": types | st.lists(types, min_size=1, max_size=3, unique=True),
    "const": scalars,
    "enum": st.lists(scalars, min_size=1, max_size=3),
    "minimum": small,
    "exclusiveMinimum": small,
    "maximum": small,
    "exclusiveMaximum": small,
    "minLength": small,
    "minItems": small,
    "maxProperties": small,
}


def some(of: dict[str, st.SearchStrategy[Any]], at_most: int) -> st.SearchStrategy[dict[str, Any]]:
    """Draw schemas with a few of these keywords; with many, hardly any value is accepted."""
    drawn = st.lists(st.sampled_from(sorted(of)), max_size=at_most, unique=True)
    return drawn.flatmap(lambda names: st.fixed_dictionaries({name: of[name] for name in names}))


leaves = some(keywords, 2)


def compound(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Wrap schemas in the keywords that combine schemas."""
    branches = st.lists(inner | st.just({"type": "null"}), min_size=1, max_size=3)
    combining = {
        "anyOf": branches,
        "oneOf": branches,
        "allOf": branches,
        "not": inner,
        "items": inner,
        "properties": st.dictionaries(names, inner),
        "additionalProperties": st.booleans() | inner,
        "required": st.lists(names, unique=True),
    }
    return some(keywords | combining, 3)


@given(st.recursive(leaves | st.booleans(), compound, max_leaves=6))
def test_any_converted_schema_accepts_the_same_values(schema: Any) -> None:
    """Whatever is combined (but for `1.0`, which only JSON Schema calls an integer)."""
    before = jsonschema_rs.Draft202012Validator(schema)
    after = OAS30Validator(convert(schema))

    assert accepted(after, VALUES) == accepted(before, VALUES)


@pytest.mark.parametrize(
    ("schema", "keyword", "where"),
    [
        ({"prefixItems": []}, "prefixItems", "#"),
        ({"patternProperties": {}}, "patternProperties", "#"),
        ({"propertyNames": {}}, "propertyNames", "#"),
        ({"if": {}}, "if", "#"),
        ({"dependentRequired": {}}, "dependentRequired", "#"),
        ({"contains": {}}, "contains", "#"),
        ({"unevaluatedProperties": False}, "unevaluatedProperties", "#"),
        ({"contentMediaType": "text/plain"}, "contentMediaType", "#"),
        ({"$dynamicRef": "#x"}, "$dynamicRef", "#"),
        ({"$ref": "https://example.com/other"}, "$ref: https://example.com/other", "#"),
        ({"invented": 1}, "invented", "#"),
        ({"properties": {"a": {"prefixItems": []}}}, "prefixItems", "#/properties/a"),
        ({"items": {"if": {}}}, "if", "#/items"),
        ({"type": "array", "items": {"if": {}}}, "if", "#/items"),
        ({"anyOf": [{}, {"if": {}}]}, "if", "#/anyOf/1"),
        ({"not": {"if": {}}}, "if", "#/not"),
        ({"additionalProperties": {"if": {}}}, "if", "#/additionalProperties"),
    ],
)
def test_what_openapi_cannot_say_is_refused_with_its_place(
    schema: Any, keyword: str, where: str
) -> None:
    """Dropping a keyword would register a contract that accepts more than ours."""
    with pytest.raises(NotExpressibleError) as caught:
        convert(schema)

    assert (caught.value.keyword, caught.value.where) == (keyword, where)


def test_a_component_is_named_with_letters_and_digits() -> None:
    """Code bindings make class names of it."""
    assert component_name("VanRented.v2") == "VanRentedv2"
    assert component_name("Page[Order-Line]") == "PageOrderLine"
