"""Dead letters: events that can never succeed, with their reason."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from trunkline.bounds import REASON_CHARACTERS_MAX
from trunkline.envelope import object_of
from trunkline.errors import InvalidEventError
from trunkline.items import Value
from trunkline.message import FIFO_SUFFIX
from trunkline.outbox import OutboxRow
from trunkline.trace_context import xray_header_of

_NO_GROUP: Final = "trunkline"
"""Message group of dead letters whose message has no group."""


@dataclass(frozen=True)
class DeadLetter:
    """A message and the reason why it was dead-lettered.

    `reason` is `printable`. `handler`, `event_id` and `trace_header` (X-Ray's) are empty if they
    were not known yet. `group` and `message_id` are those of the message: a FIFO dead-letter queue
    keeps the order of the groups, and accepts a redelivered message once.
    """

    body: str
    reason: str
    error_type: str
    handler: str
    event_id: str
    trace_header: str = ""
    group: str | None = None
    message_id: str = ""


class DeadLetters:
    """The dead-letter queue of a consumer or an outbox."""

    def __init__(self, queue_url: str, rule: str, client: Callable[[], Any]) -> None:
        self._queue_url = queue_url
        self._rule = rule
        self._client = client

    def send(self, letter: DeadLetter) -> None:
        """Sends the message with its reason as attributes; raises AwsError."""
        attributes = {
            "reason": letter.reason,
            "error_type": letter.error_type,
            "rule": self._rule,
            "handler": letter.handler,
            "event_id": letter.event_id,
        }
        self._client().send_message(
            QueueUrl=self._queue_url,
            MessageBody=letter.body,
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value}
                for name, value in attributes.items()
                if value  # SQS refuses an empty attribute
            },
            **_traced(letter.trace_header),
            **(_in_order(letter) if self._queue_url.endswith(FIFO_SUFFIX) else {}),
        )


def printable(reason: str) -> str:
    """Returns the reason as SQS accepts it: short, and only XML's characters (SendMessage)."""
    cut = reason[:REASON_CHARACTERS_MAX]
    return "".join(character if character.isprintable() else " " for character in cut)


def letter_of_row(row: OutboxRow, code: str) -> DeadLetter:
    """Returns the dead letter of an event that the bus refuses, as a consumer would receive it."""
    metadata = row.envelope.metadata
    return DeadLetter(
        body=_body(row.envelope.source, row.envelope.detail_type, object_of(row.detail)),
        reason=f"EventBridge refuses the event permanently: {code}",
        error_type=code,
        handler="",
        event_id=metadata.event_id,
        trace_header=xray_header_of(metadata.traceparent),
    )


def letter_of_item(item: Mapping[str, Value], error: InvalidEventError) -> DeadLetter:
    """Returns the dead letter of an invalid outbox row: its event fields, other fields as `row`."""
    rest = dict(item)
    source, detail_type = rest.pop("source", None), rest.pop("detail_type", None)
    detail: object = rest.pop("detail", None)
    with suppress(InvalidEventError):
        detail = object_of(str(detail))
    return DeadLetter(
        body=_body(source, detail_type, detail, row=rest),
        reason=printable(f"the outbox row is not a valid event: {error.reason}"),
        error_type=type(error).__name__,
        handler="",
        event_id="",
    )


def _body(source: object, detail_type: object, detail: object, **more: object) -> str:
    # In ASCII, because SQS does not accept every character that an item can hold.
    event = {"source": source, "detail-type": detail_type, "detail": detail, **more}
    return json.dumps(event, separators=(",", ":"), default=str)


def _in_order(letter: DeadLetter) -> dict[str, str]:
    """Returns a FIFO queue's parameters; without a message id the queue deduplicates by content."""
    group = {"MessageGroupId": letter.group or _NO_GROUP}
    message_id = letter.message_id
    return {**group, "MessageDeduplicationId": message_id} if message_id else group


def _traced(header: str) -> dict[str, Any]:
    """Returns the attribute by which Lambda links the message to its event's trace."""
    if not header:
        return {}
    value = {"DataType": "String", "StringValue": header}
    return {"MessageSystemAttributes": {"AWSTraceHeader": value}}
