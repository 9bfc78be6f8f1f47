"""The forms in which Lambda hands events to a consumer, and how each is answered."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

from trunkline.errors import ConfigurationError, RetryableError
from trunkline.lanes import lanes
from trunkline.message import FIFO_SUFFIX, Message


class Entry(Protocol):
    """One invocation of a consumer."""

    @property
    def messages(self) -> Sequence[Message]:
        """The events it brings."""

    def answer(self, failed: Sequence[Message]) -> dict[str, Any]:
        """What Lambda is answered, so that these come again and the others do not."""


@dataclass(frozen=True)
class SqsBatch:
    """Messages of a queue; those that failed are named in the partial batch response."""

    messages: Sequence[Message]

    def answer(self, failed: Sequence[Message]) -> dict[str, Any]:
        """The partial batch response, in the batch's order (Lambda guide, batch item failures).

        What follows a failed message in its group of a FIFO queue is reported with it.
        """
        reported = set(failed)
        for lane in lanes(self.messages):
            for earlier, message in pairwise(lane):
                if earlier in reported:
                    reported.add(message)
        again = [message for message in self.messages if message in reported]
        return {"batchItemFailures": [{"itemIdentifier": message.message_id} for message in again]}


@dataclass(frozen=True)
class DirectEvent:
    """One event that a rule hands to the function itself, without a queue between them."""

    messages: Sequence[Message]

    def answer(self, failed: Sequence[Message]) -> dict[str, Any]:
        """Nothing, or RetryableError: Lambda then invokes the function again (asynchronously)."""
        if failed:
            raise RetryableError("the event was not handled, see the log line before: try again")
        return {}


def entry_of(event: Mapping[str, Any]) -> Entry:
    """The invocation by its form.

    Raises ConfigurationError for any other: what could not be reported back must not be tried.
    """
    if isinstance(event, Mapping):
        records = event.get("Records")
        if isinstance(records, list) and all(map(_is_sqs, records)):
            return SqsBatch([_message(record) for record in records])
        if "detail-type" in event and "detail" in event:
            name = str(event.get("id", ""))
            return DirectEvent([Message(name, json.dumps(event, ensure_ascii=False), 1, "")])
    raise ConfigurationError(
        "this handler takes SQS batches and events of EventBridge: give the function an SQS event "
        "source, or make it the target of a rule, in its template"
    )


def _is_sqs(record: object) -> bool:
    return isinstance(record, dict) and record.get("eventSource") == "aws:sqs"


def _message(record: Mapping[str, Any]) -> Message:
    queue, attributes = record.get("eventSourceARN", ""), record.get("attributes", {})
    return Message(
        message_id=record["messageId"],
        body=record["body"],
        attempt=int(attributes.get("ApproximateReceiveCount", 1)),
        queue=queue,
        receipt_handle=record.get("receiptHandle", ""),
        # Without its group, which SQS always sends, the order of the whole queue is kept.
        group=attributes.get("MessageGroupId", "") if queue.endswith(FIFO_SUFFIX) else None,
    )
