"""A schema registry in memory that answers as EventBridge's own does.

What it does not do, it refuses by name: discoverers, code bindings, policies, search.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from trunklab import settings
from trunklab.local.local_limits import (
    REGISTRY_NAME_CHARACTERS_MAX,
    SCHEMA_CONTENT_CHARACTERS_MAX,
    SCHEMA_NAME_CHARACTERS_MAX,
)

_ARN: Final = f"arn:aws:schemas:{settings.LOCAL_REGION}:{settings.LOCAL_ACCOUNT}"
_TYPES: Final = ("OpenApi3", "JSONSchemaDraft4")

Answer = dict[str, Any]


class RegistryError(Exception):
    """A call that the registry refuses, in AWS's words."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


@dataclass
class _Version:
    content: str
    kind: str
    created: datetime


@dataclass
class _Schema:
    description: str | None
    tags: dict[str, str]
    versions: dict[int, _Version]
    modified: datetime

    def latest(self) -> int:
        return max(self.versions)


@dataclass
class _Registry:
    description: str | None
    tags: dict[str, str]
    schemas: dict[str, _Schema] = field(default_factory=dict)


class SchemaRegistry:
    """All registries of the platform; every method is one operation of the API."""

    def __init__(self) -> None:
        self._registries: dict[str, _Registry] = {}

    def create_registry(self, name: str, request: Mapping[str, Any]) -> Answer:
        """CreateRegistry."""
        _check_name("registryName", name, REGISTRY_NAME_CHARACTERS_MAX)
        if name.startswith("aws."):
            raise RegistryError(
                403, "ForbiddenException", "Names of registries cannot begin with aws."
            )
        if name in self._registries:
            raise RegistryError(
                409, "ConflictException", f"Registry with name {name} already exists."
            )
        made = _Registry(request.get("Description"), dict(request.get("tags") or {}))
        self._registries[name] = made
        return _describe_registry(name, made)

    def describe_registry(self, name: str) -> Answer:
        """DescribeRegistry."""
        return _describe_registry(name, self._find(name))

    def update_registry(self, name: str, request: Mapping[str, Any]) -> Answer:
        """UpdateRegistry."""
        found = self._find(name)
        found.description = request.get("Description")
        return _describe_registry(name, found)

    def list_registries(self, prefix: str) -> list[Answer]:
        """ListRegistries, unpaged."""
        return [
            {"RegistryArn": _registry_arn(name), "RegistryName": name, "tags": one.tags}
            for name, one in sorted(self._registries.items())
            if name.startswith(prefix)
        ]

    def delete_registry(self, name: str) -> None:
        """DeleteRegistry; the schemas go with it."""
        self._find(name)
        del self._registries[name]

    def create_schema(
        self, registry: str, name: str, request: Mapping[str, Any], now: datetime
    ) -> Answer:
        """CreateSchema."""
        _check_name("schemaName", name, SCHEMA_NAME_CHARACTERS_MAX)
        schemas = self._find(registry).schemas
        if name in schemas:
            raise RegistryError(
                409, "ConflictException", f"Schema with name {name} already exists."
            )
        version = _new_version(request, None, now)
        tags = dict(request.get("tags") or {})
        schemas[name] = _Schema(request.get("Description"), tags, {1: version}, now)
        return _describe_schema(registry, name, schemas[name], 1, content=False)

    def update_schema(
        self, registry: str, name: str, request: Mapping[str, Any], now: datetime
    ) -> Answer:
        """UpdateSchema; other content makes a new version."""
        schema = self._find_schema(registry, name)
        latest = schema.versions[schema.latest()]
        if "Content" in request and request["Content"] != latest.content:
            schema.versions[schema.latest() + 1] = _new_version(request, latest.kind, now)
        schema.description = request.get("Description", schema.description)
        schema.modified = now
        return _describe_schema(registry, name, schema, schema.latest(), content=False)

    def describe_schema(self, registry: str, name: str, version: str | None) -> Answer:
        """DescribeSchema, of the latest version unless one is named."""
        schema = self._find_schema(registry, name)
        number = schema.latest() if version is None else _version_number(name, schema, version)
        return _describe_schema(registry, name, schema, number, content=True)

    def list_schemas(self, registry: str, prefix: str) -> list[Answer]:
        """ListSchemas, unpaged."""
        return [
            {
                "SchemaArn": _schema_arn(registry, name),
                "SchemaName": name,
                "VersionCount": len(one.versions),
                "LastModified": _stamp(one.modified),
                "tags": one.tags,
            }
            for name, one in sorted(self._find(registry).schemas.items())
            if name.startswith(prefix)
        ]

    def list_schema_versions(self, registry: str, name: str) -> list[Answer]:
        """ListSchemaVersions, unpaged."""
        schema = self._find_schema(registry, name)
        arn = _schema_arn(registry, name)
        return [
            {"SchemaArn": arn, "SchemaName": name, "SchemaVersion": str(n), "Type": one.kind}
            for n, one in sorted(schema.versions.items())
        ]

    def delete_schema(self, registry: str, name: str) -> None:
        """DeleteSchema with all its versions."""
        self._find_schema(registry, name)
        del self._find(registry).schemas[name]

    def _find(self, name: str) -> _Registry:
        if name not in self._registries:
            raise RegistryError(
                404, "NotFoundException", f"Registry with name {name} does not exist."
            )
        return self._registries[name]

    def _find_schema(self, registry: str, name: str) -> _Schema:
        schemas = self._find(registry).schemas
        if name not in schemas:
            raise RegistryError(
                404, "NotFoundException", f"Schema with name {name} does not exist."
            )
        return schemas[name]


