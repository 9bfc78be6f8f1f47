"""One SQS message as Lambda hands it to a consumer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from trunkline.errors import ConfigurationError


@dataclass(frozen=True)
class Message:
    """A queued event: `attempt` counts deliveries from 1, `queue` is the queue's ARN."""

    message_id: str
    body: str
    attempt: int
    queue: str

    @classmethod
    def batch(cls, event: Mapping[str, Any]) -> list[Self]:
        """The messages of an invocation.

        Raises ConfigurationError when the invocation is no SQS batch: without the records' ids
        nothing could be reported back, so nothing may be tried.
        """
        records = event.get("Records") if isinstance(event, Mapping) else None
        if not isinstance(records, list) or not all(
            isinstance(record, dict) and record.get("eventSource") == "aws:sqs"
            for record in records
        ):
            raise ConfigurationError(
                "this handler takes SQS batches: give the function an SQS event source "
                "in its template"
            )
        return [
            cls(
                message_id=record["messageId"],
                body=record["body"],
                attempt=int(record.get("attributes", {}).get("ApproximateReceiveCount", 1)),
                queue=record.get("eventSourceARN", ""),
            )
            for record in records
        ]
