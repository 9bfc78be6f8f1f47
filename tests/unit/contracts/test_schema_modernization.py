"""OpenAPI 3.0 and JSON Schema draft 4 become JSON Schema 2020-12."""

from typing import Any

import pytest

from trunklab.contracts.openapi_conversion import convert
from trunklab.contracts.schema_modernization import modernized


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (True, True),
        ("not a schema", "not a schema"),
        ({"id": "x", "$schema": "y", "nullable": False, "xml": {}}, {}),
        ({"$ref": "#/definitions/A", "type": "string"}, {"$ref": "#/$defs/A"}),
        ({"$ref": "other.json#/A"}, {"$ref": "other.json#/A"}),
        ({"allOf": [{"$ref": "#/components/schemas/A"}]}, {"$ref": "#/$defs/A"}),
        ({"allOf": [True]}, {"allOf": [True]}),
        ({"allOf": 3}, {"allOf": 3}),
        ({"minimum": 1, "exclusiveMinimum": True}, {"exclusiveMinimum": 1}),
        ({"maximum": 1, "exclusiveMaximum": False}, {"maximum": 1}),
        ({"exclusiveMinimum": True}, {}),
        ({"exclusiveMinimum": 5}, {"exclusiveMinimum": 5}),
        ({"type": "integer", "format": "int32"}, {"type": "integer"}),
        ({"type": "string", "format": "date-time"}, {"type": "string", "format": "date-time"}),
        ({"type": "string", "nullable": True}, {"type": ["string", "null"]}),
        ({"nullable": True, "enum": [None], "type": "string"}, {"type": "null"}),
        ({"nullable": True, "minimum": 1}, {"minimum": 1}),
        ({"items": [{"nullable": True, "type": "string"}], "additionalItems": False},
         {"prefixItems": [{"type": ["string", "null"]}], "items": False}),
        ({"items": {"example": 1}, "additionalItems": {}}, {"items": {"examples": [1]}}),
        ({"properties": {"id": {"id": "x"}}}, {"properties": {"id": {}}}),
        ({"properties": 3}, {"properties": 3}),
        ({"not": {"id": "x"}, "additionalProperties": {"id": "x"}},
         {"not": {}, "additionalProperties": {}}),
        ({"discriminator": {"propertyName": "k", "mapping": {"a": "#/components/schemas/A"}}},
         {"discriminator": {"propertyName": "k", "mapping": {"a": "#/$defs/A"}}}),
        ({"discriminator": "k"}, {"discriminator": "k"}),
    ],
)  # fmt: skip
def test_a_keyword_gets_its_new_form(old: Any, new: Any) -> None:
    """Values that are not schemas are kept for the validator to report."""
    assert modernized(old) == new


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "integer", "exclusiveMinimum": 1, "maximum": 9},
        {"type": ["string", "null"], "maxLength": 3},
        {"type": "array", "items": {"type": "null"}},
        {"type": "object", "properties": {"a": {"$ref": "#/$defs/A"}}, "required": ["a"]},
        {"enum": ["a"], "type": "string", "examples": ["a"]},
    ],
)
def test_what_the_export_converts_comes_back(schema: dict[str, Any]) -> None:
    """The two conversions are opposites."""
    assert modernized(convert(schema)) == schema
