"""What must not change about a table or a queue while it holds data."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

_TABLE: Final = "AWS::DynamoDB::Table"
_SIMPLE_TABLE: Final = "AWS::Serverless::SimpleTable"
_GLOBAL_TABLE: Final = "AWS::DynamoDB::GlobalTable"
_QUEUE: Final = "AWS::SQS::Queue"

Facts = Mapping[str, str]
"""What is compared, by the id of the finding that a change of it makes."""


def facts(kind: str, properties: Mapping[str, Any]) -> Facts | None:
    """Returns the facts of a table or queue, None for a resource of any other type."""
    if kind in _NAMES:
        known = {name: _shown(properties.get(name)) for name in _NAMES[kind]}
        name = ", ".join(f"{name} {value}" for name, value in known.items())
        # SAM makes a plain table of it, with the same logical id.
        made = _TABLE if kind == _SIMPLE_TABLE else kind
        found = {"store-type-changed": made, "store-name-changed": name}
        if kind != _QUEUE:
            found["store-key-changed"] = _KEYS[kind](properties)
            found["store-ttl-changed"] = _expiry(properties)
        return found
    return None


def _key(properties: Mapping[str, Any]) -> str:
    """The key's attributes, each with its role and its type."""
    schema = properties.get("KeySchema")
    if not isinstance(schema, list):
        return _shown(schema)
    defined = properties.get("AttributeDefinitions")
    types = {
        _shown(_of(one, "AttributeName")): _of(one, "AttributeType")
        for one in (defined if isinstance(defined, list) else [])
    }
    parts = [(_shown(_of(one, "AttributeName")), _of(one, "KeyType")) for one in schema]
    return ", ".join(f"{name} {_shown(role)} {_shown(types.get(name))}" for name, role in parts)


def _simple_key(properties: Mapping[str, Any]) -> str:
    """SAM's default is a string `id` (SAM specification, AWS::Serverless::SimpleTable)."""
    given = properties.get("PrimaryKey", {})
    name, kind = _of(given, "Name") or "id", _of(given, "Type") or "String"
    return f"{_shown(name)} HASH {kind[:1] if isinstance(kind, str) else _shown(kind)}"


def _expiry(properties: Mapping[str, Any]) -> str:
    """The attribute by which items expire; an expression of `Enabled` is kept as it is written."""
    declared = properties.get("TimeToLiveSpecification")
    enabled = _of(declared, "Enabled")
    if declared is None or str(enabled).lower() == "false":
        return "none"
    attribute = _shown(_of(declared, "AttributeName"))
    return attribute if str(enabled).lower() == "true" else f"{attribute} if {_shown(enabled)}"


_KEYS: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    _TABLE: _key,
    _GLOBAL_TABLE: _key,
    _SIMPLE_TABLE: _simple_key,
}

_NAMES: Final = {
    _TABLE: ("TableName",),
    _GLOBAL_TABLE: ("TableName",),
    _SIMPLE_TABLE: ("TableName",),
    _QUEUE: ("QueueName", "FifoQueue"),
}
"""The properties whose change replaces the resource (CloudFormation guide, update requires)."""


def _of(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None


def _shown(value: Any) -> str:
    if value is None:
        return "none"
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)
