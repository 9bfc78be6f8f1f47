"""What every event carries besides its data, and how it is read off the bus."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, ClassVar, Protocol, Self

from trunkline.bounds import EVENT_ID_CHARACTERS_MAX, METADATA_CHARACTERS_MAX
from trunkline.errors import InvalidEventError
from trunkline.trace_context import is_traceparent


class Contract(Protocol):
    """What this library needs of an event's model; `schemas.event.Event` is one."""

    source: ClassVar[str]
    detail_type: ClassVar[str]

    @property
    def subject(self) -> str:
        """The id of the aggregate that the event speaks of."""

    def to_data(self) -> dict[str, Any]:
        """Plain JSON, exactly what the contract says; raises ValueError when it breaks it."""

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """The event, unknown fields ignored; raises pydantic's ValidationError."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """Who caused an event, when, and what it belongs to.

    `occurred_at` is ISO 8601 in UTC, `traceparent` names the root of the trace (W3C), and
    `causation_id` is the id of the event that was being handled, None for a request.
    """

    event_id: str
    subject: str
    occurred_at: str
    correlation_id: str
    causation_id: str | None
    traceparent: str
    producer: str


@dataclass(frozen=True, slots=True)
class Envelope:
    """One event as it travels: address, metadata and data."""

    source: str
    detail_type: str
    metadata: Metadata
    data: Mapping[str, Any]

    def detail(self) -> str:
        """The `Detail` of a PutEvents entry: compact JSON."""
        return json.dumps(
            {"metadata": asdict(self.metadata), "data": self.data},
            separators=(",", ":"),
            ensure_ascii=False,
        )

    @classmethod
    def parse(cls, body: str | Mapping[str, Any]) -> Self:
        """Reads what EventBridge delivers (as text or parsed).

        Raises InvalidEventError naming every fault of the envelope.
        """
        event = _object_of(body)
        detail = event.get("detail")
        detail = detail if isinstance(detail, Mapping) else {}
        data = detail.get("data")
        faults = [
            f"{name}: must be a string that is not empty"
            for name in ("source", "detail-type")
            if not isinstance(event.get(name), str) or not event[name]
        ]
        faults += _faults_of(detail.get("metadata"))
        if not isinstance(data, Mapping):
            faults.append("detail.data: must be an object")
        if faults:
            raise InvalidEventError("the envelope is broken", faults)
        metadata = detail["metadata"]
        return cls(
            source=event["source"],
            detail_type=event["detail-type"],
            metadata=Metadata(**{name: metadata.get(name) for name in _BOUNDS}),
            data=data if isinstance(data, Mapping) else {},
        )


_BOUNDS = dict.fromkeys(Metadata.__dataclass_fields__, METADATA_CHARACTERS_MAX) | {
    "event_id": EVENT_ID_CHARACTERS_MAX
}


def _object_of(body: str | Mapping[str, Any]) -> Mapping[str, Any]:
    if isinstance(body, Mapping):
        return body
    try:
        event = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise InvalidEventError("the message is no event", ["body: is not JSON"]) from error
    if not isinstance(event, dict):
        raise InvalidEventError("the message is no event", ["body: must be a JSON object"])
    return event


def _faults_of(metadata: object) -> list[str]:
    if not isinstance(metadata, Mapping):
        return ["detail.metadata: must be an object"]
    faults = []
    for name, characters_max in _BOUNDS.items():
        value = metadata.get(name)
        if value is None and name == "causation_id":
            continue
        if not isinstance(value, str) or not 0 < len(value) <= characters_max:
            faults.append(f"detail.metadata.{name}: must be a string of 1 to {characters_max}")
        elif name == "traceparent" and not is_traceparent(value):
            faults.append("detail.metadata.traceparent: must be a W3C traceparent")
        elif name == "occurred_at" and not _is_moment(value):
            faults.append("detail.metadata.occurred_at: must be ISO 8601 with a time zone")
    return faults


def _is_moment(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False
