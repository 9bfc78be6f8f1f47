"""Lambda event formats that a consumer accepts, and the response each expects."""

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
        """The events of the invocation."""

    def answer(self, failed: Sequence[Message]) -> dict[str, Any]:
        """Returns the response to Lambda, so that only these messages are redelivered."""


@dataclass(frozen=True)
class SqsBatch:
    """Messages of a queue; the partial batch response lists those that failed."""

    messages: Sequence[Message]

    def answer(self, failed: Sequence[Message]) -> dict[str, Any]:
        """Returns the partial batch response in batch order (Lambda guide, batch item failures).

        Later messages of a failed message's group in a FIFO queue are reported with it.
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
    """One event that a rule sends directly to the function, without a queue."""

    messages: Sequence[Message]

    def answer(self, failed: Sequence[Message]) -> dict[str, Any]:
        """Returns nothing; raises RetryableError if it failed, so that Lambda retries."""
        if failed:
            raise RetryableError(
                "the event was not handled, see the log line before: Lambda retries it"
            )
        return {}


def entry_of(event: Mapping[str, Any]) -> Entry:
    """Returns the invocation according to its format.

    Raises ConfigurationError for any other format, because its failures could not be reported.
    """
    if isinstance(event, Mapping):
        records = event.get("Records")
        if isinstance(records, list) and all(map(_is_sqs, records)):
            return SqsBatch([_message(record) for record in records])
        if "detail-type" in event and "detail" in event:
            name = str(event.get("id", ""))
            return DirectEvent([Message(name, json.dumps(event, ensure_ascii=False), 1, "")])
    raise ConfigurationError(
        "this handler accepts SQS batches and EventBridge events: give the function an SQS event "
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
        # SQS always sends the group; without it the order of the whole queue is kept.
        group=attributes.get("MessageGroupId", "") if queue.endswith(FIFO_SUFFIX) else None,
    )
