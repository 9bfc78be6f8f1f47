"""Conversion of OpenAPI 3.0 and JSON Schema draft 4 to JSON Schema 2020-12.

`openapi_conversion.py` has the opposite direction. Keywords that are not listed here are kept:
whoever reads the result reports those that it does not understand.
"""

import re
from typing import Any, Final

from trunklab.contracts.event_schema import Schema

DEFINITIONS: Final = ("components/schemas", "definitions", "$defs")
"""The places of named schemas in OpenAPI, draft 4 and 2020-12."""

_REFERENCE: Final = re.compile(rf"#/(?:{'|'.join(map(re.escape, DEFINITIONS))})/([^/]+)")
_DROPPED: Final = frozenset(
    [
        *("$schema", "id", "$id", "$defs", "definitions", "nullable"),
        *("xml", "externalDocs", "additionalItems"),
    ]
)
"""Keywords that mean nothing in 2020-12, or whose value is read with another keyword."""

_NUMBER_FORMATS: Final = ("int32", "int64", "float", "double")
_BOUNDS: Final = (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum"))


def modernized(schema: Any) -> Any:
    """Returns the schema in JSON Schema 2020-12; references lead to `#/$defs`."""
    if not isinstance(schema, dict):
        return schema
    if isinstance(schema.get("$ref"), str):
        # Keywords beside a reference count in neither of the older languages.
        return {"$ref": _target(schema["$ref"])}
    result: Schema = {}
    for keyword, value in schema.items():
        if keyword not in _DROPPED and not (keyword == "format" and value in _NUMBER_FORMATS):
            result |= _converted(keyword, value, schema)
    for inclusive, exclusive in _BOUNDS:
        is_open = isinstance(result.get(exclusive), bool) and result.pop(exclusive)
        if is_open and inclusive in result:
            result[exclusive] = result.pop(inclusive)
    match result.get("allOf"):
        case [{"$ref": reference}] if "$ref" not in result:
            result = {key: value for key, value in result.items() if key != "allOf"}
            result["$ref"] = reference
    return _nullable(result) if schema.get("nullable") is True else result


def _nullable(schema: Schema) -> Schema:
    """Returns the schema with null; `nullable` counts beside a type only, and `enum` limits it."""
    if schema.get("enum") == [None]:
        return {**{key: value for key, value in schema.items() if key != "enum"}, "type": "null"}
    if isinstance(schema.get("type"), str):
        return {**schema, "type": [schema["type"], "null"]}
    return schema


def _target(reference: str) -> str:
    named = _REFERENCE.fullmatch(reference)
    return f"#/$defs/{named[1]}" if named else reference


def _converted(keyword: str, value: Any, schema: Schema) -> Schema:  # noqa: PLR0911 - one for each kind
    match keyword, value:
        case "properties" | "patternProperties", dict():
            return {keyword: {name: modernized(one) for name, one in value.items()}}
        case "allOf" | "anyOf" | "oneOf", list():
            return {keyword: list(map(modernized, value))}
        case "items", list():
            others = modernized(schema.get("additionalItems", True))
            return {"prefixItems": list(map(modernized, value)), "items": others}
        case "items" | "additionalProperties" | "not" | "propertyNames", _:
            return {keyword: modernized(value)}
        case "discriminator", {"mapping": dict() as mapping}:
            return {keyword: {**value, "mapping": {tag: _target(mapping[tag]) for tag in mapping}}}
        case "example", _:
            return {"examples": [value]}
    return {keyword: value}
