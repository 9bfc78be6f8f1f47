"""The JSON Schema (2020-12) of a whole EventBridge event: the envelope around a contract."""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

Schema = dict[str, Any]

TRACEPARENT_PATTERN: Final = "^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$"

METADATA_CHARACTERS_MAX: Final = 512
EVENT_ID_CHARACTERS_MAX: Final = 128
"""As the runtime's bounds, which are not imported: the checks run where it is not installed."""

WHOLE_DETAIL: Final = "x-whole-detail"
"""Keyword of a contract that describes the whole detail: its events have no metadata of ours."""

DOCUMENT_KEYWORDS: Final = frozenset({"$schema", "$id", "$defs"})
"""Keywords of a contract that belong to its document, not to the data it describes."""

_EXAMPLE_METADATA: Final = {
    "event_id": "0190b6a0-0000-7000-8000-000000000001",
    "occurred_at": "2026-01-14T09:30:00.000Z",
    "correlation_id": "0190b6a0-0000-7000-8000-000000000002",
    "causation_id": None,
    "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
}


def event_schema(document: Mapping[str, Any]) -> Schema:
    """Returns the schema of the contract's events."""
    text: Schema = {"type": "string"}
    data = {key: value for key, value in document.items() if key not in DOCUMENT_KEYWORDS}
    detail = data if document.get(WHOLE_DETAIL) else _with_metadata(data)
    properties = {
        "version": {"const": "0", "type": "string"},
        "id": {**text, "format": "uuid"},
        "detail-type": {"const": document["x-detail-type"], "type": "string"},
        "source": {"const": document["x-source"], "type": "string"},
        "account": {**text, "pattern": "^[0-9]{12}$"},
        "time": {**text, "format": "date-time"},
        "region": {**text, "pattern": "^[a-z]{2,}(-[a-z]+)+-[0-9]+$"},
        "resources": {"type": "array", "items": text},
        "detail": detail,
    }
    whole = {
        "type": "object",
        "properties": {**properties, "replay-name": {**text, "minLength": 1}},
        "required": list(properties),
    }
    return whole | ({"$defs": document["$defs"]} if "$defs" in document else {})


def _with_metadata(data: Schema) -> Schema:
    return {
        "type": "object",
        "properties": {"metadata": metadata_schema(), "data": data},
        "required": ["metadata", "data"],
    }


def data_path(document: Mapping[str, Any]) -> tuple[str, ...]:
    """Returns the path from an event to the data that its contract describes."""
    return ("detail",) if document.get(WHOLE_DETAIL) else ("detail", "data")


def example_event(document: Mapping[str, Any], data: Mapping[str, Any]) -> Schema:
    """Returns a whole event with the data and constant metadata."""
    source, subject = document["x-source"], document.get("x-subject", "")
    metadata = {
        **_EXAMPLE_METADATA,
        "subject": str(data.get(subject, "unknown")),
        "producer": source.rpartition(".")[2],
    }
    return {
        "version": "0",
        "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
        "detail-type": document["x-detail-type"],
        "source": source,
        "account": "111122223333",
        "time": "2026-01-14T09:30:00Z",
        "region": "us-east-1",
        "resources": [],
        "detail": data if document.get(WHOLE_DETAIL) else {"metadata": metadata, "data": data},
    }


@cache
def metadata_schema() -> Schema:
    """Returns the schema of event metadata; every field is required."""
    text: Schema = {
        "type": "string",
        "minLength": 1,
        "maxLength": METADATA_CHARACTERS_MAX,
    }
    described = {
        "event_id": "the event's own id, the same in every delivery and replay",
        "subject": "the id of the aggregate that the event is about",
        "occurred_at": "when it happened, UTC",
        "correlation_id": "the same in everything that follows from one request",
        "causation_id": "the id of the event that caused this one; null for a request",
        "traceparent": "the root of the trace, W3C Trace Context",
        "producer": "the service that published it",
    }
    properties = {field: {**text, "description": says} for field, says in described.items()}
    properties["event_id"]["maxLength"] = EVENT_ID_CHARACTERS_MAX
    properties["occurred_at"]["format"] = "date-time"
    properties["causation_id"]["type"] = ["string", "null"]
    properties["traceparent"]["pattern"] = TRACEPARENT_PATTERN
    return {"type": "object", "required": list(described), "properties": properties}
