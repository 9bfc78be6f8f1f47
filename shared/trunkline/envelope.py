"""The event envelope: metadata, serialization and parsing."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, ClassVar, Protocol, Self

from trunkline.bounds import EVENT_ID_CHARACTERS_MAX, METADATA_CHARACTERS_MAX
from trunkline.errors import InvalidEventError
from trunkline.strict_json import parsed
from trunkline.trace_context import is_traceparent


class Contract(Protocol):
    """The interface of an event model that this library needs, such as `schemas.event.Event`."""

    source: ClassVar[str]
    detail_type: ClassVar[str]

    @property
    def subject(self) -> str:
        """The id of the aggregate that the event describes."""

    def to_data(self) -> dict[str, Any]:
        """Returns plain JSON as the contract defines it; raises ValueError if it is invalid."""

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Returns the event, ignoring unknown fields; raises pydantic's ValidationError."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """Identity, origin, time and trace of an event.

    `occurred_at` is ISO 8601 in UTC, `traceparent` identifies the root of the trace (W3C), and
    `causation_id` is the id of the event that was being handled, None for a request. All values are
    printable, because they become keys, message attributes and log fields.
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
    """An event on the bus: address, metadata and data."""

    source: str
    detail_type: str
    metadata: Metadata
    data: Mapping[str, Any]

    def detail(self) -> str:
        """Returns the `Detail` of a PutEvents entry: compact JSON."""
        return json.dumps(
            {"metadata": asdict(self.metadata), "data": self.data},
            separators=(",", ":"),
            ensure_ascii=False,
        )

    @classmethod
    def parse(cls, body: str | Mapping[str, Any]) -> Self:
        """Parses an event that EventBridge delivered (as a string or parsed JSON).

        Raises InvalidEventError with every fault of the envelope.
        """
        event = body if isinstance(body, Mapping) else object_of(body)
        detail = event.get("detail")
        detail = detail if isinstance(detail, Mapping) else {}
        data = detail.get("data")
        faults = [
            f"{name}: {problem}"
            for name in ("source", "detail-type")
            if (problem := metadata_fault(name, event.get(name)))
        ]
        faults += metadata_faults(detail.get("metadata"))
        if not isinstance(data, Mapping):
            faults.append("detail.data: must be an object")
        if faults:
            raise InvalidEventError("the envelope is invalid", faults)
        metadata = detail["metadata"]
        return cls(
            source=event["source"],
            detail_type=event["detail-type"],
            metadata=Metadata(
                **{name: metadata.get(name) for name in Metadata.__dataclass_fields__}
            ),
            data=data if isinstance(data, Mapping) else {},
        )


def object_of(text: str) -> dict[str, Any]:
    """Returns the JSON object; the last of duplicate keys counts. Raises InvalidEventError.

    Half a surrogate pair in a field that is not part of the event's identity becomes a control
    character, so that the field is repaired.
    """
    try:
        event = _parsed(text)
    except (ValueError, RecursionError) as error:
        raise InvalidEventError("the message is not an event", ["body: is not JSON"]) from error
    if not isinstance(event, dict):
        raise InvalidEventError("the message is not an event", ["body: must be a JSON object"])
    return event


def _parsed(text: str) -> Any:
    try:
        return parsed(text)
    except UnicodeEncodeError:
        return parsed(json.dumps(_without_half_pairs(json.loads(text), ())))


def _without_half_pairs(value: Any, place: tuple[str, ...]) -> Any:
    if isinstance(value, str):
        return value if place in _DECISIVE else _HALF_PAIR.sub("\0", value)
    if isinstance(value, list):
        return [_without_half_pairs(element, place) for element in value]
    if not isinstance(value, dict) or place in _DECISIVE:
        return value
    return {
        _HALF_PAIR.sub("\0", key): _without_half_pairs(element, (*place, key))
        for key, element in value.items()
    }


def metadata_faults(metadata: object) -> list[str]:
    """Returns the faults of an event's metadata, by field and without the values."""
    if not isinstance(metadata, Mapping):
        return ["detail.metadata: must be an object"]
    return [
        f"detail.metadata.{name}: {problem}"
        for name in Metadata.__dataclass_fields__
        if (problem := metadata_fault(name, metadata.get(name)))
    ]


def metadata_fault(name: str, value: object) -> str:
    """Returns the fault of a field's value, without the value; empty if it is valid."""
    characters_max = _CHARACTERS_MAX.get(name, METADATA_CHARACTERS_MAX)
    if value is None and name == "causation_id":
        return ""
    if not isinstance(value, str) or not 0 < len(value) <= characters_max:
        return f"must be a string of 1 to {characters_max} characters"
    if not value.isprintable():
        return "must be printable"
    form, is_of_form = _FORMS.get(name, ("", bool))
    return "" if is_of_form(value) else f"must be {form}"


def _is_moment(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


_HALF_PAIR = re.compile("[\ud800-\udfff]")

_DECISIVE = frozenset(
    {
        *(("source",), ("detail-type",), ("detail", "data")),
        *(("detail", "metadata", "event_id"), ("detail", "metadata", "subject")),
    }
)
"""Paths whose values decide how an event is handled."""

_CHARACTERS_MAX = {"event_id": EVENT_ID_CHARACTERS_MAX}

_FORMS: dict[str, tuple[str, Callable[[str], bool]]] = {
    "traceparent": ("a W3C traceparent", is_traceparent),
    "occurred_at": ("ISO 8601 with a time zone", _is_moment),
}
