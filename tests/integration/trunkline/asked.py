"""Batches of messages as Lambda hands them to the consumer under test."""

import json
from typing import Any

from tests.integration.trunkline.things import ThingAsked

QUEUE_ARN = "arn:aws:sqs:us-east-1:000000000000:asks"
TRACEPARENT = "00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01"


def an_event(event_id: str = "e-1", **data: Any) -> dict[str, Any]:
    """A ThingAsked as the bus delivers it; the keywords are its data."""
    return {
        "version": "0",
        "id": "1d7a7a0e-0000-4000-8000-000000000001",
        "source": ThingAsked.source,
        "detail-type": ThingAsked.detail_type,
        "detail": {
            "metadata": {
                "event_id": event_id,
                "subject": "t-1",
                "occurred_at": "2026-11-02T12:00:00.000+00:00",
                "correlation_id": "corr-1",
                "causation_id": None,
                "traceparent": TRACEPARENT,
                "producer": "asks",
            },
            "data": {"thing_id": "t-1", "act": "count", **data},
        },
    }


def in_groups(
    *groups_and_events: tuple[str, Any], attempt: int = 1, queue: str = f"{QUEUE_ARN}.fifo"
) -> dict[str, Any]:
    """A batch of messages with their message groups, of a FIFO queue unless a test says."""
    batch = a_batch(*[event for _, event in groups_and_events], attempt=attempt)
    for record, (group, _) in zip(batch["Records"], groups_and_events, strict=True):
        record["attributes"]["MessageGroupId"] = group
        record["eventSourceARN"] = queue
    return batch


def a_batch(*events: Any, attempt: int = 1) -> dict[str, Any]:
    """One invocation's messages, with the ids m-0, m-1, …; a text is a body as it stands."""
    return {
        "Records": [
            {
                "messageId": f"m-{index}",
                "receiptHandle": f"r-{index}",
                "body": event if isinstance(event, str) else json.dumps(event),
                "attributes": {"ApproximateReceiveCount": str(attempt)},
                "messageAttributes": {},
                "eventSource": "aws:sqs",
                "eventSourceARN": QUEUE_ARN,
                "awsRegion": "us-east-1",
            }
            for index, event in enumerate(events)
        ]
    }
