"""Speaks the REST protocol of the schema registry: paths and JSON in, JSON out."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import unquote

from trunklab.local.local_limits import SCHEMA_PAGE_MAX
from trunklab.local.schema_registry import Answer, RegistryError, SchemaRegistry

_REGISTRY: Final = re.compile(r"/v1/registries/name/([^/]+)")
_SCHEMA: Final = re.compile(r"/v1/registries/name/([^/]+)/schemas/name/([^/]+)")
_SCHEMAS: Final = re.compile(r"/v1/registries/name/([^/]+)/schemas")
_VERSIONS: Final = re.compile(r"/v1/registries/name/([^/]+)/schemas/name/([^/]+)/versions")


@dataclass(frozen=True)
class Call:
    """One request: where, with what, when."""

    method: str
    raw_path: str
    query: Mapping[str, str]
    body: bytes
    at: datetime


@dataclass(frozen=True)
class Reply:
    """Status, error type and JSON of an answer."""

    status: int
    body: Answer | None
    error: str | None = None


def answer(registry: SchemaRegistry, call: Call) -> Reply:
    """Carry a call out; a refusal becomes AWS's error document."""
    try:
        return _dispatch(registry, call)
    except RegistryError as error:
        return _refuse(error)


def _dispatch(registry: SchemaRegistry, call: Call) -> Reply:
    for pattern, operations in _operations(registry, call).items():
        match = pattern.fullmatch(call.raw_path)
        if match and call.method in operations:
            status, operation = operations[call.method]
            return Reply(status, operation(*map(unquote, match.groups())))
    what = f"{call.method} {call.raw_path} is not served by the local platform's schema registry."
    raise RegistryError(400, "BadRequestException", what)


_Operations = dict[re.Pattern[str], dict[str, tuple[int, Callable[..., Answer | None]]]]


def _operations(registry: SchemaRegistry, call: Call) -> _Operations:
    request = _request(call)
    return {
        re.compile("/v1/registries"): {
            "GET": (
                200,
                lambda: _page("Registries", call, registry.list_registries(_prefix(call))),
            ),
        },
        _REGISTRY: {
            "POST": (201, lambda name: registry.create_registry(name, request)),
            "GET": (200, registry.describe_registry),
            "PUT": (200, lambda name: registry.update_registry(name, request)),
            "DELETE": (204, registry.delete_registry),
        },
        _SCHEMAS: {
            "GET": (200, lambda n: _page("Schemas", call, registry.list_schemas(n, _prefix(call)))),
        },
        _SCHEMA: {
            "POST": (201, lambda r, name: registry.create_schema(r, name, request, call.at)),
            "GET": (
                200,
                lambda r, n: registry.describe_schema(r, n, call.query.get("schemaVersion")),
            ),
            "PUT": (200, lambda r, name: registry.update_schema(r, name, request, call.at)),
            "DELETE": (204, registry.delete_schema),
        },
        _VERSIONS: {
            "GET": (
                200,
                lambda r, n: _page("SchemaVersions", call, registry.list_schema_versions(r, n)),
            ),
        },
    }


def _request(call: Call) -> dict[str, Any]:
    try:
        request = json.loads(call.body or b"{}")
    except ValueError as error:
        raise RegistryError(400, "BadRequestException", f"The body is not JSON: {error}") from error
    if not isinstance(request, dict):
        raise RegistryError(400, "BadRequestException", "The body is not a JSON object.")
    return request


def _prefix(call: Call) -> str:
    return call.query.get("registryNamePrefix") or call.query.get("schemaNamePrefix") or ""


def _page(member: str, call: Call, items: list[Answer]) -> Answer:
    try:
        start = int(call.query.get("nextToken", 0))
        size = min(int(call.query.get("limit", SCHEMA_PAGE_MAX)), SCHEMA_PAGE_MAX)
    except ValueError as error:
        raise RegistryError(400, "BadRequestException", "nextToken or limit is invalid.") from error
    if start < 0 or size < 1:
        raise RegistryError(400, "BadRequestException", "nextToken or limit is invalid.")
    page: Answer = {member: items[start : start + size]}
    return page | {"NextToken": str(start + size)} if start + size < len(items) else page


def _refuse(error: RegistryError) -> Reply:
    return Reply(error.status, {"Code": error.code, "Message": str(error)}, error.code)
