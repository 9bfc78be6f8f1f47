"""Events as the bus delivers them, for the tests of the runtime library."""

import json
from datetime import UTC, datetime
from typing import Any

from trunkline.envelope import Envelope, Metadata
from trunkline.outbox import OutboxRow

NOON = datetime(2026, 11, 2, 12, 0, 0, tzinfo=UTC)

METADATA: dict[str, Any] = {
    "event_id": "5f0c6a52-58a5-5a37-8f43-07b1a0de5f0e",
    "subject": "order-1",
    "occurred_at": "2026-11-02T12:00:00.000+00:00",
    "correlation_id": "corr-1",
    "causation_id": None,
    "traceparent": "00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01",
    "producer": "orders",
}


def an_event(**changes: Any) -> dict[str, Any]:
    """What EventBridge puts into a queue, changed at the top."""
    event = {
        "version": "0",
        "id": "1d7a7a0e-0000-4000-8000-000000000001",
        "source": "shop.orders",
        "detail-type": "OrderPlaced",
        "detail": {"metadata": METADATA, "data": {"order_id": "order-1"}},
    }
    return event | changes


def with_metadata(**changes: Any) -> dict[str, Any]:
    """The same with some metadata changed."""
    return an_event(detail={"metadata": METADATA | changes, "data": {"order_id": "order-1"}})


def without_metadata(name: str) -> dict[str, Any]:
    """The same with one metadata field gone."""
    metadata = {key: value for key, value in METADATA.items() if key != name}
    return an_event(detail={"metadata": metadata, "data": {}})


def an_envelope(
    event_id: str = METADATA["event_id"], data: Any = None, subject: str = METADATA["subject"]
) -> Envelope:
    """A good envelope."""
    metadata = Metadata(**METADATA | {"event_id": event_id, "subject": subject})
    return Envelope("shop.orders", "OrderPlaced", metadata, {} if data is None else data)


def a_row(event_id: str = METADATA["event_id"], data: Any = None) -> OutboxRow:
    """A committed event that waits."""
    return OutboxRow.of(an_envelope(event_id, data), NOON)


def as_body(event: Any) -> str:
    """The event as the text of a message."""
    return json.dumps(event)
