"""Properties of a table or queue that must not change while it holds data."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from trunklab.errors import TemplateError
from trunklab.templates.expressions import Scope
from trunklab.templates.samconfig import StageSettings
from trunklab.templates.template_file import JsonObject, Template

_EXPRESSION: Final = re.compile(r"Ref$|Fn::")
_BRANCHING: Final = re.compile(r'"Fn::(If|FindInMap)"')
_TABLE: Final = "AWS::DynamoDB::Table"
_SIMPLE_TABLE: Final = "AWS::Serverless::SimpleTable"
_GLOBAL_TABLE: Final = "AWS::DynamoDB::GlobalTable"
_QUEUE: Final = "AWS::SQS::Queue"

Facts = Mapping[str, str]
"""Compared properties, each under the id of the finding that its change makes."""


def facts(kind: str, properties: Mapping[str, Any]) -> Facts | None:
    """Returns the facts of a table or queue, None for a resource of any other type."""
    if kind in _NAMES:
        # SAM makes a plain table of a simple one, with the same logical id.
        made = _TABLE if kind == _SIMPLE_TABLE else kind
        known = {name: shown(properties.get(name)) for name in _NAMES[kind]}
        name = ", ".join(f"{name} {value}" for name, value in known.items())
        compared = {"store-type-changed": made, "store-name-changed": name}
        if kind != _QUEUE:
            compared["store-key-changed"] = _KEYS[kind](properties)
            compared["store-ttl-changed"] = _expiry(properties)
        if kind == _TABLE:
            indexes = {name: shown(properties.get(name)) for name in _REPLACING}
            compared["store-indexes-changed"] = ", ".join(f"{k} {v}" for k, v in indexes.items())
        return compared
    return None


def comparable(template: Template) -> Callable[[Any], Any]:
    """Returns a function that evaluates expressions with the defaults of parameters.

    An expression that only a deployment can evaluate stays as it is written. One with branches
    also gets the conditions and mappings that choose between them, because stages differ.
    """
    body = template.body
    scope = Scope(template.path, body, StageSettings("stack", {}))

    def known(value: Any) -> Any:
        if isinstance(value, list):
            return [known(element) for element in value]
        if not isinstance(value, dict):
            return value
        if len(value) != 1 or not _EXPRESSION.match(str(next(iter(value)))):
            return {name: known(member) for name, member in value.items()}
        if _BRANCHING.search(json.dumps(value)):
            return {**value, "where": definitions(value, body)}
        try:
            return scope.value(value)
        except TemplateError:
            return value

    return known


def definitions(value: Any, body: JsonObject) -> Mapping[str, Any]:
    """Returns the conditions and mappings that a value names, directly or through others."""
    sections = (body.get("Conditions"), body.get("Mappings"))
    defined = {name: entry for part in sections for name, entry in (part or {}).items()}
    named: dict[str, Any] = {}
    text = json.dumps(value)
    while more := {
        name: definition
        for name, definition in defined.items()
        if name not in named and json.dumps(name) in text
    }:
        named |= more
        text = json.dumps(more)
    return named


def _key(properties: Mapping[str, Any]) -> str:
    """Returns the attributes of the key, each with its role and its type."""
    schema = properties.get("KeySchema")
    if not isinstance(schema, list):
        return shown(schema)
    defined = properties.get("AttributeDefinitions")
    types = {
        shown(_of(definition, "AttributeName")): _of(definition, "AttributeType")
        for definition in (defined if isinstance(defined, list) else [])
    }
    parts = [(shown(_of(part, "AttributeName")), _of(part, "KeyType")) for part in schema]
    return ", ".join(f"{name} {shown(role)} {shown(types.get(name))}" for name, role in parts)


def _simple_key(properties: Mapping[str, Any]) -> str:
    """Returns the key that SAM makes: a string `id` by default (SAM specification)."""
    given = properties.get("PrimaryKey", {})
    name, kind = _of(given, "Name") or "id", _of(given, "Type") or "String"
    return f"{shown(name)} HASH {kind[:1] if isinstance(kind, str) else shown(kind)}"


def _expiry(properties: Mapping[str, Any]) -> str:
    """Returns the TTL attribute; an `Enabled` that is an expression becomes part of it."""
    declared = properties.get("TimeToLiveSpecification")
    enabled = _of(declared, "Enabled")
    if declared is None or str(enabled).lower() == "false":
        return "none"
    attribute = shown(_of(declared, "AttributeName"))
    return attribute if str(enabled).lower() == "true" else f"{attribute} if {shown(enabled)}"


_KEYS: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    _TABLE: _key,
    _GLOBAL_TABLE: _key,
    _SIMPLE_TABLE: _simple_key,
}

_REPLACING: Final = ("LocalSecondaryIndexes", "ImportSourceSpecification")
"""Further properties of a table whose change replaces it (CloudFormation guide)."""

_NAMES: Final = {
    _TABLE: ("TableName",),
    _GLOBAL_TABLE: ("TableName",),
    _SIMPLE_TABLE: ("TableName",),
    _QUEUE: ("QueueName", "FifoQueue"),
}
"""The properties whose change replaces the resource (CloudFormation guide, update requires)."""


def _of(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None


def shown(value: Any) -> str:
    """Returns a value as a finding names it."""
    if value is None:
        return "none"
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)
