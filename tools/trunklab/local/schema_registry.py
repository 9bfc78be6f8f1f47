"""A schema registry in memory with the REST API of EventBridge's own.

It refuses, by name, what it does not have: discoverers, code bindings, policies, search.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import unquote

from trunklab import settings
from trunklab.local.http.rest_api import RestError, RestResponse, json_object, page, respond
from trunklab.local.local_limits import (
    REGISTRY_NAME_CHARACTERS_MAX,
    SCHEMA_CONTENT_CHARACTERS_MAX,
    SCHEMA_NAME_CHARACTERS_MAX,
    SCHEMA_PAGE_MAX,
)

_ARN: Final = f"arn:aws:schemas:{settings.LOCAL_REGION}:{settings.LOCAL_ACCOUNT}"
_TYPES: Final = ("OpenApi3", "JSONSchemaDraft4")
_NAME: Final = re.compile(r"[A-Za-z0-9._@-]+")

_Json = dict[str, Any]


@dataclass(frozen=True)
class Call:
    """A request; `raw_path` is still URL-encoded."""

    method: str
    raw_path: str
    query: Mapping[str, str]
    body: bytes
    at: datetime

    @property
    def request(self) -> _Json:
        """The JSON object of the body."""
        return json_object(self.body, "BadRequestException")


@dataclass
class _Schema:
    described: _Json
    versions: list[_Json]
    """The members of DescribeSchema that each version has of its own."""


@dataclass
class _Registry:
    described: _Json
    schemas: dict[str, _Schema] = field(default_factory=dict)


class SchemaRegistry:
    """All registries of the platform; each public method is an operation of the API."""

    def __init__(self) -> None:
        self._registries: dict[str, _Registry] = {}

    def create_registry(self, call: Call, name: str) -> _Json:
        """CreateRegistry."""
        _check_name("registryName", name, REGISTRY_NAME_CHARACTERS_MAX)
        if name.startswith("aws."):
            raise RestError(403, "ForbiddenException", "Names of registries cannot begin with aws.")
        if name in self._registries:
            raise _conflict(f"Registry with name {name}")
        named = {"RegistryArn": f"{_ARN}:registry/{name}", "RegistryName": name}
        self._registries[name] = _Registry(named | _described(call.request))
        return self.describe_registry(call, name)

    def describe_registry(self, _call: Call, name: str) -> _Json:
        """DescribeRegistry."""
        return self._find(name).described

    def update_registry(self, call: Call, name: str) -> _Json:
        """UpdateRegistry."""
        registry = self._find(name)
        registry.described |= _picked(call.request, "Description")
        return registry.described

    def list_registries(self, call: Call) -> _Json:
        """ListRegistries."""
        listed = [
            _picked(registry.described, "RegistryArn", "RegistryName", "tags")
            for name, registry in sorted(self._registries.items())
            if name.startswith(call.query.get("registryNamePrefix", ""))
        ]
        return _page("Registries", call, listed)

    def delete_registry(self, _call: Call, name: str) -> None:
        """DeleteRegistry; deletes its schemas too."""
        self._find(name)
        del self._registries[name]

    def create_schema(self, call: Call, registry: str, name: str) -> _Json:
        """CreateSchema."""
        _check_name("schemaName", name, SCHEMA_NAME_CHARACTERS_MAX)
        schemas, request = self._find(registry).schemas, call.request
        if name in schemas:
            raise _conflict(f"Schema with name {name}")
        named = {"SchemaArn": f"{_ARN}:schema/{registry}/{name}", "SchemaName": name}
        described = named | _described(request) | {"LastModified": _timestamp(call.at)}
        schemas[name] = _Schema(described, [_new_version(request, call.at, 1)])
        return _summary(schemas[name])

    def update_schema(self, call: Call, registry: str, name: str) -> _Json:
        """UpdateSchema; changed content makes a new version."""
        schema, request = self._find_schema(registry, name), call.request
        latest = schema.versions[-1]
        if request.get("Content", latest["Content"]) != latest["Content"]:
            complete = {"Type": latest["Type"]} | request
            schema.versions.append(_new_version(complete, call.at, len(schema.versions) + 1))
        schema.described |= _picked(request, "Description")
        schema.described["LastModified"] = _timestamp(call.at)
        return _summary(schema)

    def describe_schema(self, call: Call, registry: str, name: str) -> _Json:
        """DescribeSchema; of the latest version by default."""
        schema = self._find_schema(registry, name)
        number = call.query.get("schemaVersion", schema.versions[-1]["SchemaVersion"])
        for version in schema.versions:
            if version["SchemaVersion"] == number:
                return schema.described | version
        raise _not_found(f"Schema with name {name} and version {number}")

    def list_schemas(self, call: Call, registry: str) -> _Json:
        """ListSchemas."""
        listed = [
            _picked(schema.described, "SchemaArn", "SchemaName", "LastModified", "tags")
            | {"VersionCount": len(schema.versions)}
            for name, schema in sorted(self._find(registry).schemas.items())
            if name.startswith(call.query.get("schemaNamePrefix", ""))
        ]
        return _page("Schemas", call, listed)

    def list_schema_versions(self, call: Call, registry: str, name: str) -> _Json:
        """ListSchemaVersions."""
        schema = self._find_schema(registry, name)
        named = _picked(schema.described, "SchemaArn", "SchemaName")
        listed = [named | _picked(item, "SchemaVersion", "Type") for item in schema.versions]
        return _page("SchemaVersions", call, listed)

    def delete_schema(self, _call: Call, registry: str, name: str) -> None:
        """DeleteSchema with all its versions."""
        self._find_schema(registry, name)
        del self._find(registry).schemas[name]

    def _find(self, name: str) -> _Registry:
        if name not in self._registries:
            raise _not_found(f"Registry with name {name}")
        return self._registries[name]

    def _find_schema(self, registry: str, name: str) -> _Schema:
        schemas = self._find(registry).schemas
        if name not in schemas:
            raise _not_found(f"Schema with name {name}")
        return schemas[name]


_REGISTRIES: Final = "/v1/registries"
_REGISTRY: Final = f"{_REGISTRIES}/name/([^/]+)"
_SCHEMAS: Final = f"{_REGISTRY}/schemas"
_SCHEMA: Final = f"{_SCHEMAS}/name/([^/]+)"
_OPERATIONS: Final[tuple[tuple[str, str, int, Callable[..., _Json | None]], ...]] = (
    ("GET", _REGISTRIES, 200, SchemaRegistry.list_registries),
    ("POST", _REGISTRY, 201, SchemaRegistry.create_registry),
    ("GET", _REGISTRY, 200, SchemaRegistry.describe_registry),
    ("PUT", _REGISTRY, 200, SchemaRegistry.update_registry),
    ("DELETE", _REGISTRY, 204, SchemaRegistry.delete_registry),
    ("GET", _SCHEMAS, 200, SchemaRegistry.list_schemas),
    ("POST", _SCHEMA, 201, SchemaRegistry.create_schema),
    ("GET", _SCHEMA, 200, SchemaRegistry.describe_schema),
    ("PUT", _SCHEMA, 200, SchemaRegistry.update_schema),
    ("DELETE", _SCHEMA, 204, SchemaRegistry.delete_schema),
    ("GET", f"{_SCHEMA}/versions", 200, SchemaRegistry.list_schema_versions),
)


def answer(registry: SchemaRegistry, call: Call) -> RestResponse:
    """Returns the response to a call; a refusal is AWS's error document."""
    return respond(lambda: _dispatch(registry, call))


