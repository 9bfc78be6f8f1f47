"""Creates, by the services' own APIs, what the bridge has taken out of a template."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from trunklab.errors import DeployError
from trunklab.local.deploy import bridge
from trunklab.local.http import http_api
from trunklab.local.http.http_api import HttpApi
from trunklab.local.local_clients import client
from trunklab.templates.template_file import JsonObject

_ORDER: Final = (
    *(bridge.REGISTRY, bridge.SCHEMA, bridge.ARCHIVE, bridge.BUS_POLICY),
    *(bridge.FUNCTION, bridge.HTTP_API, bridge.ALARM),
)
"""A schema needs its registry; the rest is independent of each other."""


@dataclass(frozen=True)
class Settled:
    """What came of it: the HTTP APIs to serve, and what has no effect here."""

    apis: dict[str, HttpApi]
    notes: tuple[str, ...]


def settle(template: Path, bridged: list[tuple[str, str, JsonObject]], endpoint: str) -> Settled:
    """Create or update everything; raise DeployError with the logical id of what is refused."""
    apis: dict[str, HttpApi] = {}
    notes: list[str] = []
    for logical_id, kind, properties in sorted(bridged, key=lambda one: _ORDER.index(one[1])):
        try:
            if kind == bridge.HTTP_API:
                apis[logical_id], ignored = http_api.define(properties)
            else:
                ignored = _CREATE[kind](properties, endpoint)
        except _client_error() as error:
            reason = error.response["Error"]["Message"]
            raise DeployError(template, f"{logical_id} ({kind}): {reason}") from error
        notes += [f"{logical_id}: no effect locally: {one}" for one in ignored]
    return Settled(apis, tuple(notes))


def _create_registry(properties: JsonObject, endpoint: str) -> list[str]:
    schemas = client("schemas", endpoint)
    name = properties["RegistryName"]
    described = _picked(properties, "Description")
    try:
        schemas.create_registry(RegistryName=name, Tags=_tags(properties), **described)
    except schemas.exceptions.ConflictException:
        schemas.update_registry(RegistryName=name, **described)
    return []


def _create_schema(properties: JsonObject, endpoint: str) -> list[str]:
    schemas = client("schemas", endpoint)
    named = _picked(properties, "RegistryName", "SchemaName")
    content = _picked(properties, "Type", "Content", "Description")
    try:
        schemas.describe_schema(**named)
    except schemas.exceptions.NotFoundException:
        schemas.create_schema(Tags=_tags(properties), **named, **content)
    else:
        schemas.update_schema(**named, **content)
    return []


def _create_archive(properties: JsonObject, endpoint: str) -> list[str]:
    events = client("events", endpoint)
    request = _picked(properties, "ArchiveName", "Description", "RetentionDays")
    pattern = properties.get("EventPattern")
    if pattern:
        request["EventPattern"] = pattern if isinstance(pattern, str) else json.dumps(pattern)
    if "RetentionDays" in request:
        request["RetentionDays"] = int(request["RetentionDays"])
    try:
        events.create_archive(EventSourceArn=properties["SourceArn"], **request)
    except events.exceptions.ResourceAlreadyExistsException:
        events.update_archive(**request)
    return []


def bus_permissions(properties: JsonObject) -> list[JsonObject] | None:
    """Return the PutPermission calls that a bus policy amounts to; None if none can express it."""
    statement = properties.get("Statement") or properties
    if isinstance(statement, str):
        statement = json.loads(statement)
    condition = _simple_condition(statement.get("Condition"))
    principals = _principals(statement.get("Principal"))
    if condition is None or not principals or statement.get("Effect", "Allow") != "Allow":
        return None
    common = {
        "EventBusName": properties.get("EventBusName", "default"),
        "Action": "events:PutEvents",
        **({"Condition": condition} if condition else {}),
    }
    name = properties["StatementId"]
    names = [
        name if number == 1 else f"{name}-{number}" for number in range(1, len(principals) + 1)
    ]
    return [
        common | {"StatementId": one, "Principal": principal}
        for one, principal in zip(names, principals, strict=True)
    ]


def _put_bus_policy(properties: JsonObject, endpoint: str) -> list[str]:
    """Put what can be put; the emulator stores permissions and evaluates none."""
    permissions = bus_permissions(properties)
    if permissions is None:
        return ["a statement that PutPermission cannot express (no bus policy is evaluated here)"]
    events = client("events", endpoint)
    for permission in permissions:
        events.put_permission(**permission)
    return []


def _complete_function(properties: JsonObject, endpoint: str) -> list[str]:
    functions = client("lambda", endpoint)
    name = properties["FunctionName"]
    if "ReservedConcurrentExecutions" in properties:
        reserved = int(properties["ReservedConcurrentExecutions"])
        functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=reserved)
    if "DeadLetterConfig" in properties:
        functions.update_function_configuration(
            FunctionName=name, DeadLetterConfig=properties["DeadLetterConfig"]
        )
    return []


def _leave_out_alarm(_properties: JsonObject, _endpoint: str) -> list[str]:
    return ["an alarm on metric math; it does not exist here"]


_CREATE: Final[dict[str, Callable[[JsonObject, str], list[str]]]] = {
    bridge.REGISTRY: _create_registry,
    bridge.SCHEMA: _create_schema,
    bridge.ARCHIVE: _create_archive,
    bridge.BUS_POLICY: _put_bus_policy,
    bridge.FUNCTION: _complete_function,
    bridge.ALARM: _leave_out_alarm,
}


def _simple_condition(condition: Any) -> dict[str, str] | None:
    """Return what PutPermission takes as a condition: one operator, one key, one value."""
    if not condition:
        return {}
    if {"Type", "Key", "Value"} <= condition.keys():
        return _picked(condition, "Type", "Key", "Value")
    operators = list(condition.items())
    if len(operators) != 1 or len(operators[0][1]) != 1:
        return None
    [(operator, tests)] = operators
    [(key, value)] = tests.items()
    return {"Type": operator, "Key": key, "Value": value} if isinstance(value, str) else None


def _principals(principal: Any) -> list[str]:
    """Return `*` or account numbers, as PutPermission takes them."""
    named = principal.get("AWS", []) if isinstance(principal, dict) else principal
    several = named if isinstance(named, list) else [named]
    return [one.split(":")[4] if one.startswith("arn:") else one for one in several]


def _picked(properties: JsonObject, *names: str) -> JsonObject:
    return {name: properties[name] for name in names if name in properties}


def _tags(properties: JsonObject) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in properties.get("Tags", [])}


def _client_error() -> Any:
    from botocore.exceptions import ClientError  # noqa: PLC0415 - see clients.py

    return ClientError
