"""The state of functions: versions, aliases, policies, settings."""

import base64
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from trunklab.local.delivery.paging import Paging
from trunklab.local.delivery.steps import ApiError, FunctionCode, JsonObject

LATEST: Final = "$LATEST"
PAGE_MAX: Final = 50
INVALID: Final = "InvalidParameterValueException"
NOT_FOUND: Final = "ResourceNotFoundException"
CONFLICT: Final = "ResourceConflictException"
WEIGHTS: Final = "AdditionalVersionWeights"
_PRECONDITION_STATUS: Final = 412


@dataclass(slots=True, eq=False)
class Version:
    """Code and configuration that can run."""

    configuration: JsonObject
    code: FunctionCode
    revision: str


@dataclass(slots=True, eq=False)
class Function:
    """A function; versions by number, `$LATEST` among them."""

    name: str
    arn: str
    versions: dict[str, Version]
    aliases: dict[str, JsonObject] = field(default_factory=dict)
    policies: dict[str, list[JsonObject]] = field(default_factory=dict)
    """Statements by qualifier, "" for none."""
    invoke_configs: dict[str, JsonObject] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    reserved: int | None = None
    running: int = 0
    is_changed: bool = True
    """True if `$LATEST` differs from the newest version."""


@dataclass(frozen=True, slots=True)
class Called:
    """A function found by name and qualifier."""

    function: Function
    version: Version
    qualifier: str
    arn: str
    """As it was invoked."""


Find = Callable[[str, str | None], Called]
"""Finds a function by name or ARN, and qualifier; raises ApiError."""


def code_of(given: JsonObject, layers: tuple[FunctionCode, ...]) -> FunctionCode:
    """Returns where code lies; raises ApiError if a request does not say."""
    if not (given.get("ZipFile") or given.get("S3Key")):
        raise ApiError(INVALID, "Please provide a source for function code.")
    return FunctionCode(given.get("ZipFile"), given.get("S3Bucket"), given.get("S3Key"), layers)


def digest_of(code: FunctionCode) -> tuple[str, int]:
    """Returns digest and size; of a package in S3, whose content is not known here, by its key."""
    content = code.zip_file if code.zip_file is not None else f"{code.bucket}/{code.key}".encode()
    return base64.b64encode(hashlib.sha256(content).digest()).decode(), len(content)


def policy_document(statements: Sequence[JsonObject]) -> JsonObject:
    """Returns statements as a policy."""
    return {"Version": "2012-10-17", "Id": "default", "Statement": list(statements)}


def stale_revision(operation: str) -> ApiError:
    """Returns the error for a RevisionId that is not the newest."""
    message = (
        "The Revision Id provided does not match the latest Revision Id. Call the"
        f" {operation} API to retrieve the latest Revision Id"
    )
    return ApiError("PreconditionFailedException", message, _PRECONDITION_STATUS)


def modified_text(now: float) -> str:
    """Returns a time as Lambda writes it."""
    when = datetime.fromtimestamp(now, UTC)
    return when.strftime("%Y-%m-%dT%H:%M:%S.") + f"{when.microsecond // 1000:03}+0000"


def picked_members(given: Mapping[str, Any], *names: str) -> JsonObject:
    """Returns some members, as far as they are given."""
    return {name: given[name] for name in names if given.get(name) is not None}


def marked_page(
    name: str, items: Sequence[JsonObject], given: JsonObject, size_max: int = PAGE_MAX
) -> JsonObject:
    """Returns one page of a list; Lambda lowers a larger MaxItems [Lambda API reference]."""
    size = min(given.get("MaxItems", size_max), size_max)
    return Paging("Marker", "NextMarker", INVALID).page(name, items, given, size)
