"""Outbox rows as a crash or an outage leaves them."""

import json
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from tests.integration.trunkline.asked import TRACEPARENT
from tests.integration.trunkline.stage import Stage
from trunkline.envelope import Envelope, Metadata
from trunkline.items import key_attributes, to_attributes
from trunkline.outbox import OutboxRow, row_key

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)

_BATCH_WRITE_MAX = 25


def a_row(number: int, committed_at: datetime = LONG_AGO, text: str = "") -> OutboxRow:
    """A committed event of the thing t-1 that waits; its number is its `total`."""
    return OutboxRow.of(_event(number, "t-1", text), committed_at)


def rows_in_order(total: int, subject: str = "t-1", first: int = 0) -> list[OutboxRow]:
    """The ordered rows of one subject, each after the one before, numbered from `first` on."""
    rows: list[OutboxRow] = []
    for number in range(first, first + total):
        at = LONG_AGO + timedelta(seconds=number)
        after = rows[-1].key if rows else None
        rows.append(OutboxRow.of(_event(number, subject), at, ordered=True, after=after))
    return rows


def beside(subject: str) -> str:
    """Another subject, whose ordered rows lie in the same partition."""
    others = (f"{subject}-{number}" for number in count())
    return next(one for one in others if _partition_of(one) == _partition_of(subject))


def _partition_of(subject: str) -> str:
    return row_key(subject, LONG_AGO, "any")[0]


def _event(number: int, subject: str, text: str = "") -> Envelope:
    metadata = Metadata(
        event_id=f"event-{number}",
        subject=subject,
        occurred_at="2026-01-01T00:00:00.000+00:00",
        correlation_id="corr-1",
        causation_id=None,
        traceparent=TRACEPARENT,
        producer="things",
    )
    data = {"thing_id": subject, "total": number, "text": text}
    return Envelope("test.things", "ThingDone", metadata, data)


def rows_of_partition(partition: int, total: int) -> list[OutboxRow]:
    """That many rows that all lie in one partition, oldest first."""
    rows: list[OutboxRow] = []
    number = 0
    while len(rows) < total:
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


def heard_ids(stage: Stage, total: int) -> list[str]:
    """The ids of the events that came over the bus."""
    return [event["detail"]["metadata"]["event_id"] for event in stage.heard(total)]


def numbers_in(call: dict[str, Any]) -> list[int]:
    """Which events a PutEvents call carries."""
    return [json.loads(entry["Detail"])["data"]["total"] for entry in call["Entries"]]
