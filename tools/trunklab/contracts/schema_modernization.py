"""Conversion of OpenAPI 3.0 and JSON Schema draft 4 to JSON Schema 2020-12.

`openapi_conversion.py` has the opposite direction. Keywords that are not listed here are kept:
whoever reads the result reports those that it does not understand.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

Schema = dict[str, Any]

DEFINITIONS: Final = ("components/schemas", "definitions", "$defs")
"""The places of named schemas in OpenAPI, draft 4 and 2020-12."""

_REFERENCE: Final = re.compile(rf"#/(?:{'|'.join(map(re.escape, DEFINITIONS))})/([^/]+)")
_NUMBER_FORMATS: Final = frozenset({"int32", "int64", "float", "double"})
_BOUNDS: Final = (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum"))


def modernized(schema: Any) -> Any:
    """Returns the schema in JSON Schema 2020-12; references lead to `#/$defs`."""
    if not isinstance(schema, Mapping):
        return schema
    if isinstance(schema.get("$ref"), str):
        # Keywords beside a reference count in neither of the older languages.
        return {"$ref": _target(schema["$ref"])}
    result: Schema = {}
    for keyword, value in schema.items():
        conversion = _CONVERSIONS.get(keyword)
        result |= {keyword: value} if conversion is None else conversion(keyword, value, schema)
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


def _named(keyword: str, value: Any, _schema: Mapping[str, Any]) -> Schema:
    is_map = isinstance(value, Mapping)
    return {keyword: {name: modernized(one) for name, one in value.items()} if is_map else value}


def _listed(keyword: str, value: Any, _schema: Mapping[str, Any]) -> Schema:
    return {keyword: list(map(modernized, value)) if isinstance(value, list) else value}


def _items(keyword: str, value: Any, schema: Mapping[str, Any]) -> Schema:
    if not isinstance(value, list):
        return {keyword: modernized(value)}
    others = modernized(schema.get("additionalItems", True))
    return {"prefixItems": list(map(modernized, value)), "items": others}


def _format(keyword: str, value: Any, _schema: Mapping[str, Any]) -> Schema:
    return {} if value in _NUMBER_FORMATS else {keyword: value}


def _discriminator(keyword: str, value: Any, _schema: Mapping[str, Any]) -> Schema:
    if not isinstance(value, Mapping) or not isinstance(value.get("mapping"), Mapping):
        return {keyword: value}
    return {
        keyword: {**value, "mapping": {tag: _target(to) for tag, to in value["mapping"].items()}}
    }


def _dropped(_keyword: str, _value: Any, _schema: Mapping[str, Any]) -> Schema:
    return {}


def _single(keyword: str, value: Any, _schema: Mapping[str, Any]) -> Schema:
    return {keyword: modernized(value)}


_CONVERSIONS: Final[Mapping[str, Callable[[str, Any, Mapping[str, Any]], Schema]]] = {
    **dict.fromkeys(("$schema", "id", "$id", "$defs", "definitions", "nullable"), _dropped),
    **dict.fromkeys(("xml", "externalDocs", "additionalItems"), _dropped),
    **dict.fromkeys(("properties", "patternProperties"), _named),
    **dict.fromkeys(("allOf", "anyOf", "oneOf"), _listed),
    **dict.fromkeys(("additionalProperties", "not", "propertyNames"), _single),
    "items": _items,
    "format": _format,
    "discriminator": _discriminator,
    "example": lambda _keyword, value, _schema: {"examples": [value]},
}
"""Keywords with another form in 2020-12, and those that mean nothing there."""
