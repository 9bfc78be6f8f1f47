"""Conversion of JSON Schema (2020-12) to OpenAPI 3.0.

The result accepts the same values, except that `1.0` is not an integer in OpenAPI 3.0. A keyword
that is not listed here is an error.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from trunklab.contracts.errors import NotExpressibleError
from trunklab.contracts.event_schema import Schema
from trunklab.schema_solver.schema_reader import ANNOTATIONS, is_annotation

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

_NULL: Final = {"type": "null"}
_ONLY_NULL: Final[Schema] = {"type": "string", "nullable": True, "enum": [None]}
"""OpenAPI 3.0's schema for null alone: `nullable` widens a type, `enum` empties it."""

_COMBINING: Final = frozenset({"$ref", "allOf", "anyOf", "oneOf", "not"})
_DEFINITION: Final = re.compile(r"#/\$defs/([^/]+)")


def component_name(name: str) -> str:
    """Returns the name with only the characters that every generated language allows."""
    return re.sub(r"[^A-Za-z0-9_]", "", name)


# In JSON Schema true and false are schemas.
def convert(schema: Mapping[str, Any] | bool, where: str = "#") -> Schema:  # noqa: FBT001
    """Returns the schema in OpenAPI 3.0; raises NotExpressibleError."""
    if isinstance(schema, bool):
        return {} if schema else {"not": {}}
    schema = _with_null_as_type(schema)
    same: Schema = {}
    for keyword, value in schema.items():
        if keyword in SAME or keyword.startswith("x-"):
            same[keyword] = value
        elif keyword not in _CONVERSIONS:
            raise NotExpressibleError(keyword, where)
    used = dict.fromkeys(_CONVERSIONS[keyword] for keyword in _CONVERSIONS if keyword in schema)
    return _all_of([same, *(conversion(schema, where) for conversion in used)])


def _with_null_as_type(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Turns `anyOf: [{type: T, …}, {type: null}]` into `type: [T, null], …` if equivalent.

    Pydantic exports an optional field so, and code generators understand `nullable` beside a type.
    """
    branches = schema.get("anyOf")
    if not isinstance(branches, list) or _NULL not in branches:
        return schema
    others = [branch for branch in branches if branch != _NULL]
    beside = {keyword: value for keyword, value in schema.items() if keyword != "anyOf"}
    if len(others) != 1 or not all(map(is_annotation, beside)) or not _may_widen(others[0]):
        return schema
    branch = dict(others[0])
    if "const" in branch:
        branch["enum"] = [branch.pop("const")]
    if "enum" in branch:
        branch["enum"] = [*branch["enum"], None]
    return {**branch, "type": [branch["type"], "null"], **beside}


def _may_widen(branch: Any) -> bool:
    # Keywords of one type accept null; a combination may reject it.
    return (
        isinstance(branch, dict)
        and isinstance(branch.get("type"), str)
        and _COMBINING.isdisjoint(branch)
        and not {"const", "enum"} <= branch.keys()
    )


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


def _component(reference: str, where: str) -> str:
    definition = _DEFINITION.fullmatch(reference)
    if not definition:
        raise NotExpressibleError(f"$ref: {reference}", where)
    return f"#/components/schemas/{component_name(definition[1])}"


def _type(schema: Mapping[str, Any], where: str) -> Schema:
    names = _types_of(schema)
    types = [_one_type(name, schema, where) for name in names if name != "null"]
    if not types:
        return dict(_ONLY_NULL)
    if len(types) > 1:
        return {"anyOf": [*types, dict(_ONLY_NULL)] if "null" in names else types}
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
    # OpenAPI 3.0 requires items beside `type: array`: they are converted there.
    return {} if "array" in _types_of(schema) else _subschema("items")(schema, where)


def _additional_properties(schema: Mapping[str, Any], where: str) -> Schema:
    value = schema["additionalProperties"]
    if isinstance(value, bool):
        return {"additionalProperties": value}
    return _subschema("additionalProperties")(schema, where)


def _properties(schema: Mapping[str, Any], where: str) -> Schema:
    properties = schema["properties"].items()
    return {
        "properties": {
            name: convert(value, f"{where}/properties/{name}") for name, value in properties
        }
    }


def _discriminator(schema: Mapping[str, Any], where: str) -> Schema:
    mapping = schema["discriminator"].get("mapping", {}).items()
    components = {value: _component(reference, where) for value, reference in mapping}
    return {"discriminator": {**schema["discriminator"], "mapping": components}}


Conversion = Callable[[Mapping[str, Any], str], Schema]


def _subschema(keyword: str) -> Conversion:
    return lambda schema, where: {keyword: convert(schema[keyword], f"{where}/{keyword}")}


def _combination(keyword: str) -> Conversion:
    return lambda schema, where: {
        keyword: [
            convert(branch, f"{where}/{keyword}/{index}")
            for index, branch in enumerate(schema[keyword])
        ]
    }


def _bound(
    inclusive: str, exclusive: str, stricter: Callable[[list[float]], float]
) -> dict[str, Conversion]:
    def bound(schema: Mapping[str, Any], _where: str) -> Schema:
        edge = stricter([schema[word] for word in (inclusive, exclusive) if word in schema])
        is_exclusive = edge == schema.get(exclusive)
        return {inclusive: edge, exclusive: True} if is_exclusive else {inclusive: edge}

    return {inclusive: bound, exclusive: bound}


_CONVERSIONS: Final[Mapping[str, Conversion]] = {
    "$ref": lambda schema, where: {"$ref": _component(schema["$ref"], where)},
    "type": _type,
    "properties": _properties,
    "required": lambda schema, _: {"required": schema["required"]} if schema["required"] else {},
    "additionalProperties": _additional_properties,
    "items": _items,
    "const": lambda schema, _: {"enum": [schema["const"]]},
    **_bound("minimum", "exclusiveMinimum", max),
    **_bound("maximum", "exclusiveMaximum", min),
    "allOf": _combination("allOf"),
    "anyOf": _combination("anyOf"),
    "oneOf": _combination("oneOf"),
    "not": _subschema("not"),
    "discriminator": _discriminator,
    "examples": lambda schema, _: {"example": schema["examples"][0]} if schema["examples"] else {},
}
"""Keywords with another form in OpenAPI 3.0; several may share one function."""