def _dispatch(registry: SchemaRegistry, call: Call) -> RestResponse:
    for method, pattern, status, operation in _OPERATIONS:
        match = re.fullmatch(pattern, call.raw_path)
        if match and call.method == method:
            return RestResponse(status, operation(registry, call, *map(unquote, match.groups())))
    raise _bad_request(
        f"{call.method} {call.raw_path} is not served by the local platform's schema registry."
    )


def _new_version(request: _Json, now: datetime, number: int) -> _Json:
    kind, content = request.get("Type"), request.get("Content")
    if kind not in _TYPES:
        raise _bad_request(f"Type must be one of {', '.join(_TYPES)}.")
    if not isinstance(content, str) or not 0 < len(content) <= SCHEMA_CONTENT_CHARACTERS_MAX:
        raise _bad_request(f"Content must have 1 to {SCHEMA_CONTENT_CHARACTERS_MAX} characters.")
    try:
        document = json.loads(content)
    except ValueError as error:
        raise _bad_request(f"Content is not JSON: {error}") from error
    openapi = document.get("openapi") if isinstance(document, dict) else None
    if kind == "OpenApi3" and not str(openapi).startswith("3.0."):
        raise _bad_request("Content is not an OpenAPI 3.0 document.")
    return {
        "Type": kind,
        "Content": content,
        "SchemaVersion": str(number),
        "VersionCreatedDate": _timestamp(now),
    }


def _check_name(parameter: str, name: str, characters_max: int) -> None:
    if not _NAME.fullmatch(name) or len(name) > characters_max:
        raise _bad_request(f"{parameter} {name!r} is not valid.")


def _page(member: str, call: Call, items: list[_Json]) -> _Json:
    try:
        size = min(int(call.query.get("limit", SCHEMA_PAGE_MAX)), SCHEMA_PAGE_MAX)
        return page(member, items, call.query.get("nextToken"), size)
    except ValueError as error:
        raise _bad_request("nextToken or limit is invalid.") from error


def _summary(schema: _Schema) -> _Json:
    latest = schema.versions[-1]
    without_content = {name: value for name, value in latest.items() if name != "Content"}
    return schema.described | without_content


def _described(request: _Json) -> _Json:
    return {"tags": dict(request.get("tags") or {})} | _picked(request, "Description")


def _picked(members: _Json, *names: str) -> _Json:
    return {name: members[name] for name in names if name in members}


def _timestamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _bad_request(problem: str) -> RestError:
    return RestError(400, "BadRequestException", problem)


def _conflict(name: str) -> RestError:
    return RestError(409, "ConflictException", f"{name} already exists.")


def _not_found(name: str) -> RestError:
    return RestError(404, "NotFoundException", f"{name} does not exist.")
