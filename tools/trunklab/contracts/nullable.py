"""Null in schemas: a type in JSON Schema, `nullable` in OpenAPI 3.0."""

from collections.abc import Mapping
from typing import Any, Final

ANNOTATIONS: Final = frozenset(
    {"title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly"}
)
"""Keywords that accept and reject no value."""

_NULL: Final = {"type": "null"}
_COMBINING: Final = frozenset({"$ref", "allOf", "anyOf", "oneOf", "not"})


def only_null() -> dict[str, Any]:
    """Returns OpenAPI 3.0's schema for null alone: `nullable` widens a type, `enum` empties it."""
    return {"type": "string", "nullable": True, "enum": [None]}


def with_null_as_type(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Turns `anyOf: [{type: T, …}, {type: null}]` into `type: [T, null], …` if equivalent.

    That is how an optional field looks, and `nullable` beside the type is what code generators
    understand. Anything else is returned as it is.
    """
    branches = schema.get("anyOf")
    if not isinstance(branches, list) or _NULL not in branches:
        return schema
    others = [branch for branch in branches if branch != _NULL]
    beside = {keyword: value for keyword, value in schema.items() if keyword != "anyOf"}
    if len(others) != 1 or not all(map(is_annotation, beside)) or not _may_widen(others[0]):
        return schema
    branch = _const_as_enum(others[0])
    if "enum" in branch:
        branch["enum"] = [*branch["enum"], None]
    return {**branch, "type": [branch["type"], "null"], **beside}


def is_annotation(keyword: str) -> bool:
    """True if the keyword accepts and rejects nothing."""
    return keyword in ANNOTATIONS or keyword.startswith("x-")


def _may_widen(branch: Any) -> bool:
    # Keywords of one type accept null; a combination may reject it.
    return (
        isinstance(branch, dict)
        and isinstance(branch.get("type"), str)
        and _COMBINING.isdisjoint(branch)
        and not {"const", "enum"} <= branch.keys()
    )


def _const_as_enum(branch: Mapping[str, Any]) -> dict[str, Any]:
    if "const" not in branch:
        return dict(branch)
    rest = {keyword: value for keyword, value in branch.items() if keyword != "const"}
    return {**rest, "enum": [branch["const"]]}
