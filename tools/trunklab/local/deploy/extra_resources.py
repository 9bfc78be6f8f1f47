"""Creates, by the services' own APIs, the resources that were taken out of a template."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from trunklab.errors import DeployError
from trunklab.local.deploy import emulator_template as types
from trunklab.local.http import http_api
from trunklab.local.http.http_api import HttpApi
from trunklab.local.local_clients import client
from trunklab.templates.template_file import JsonObject

_ORDER: Final = (
    *(types.REGISTRY, types.SCHEMA, types.ARCHIVE, types.BUS_POLICY),
    *(types.FUNCTION, types.HTTP_API, types.ALARM),
)
"""A schema needs its registry; the others are independent of each other."""


def create(
    template: Path, removed: list[types.Removed], endpoint: str
) -> tuple[dict[str, HttpApi], list[str]]:
    """Creates or updates the resources.

    Returns the HTTP APIs to serve by logical id, and notes on what has no effect here. Raises
    DeployError with the logical id of a refused resource.
    """
    from botocore.exceptions import ClientError  # noqa: PLC0415 - see local_clients.py

    apis: dict[str, HttpApi] = {}
    notes: list[str] = []
    for logical_id, kind, properties in sorted(removed, key=lambda item: _ORDER.index(item[1])):
        try:
            if kind == types.HTTP_API:
                apis[logical_id], ignored = http_api.define(properties)
            else:
                ignored = _CREATE[kind](properties, endpoint) or []
        except ClientError as error:
            reason = error.response["Error"]["Message"]
            raise DeployError(template, f"{logical_id} ({kind}): {reason}") from error
        notes += [f"{logical_id}: no effect locally: {item}" for item in ignored]
    return apis, notes


def _create_registry(properties: JsonObject, endpoint: str) -> None:
    schemas = client("schemas", endpoint)
    name = properties["RegistryName"]
    described = _picked(properties, "Description")
    try:
        schemas.create_registry(RegistryName=name, Tags=_tags(properties), **described)
    except schemas.exceptions.ConflictException:
        schemas.update_registry(RegistryName=name, **described)


def _create_schema(properties: JsonObject, endpoint: str) -> None:
    schemas = client("schemas", endpoint)
    named = _picked(properties, "RegistryName", "SchemaName")
    content = _picked(properties, "Type", "Content", "Description")
    try:
        schemas.create_schema(Tags=_tags(properties), **named, **content)
    except schemas.exceptions.ConflictException:
        schemas.update_schema(**named, **content)


def _create_archive(properties: JsonObject, endpoint: str) -> None:
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


def bus_permissions(properties: JsonObject) -> list[JsonObject] | None:
    """Returns the PutPermission calls for a bus policy; None if PutPermission cannot express it."""
    statement = properties.get("Statement") or properties
    if isinstance(statement, str):
        statement = json.loads(statement)
    condition = _simple_condition(statement.get("Condition"))
    principals = _principals(statement.get("Principal"))
    if condition is None or not principals or statement.get("Effect", "Allow") != "Allow":
        return None
    return [
        {
            "EventBusName": properties.get("EventBusName", "default"),
            "Action": "events:PutEvents",
            "StatementId": properties["StatementId"] + (f"-{number}" if number > 1 else ""),
            "Principal": principal,
            **({"Condition": condition} if condition else {}),
        }
        for number, principal in enumerate(principals, start=1)
    ]


def _put_bus_policy(properties: JsonObject, endpoint: str) -> list[str]:
    """Stores the permissions; the emulator evaluates none."""
    permissions = bus_permissions(properties)
    if permissions is None:
        return ["a statement that PutPermission cannot express (no bus policy is evaluated here)"]
    for permission in permissions:
        client("events", endpoint).put_permission(**permission)
    return []


def _complete_function(properties: JsonObject, endpoint: str) -> None:
    functions = client("lambda", endpoint)
    named = _picked(properties, "FunctionName")
    if "ReservedConcurrentExecutions" in properties:
        reserved = int(properties["ReservedConcurrentExecutions"])
        functions.put_function_concurrency(ReservedConcurrentExecutions=reserved, **named)
    if "DeadLetterConfig" in properties:
        functions.update_function_configuration(**_picked(properties, "DeadLetterConfig"), **named)


_CREATE: Final[dict[str, Callable[[JsonObject, str], list[str] | None]]] = {
    types.REGISTRY: _create_registry,
    types.SCHEMA: _create_schema,
    types.ARCHIVE: _create_archive,
    types.BUS_POLICY: _put_bus_policy,
    types.FUNCTION: _complete_function,
    types.ALARM: lambda _properties, _endpoint: ["an alarm on metric math; it does not exist here"],
}


def _simple_condition(condition: Any) -> dict[str, str] | None:
    """Returns a condition with one operator, key and value as PutPermission takes it."""
    if not condition:
        return {}
    if {"Type", "Key", "Value"} <= condition.keys():
        return _picked(condition, "Type", "Key", "Value")
    single = [
        {"Type": operator, "Key": key, "Value": value}
        for operator, tests in condition.items()
        for key, value in tests.items()
    ]
    is_simple = len(single) == 1 and isinstance(single[0]["Value"], str)
    return single[0] if is_simple else None


def _principals(principal: Any) -> list[str]:
    """Returns `*` or account numbers, as PutPermission takes them."""
    named = principal.get("AWS", []) if isinstance(principal, dict) else principal
    names = named if isinstance(named, list) else [named]
    return [name.split(":")[4] if name.startswith("arn:") else name for name in names]


def _picked(properties: JsonObject, *names: str) -> JsonObject:
    return {name: properties[name] for name in names if name in properties}


def _tags(properties: JsonObject) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in properties.get("Tags", [])}
