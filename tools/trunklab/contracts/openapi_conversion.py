"""Conversion of JSON Schema (2020-12) to OpenAPI 3.0.

The result accepts the same values, except that `1.0` is not an integer in OpenAPI 3.0. A keyword
that is not listed here is an error.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from trunklab.contracts.errors import NotExpressibleError
from trunklab.contracts.nullable import ANNOTATIONS, only_null, with_null_as_type

Schema = dict[str, Any]
Fragment = Callable[[Mapping[str, Any], str], Schema]

SAME: Final = (ANNOTATIONS - {"examples"}) | {
    "enum",
    "format",
    "maxItems",
    "maxLength",
    "maxProperties",
    "minItems",
    "minLength",
    "minProperties",
    "multipleOf",
    "pattern",
    "uniqueItems",
}
"""Keywords that mean the same in both languages."""

_DEFINITION: Final = re.compile(r"#/\$defs/([^/]+)")


def component_name(name: str) -> str:
    """Returns the name with only the characters that every generated language allows."""
    return re.sub(r"[^A-Za-z0-9_]", "", name)


# In JSON Schema true and false are schemas.
def convert(schema: Mapping[str, Any] | bool, where: str = "#") -> Schema:  # noqa: FBT001
    """Returns the schema in OpenAPI 3.0; raises NotExpressibleError."""
    if isinstance(schema, bool):
        return {} if schema else {"not": {}}
    schema = with_null_as_type(schema)
    for keyword in schema:
        if keyword not in SAME and keyword not in _FRAGMENTS and not keyword.startswith("x-"):
            raise NotExpressibleError(keyword, where)
    same = {key: value for key, value in schema.items() if key in SAME or key.startswith("x-")}
    said = dict.fromkeys(say for keyword, say in _FRAGMENTS.items() if keyword in schema)
    return _all_of([same, *(say(schema, where) for say in said)])


def _all_of(fragments: Iterable[Schema]) -> Schema:
    """Returns one schema of all fragments; those that share a keyword go into `allOf`."""
    merged: Schema = {}
    further: list[Schema] = []
    for fragment in fragments:
        if merged.keys().isdisjoint(fragment):
            merged.update(fragment)
        else:
            further.append(fragment)
    # OpenAPI 3.0 ignores keywords beside a reference.
    if "$ref" in merged and (len(merged) > 1 or further):
        further.insert(0, {"$ref": merged.pop("$ref")})
    if further:
        merged["allOf"] = [*merged.get("allOf", []), *further]
    return merged


def _reference(schema: Mapping[str, Any], where: str) -> Schema:
    return {"$ref": _component(schema["$ref"], where)}


def _component(reference: str, where: str) -> str:
    definition = _DEFINITION.fullmatch(reference)
    if not definition:
        raise NotExpressibleError(f"$ref: {reference}", where)
    return f"#/components/schemas/{component_name(definition[1])}"


def _type(schema: Mapping[str, Any], where: str) -> Schema:
    names = _types_of(schema)
    types = [_one_type(name, schema, where) for name in names if name != "null"]
    if not types:
        return only_null()
    if len(types) > 1:
        return {"anyOf": [*types, only_null()] if "null" in names else types}
    return {**types[0], "nullable": True} if "null" in names else types[0]


def _types_of(schema: Mapping[str, Any]) -> list[str]:
    names = schema.get("type", [])
    return names if isinstance(names, list) else [names]


def _one_type(name: str, schema: Mapping[str, Any], where: str) -> Schema:
    if name == "array":
        return {"type": name, "items": convert(schema.get("items", True), f"{where}/items")}
    if name == "integer" and "format" not in schema:
        # Without a format, code bindings use 32-bit integers; EventBridge uses 64 bits.
        return {"type": name, "format": "int64"}
    return {"type": name}


def _items(schema: Mapping[str, Any], where: str) -> Schema:
    if "array" in _types_of(schema):
        return {}  # Converted with `type: array`, where OpenAPI 3.0 requires it.
    return {"items": convert(schema["items"], f"{where}/items")}


def _properties(schema: Mapping[str, Any], where: str) -> Schema:
    properties = schema["properties"].items()
    return {
        "properties": {
            name: convert(value, f"{where}/properties/{name}") for name, value in properties
        }
    }


def _additional_properties(schema: Mapping[str, Any], where: str) -> Schema:
    value = schema["additionalProperties"]
    if isinstance(value, bool):
        return {"additionalProperties": value}
    return {"additionalProperties": convert(value, f"{where}/additionalProperties")}


def _required(schema: Mapping[str, Any], _where: str) -> Schema:
    return {"required": schema["required"]} if schema["required"] else {}


def _const(schema: Mapping[str, Any], _where: str) -> Schema:
    return {"enum": [schema["const"]]}


def _examples(schema: Mapping[str, Any], _where: str) -> Schema:
    return {"example": schema["examples"][0]} if schema["examples"] else {}


def _not(schema: Mapping[str, Any], where: str) -> Schema:
    return {"not": convert(schema["not"], f"{where}/not")}


def _discriminator(schema: Mapping[str, Any], where: str) -> Schema:
    mapping = schema["discriminator"].get("mapping", {}).items()
    components = {value: _component(reference, where) for value, reference in mapping}
    return {"discriminator": {**schema["discriminator"], "mapping": components}}


def _combination(keyword: str) -> Fragment:
    def say(schema: Mapping[str, Any], where: str) -> Schema:
        branches = enumerate(schema[keyword])
        return {keyword: [convert(branch, f"{where}/{keyword}/{at}") for at, branch in branches]}

    return say


def _bound(
    inclusive: str, exclusive: str, stricter: Callable[[list[float]], float]
) -> dict[str, Fragment]:
    def say(schema: Mapping[str, Any], _where: str) -> Schema:
        edge = stricter(
            [schema[keyword] for keyword in (inclusive, exclusive) if keyword in schema]
        )
        if edge == schema.get(exclusive):
            return {inclusive: edge, exclusive: True}
        return {inclusive: edge}

    return {inclusive: say, exclusive: say}


_FRAGMENTS: Final[Mapping[str, Fragment]] = {
    "$ref": _reference,
    "type": _type,
    "properties": _properties,
    "required": _required,
    "additionalProperties": _additional_properties,
    "items": _items,
    "const": _const,
    **_bound("minimum", "exclusiveMinimum", max),
    **_bound("maximum", "exclusiveMaximum", min),
    "allOf": _combination("allOf"),
    "anyOf": _combination("anyOf"),
    "oneOf": _combination("oneOf"),
    "not": _not,
    "discriminator": _discriminator,
    "examples": _examples,
}
"""Keywords with another form in OpenAPI 3.0; several may share one function."""