def _new_version(request: Mapping[str, Any], kind: str | None, now: datetime) -> _Version:
    kind = request.get("Type", kind)
    content = request.get("Content")
    if kind not in _TYPES:
        raise _bad_request(f"Type must be one of {', '.join(_TYPES)}.")
    if not isinstance(content, str) or not 0 < len(content) <= SCHEMA_CONTENT_CHARACTERS_MAX:
        raise _bad_request(f"Content must have 1 to {SCHEMA_CONTENT_CHARACTERS_MAX} characters.")
    try:
        document = json.loads(content)
    except ValueError as error:
        raise _bad_request(f"Content is not JSON: {error}") from error
    if kind == "OpenApi3" and not str(_member(document, "openapi")).startswith("3.0."):
        raise _bad_request("Content is not an OpenAPI 3.0 document.")
    return _Version(content, str(kind), now)


def _member(document: object, name: str) -> object:
    return document.get(name) if isinstance(document, dict) else None


def _version_number(name: str, schema: _Schema, version: str) -> int:
    if not version.isdigit() or int(version) not in schema.versions:
        problem = f"Schema with name {name} and version {version} does not exist."
        raise RegistryError(404, "NotFoundException", problem)
    return int(version)


def _check_name(what: str, name: str, characters_max: int) -> None:
    allowed = all(one.isalnum() or one in ".-_@" for one in name) and name.isascii()
    if not allowed or not 0 < len(name) <= characters_max:
        raise _bad_request(f"{what} {name!r} is not valid.")


def _bad_request(problem: str) -> RegistryError:
    return RegistryError(400, "BadRequestException", problem)


def _describe_registry(name: str, one: _Registry) -> Answer:
    answer = {"RegistryArn": _registry_arn(name), "RegistryName": name, "tags": one.tags}
    return answer if one.description is None else answer | {"Description": one.description}


def _describe_schema(
    registry: str, name: str, schema: _Schema, number: int, *, content: bool
) -> Answer:
    version = schema.versions[number]
    answer: Answer = {
        "SchemaArn": _schema_arn(registry, name),
        "SchemaName": name,
        "SchemaVersion": str(number),
        "Type": version.kind,
        "LastModified": _stamp(schema.modified),
        "VersionCreatedDate": _stamp(version.created),
        "tags": schema.tags,
    }
    if schema.description is not None:
        answer["Description"] = schema.description
    return answer | {"Content": version.content} if content else answer


def _registry_arn(name: str) -> str:
    return f"{_ARN}:registry/{name}"


def _schema_arn(registry: str, name: str) -> str:
    return f"{_ARN}:schema/{registry}/{name}"


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
