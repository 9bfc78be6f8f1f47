"""Outbox rows as a crash or an outage leaves them."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.integration.trunkline.asked import TRACEPARENT
from tests.integration.trunkline.stage import Stage
from trunkline.envelope import Envelope, Metadata
from trunkline.items import Key, key_attributes, to_attributes
from trunkline.outbox import OutboxRow

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)

_BATCH_WRITE_MAX = 25


def a_row(
    number: int,
    committed_at: datetime = LONG_AGO,
    *,
    text: str = "",
    after: Key | None = None,
    ordered: bool = False,
) -> OutboxRow:
    """A committed event that waits; its number is its `total`, its subject the thing t-1."""
    metadata = Metadata(
        event_id=f"event-{number}",
        subject="t-1",
        occurred_at="2026-01-01T00:00:00.000+00:00",
        correlation_id="corr-1",
        causation_id=None,
        traceparent=TRACEPARENT,
        producer="things",
    )
    data = {"thing_id": "t-1", "total": number, "text": text}
    envelope = Envelope("test.things", "ThingDone", metadata, data)
    return OutboxRow.of(envelope, committed_at, ordered=ordered, after=after)


def rows_in_order(count: int) -> list[OutboxRow]:
    """The ordered rows of one subject, each after the one before."""
    rows: list[OutboxRow] = []
    for number in range(count):
        at = LONG_AGO + timedelta(seconds=number)
        after = rows[-1].key if rows else None
        rows.append(a_row(number, at, after=after, ordered=True))
    return rows


def rows_of_partition(partition: int, count: int) -> list[OutboxRow]:
    """That many rows that all lie in one partition, oldest first."""
    rows: list[OutboxRow] = []
    number = 0
    while len(rows) < count:
        row = a_row(number, LONG_AGO + timedelta(seconds=number))
        rows += [row] if row.key[0] == f"trunkline#outbox#{partition}" else []
        number += 1
    return rows


def store(stage: Stage, rows: list[OutboxRow]) -> None:
    """Puts rows into the table as a crash would leave them."""
    puts = [
        {"PutRequest": {"Item": key_attributes(row.key) | to_attributes(row.item())}}
        for row in rows
    ]
    for start in range(0, len(puts), _BATCH_WRITE_MAX):
        batch = puts[start : start + _BATCH_WRITE_MAX]
        stage.clients.dynamodb.batch_write_item(RequestItems={stage.name: batch})


def heard_ids(stage: Stage, count: int) -> list[str]:
    """The ids of the events that came over the bus."""
    return [event["detail"]["metadata"]["event_id"] for event in stage.heard(count)]


def numbers_in(call: dict[str, Any]) -> list[int]:
    """Which events a PutEvents call carries."""
    return [json.loads(entry["Detail"])["data"]["total"] for entry in call["Entries"]]
