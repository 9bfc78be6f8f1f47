"""Parses the log lines of the runtime that a story is made of."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from pydantic import (
    AliasChoices,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
)

_Json = dict[str, object]

_EVENTS: Final = TypeAdapter(list[_Json])


class Message(StrEnum):
    """The runtime's messages in a story."""

    COMMITTED = "request committed"
    PUBLISHED = "events published"
    NOT_PUBLISHED = "event not published"
    GIVEN_UP = "event given up"
    HANDLED = "event handled"
    DUPLICATE = "duplicate event"
    FAILED = "event failed"
    DEAD_LETTERED = "event dead-lettered"


_OURS = frozenset(Message)


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Emitted(_Record):
    """An event in the log line of the handler or request that emitted it."""

    event_id: str
    source: str
    detail_type: str


class LogLine(_Record):
    """A log line of the runtime; fields that its message does not have are None.

    A line about several events becomes several of these.
    """

    message: Message
    timestamp: AwareDatetime
    service: str
    handler: str | None = None
    event_id: str | None = None
    correlation_id: str | None = None
    causation_id: str | None = None
    subject: str | None = None
    source: str | None = None
    detail_type: str | None = None
    trace_id: str | None = None
    rule: str | None = None
    queue: str | None = None
    attempt: int | None = None
    duration_ms: float = Field(default=0.0, ge=0.0)
    emitted: tuple[Emitted, ...] = ()
    reason: str | None = Field(default=None, validation_alias=AliasChoices("reason", "error"))
    error: str | None = Field(
        default=None, validation_alias=AliasChoices("error_type", "error_code")
    )


@dataclass(frozen=True)
class Parsed:
    """The valid lines of the runtime, and the number of malformed ones."""

    lines: tuple[LogLine, ...]
    malformed: int = 0


def parse_lines(texts: Iterable[str]) -> Parsed:
    """Parses the runtime's lines; skips everything else that a function may have logged."""
    lines: list[LogLine] = []
    malformed = 0
    for record in filter(None, map(_runtime_record, texts)):
        try:
            lines += [LogLine.model_validate(fields) for fields in _of_each_event(record)]
        except ValidationError:
            malformed += 1
    return Parsed(tuple(lines), malformed)


def _of_each_event(record: _Json) -> list[_Json]:
    """Returns a record for each event of the line, with the event's fields."""
    if record["message"] != Message.PUBLISHED:
        return [record]
    return [{**record, **event} for event in _EVENTS.validate_python(record.get("events"))]


def _runtime_record(text: str) -> _Json | None:
    try:
        record = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(record, dict):
        return None
    message = record.get("message")
    return record if isinstance(message, str) and message in _OURS else None
