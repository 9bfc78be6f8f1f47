"""The sweep: what it sends, what it leaves, and that nothing holds it up."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.integration.trunkline.asked import TRACEPARENT
from tests.integration.trunkline.functions import Start
from tests.integration.trunkline.stage import Stage
from tests.integration.trunkline.wire import Wire, refused
from trunkline.bounds import OUTBOX_PARTITIONS, SWEEP_ROWS_MAX
from trunkline.effects import Effects
from trunkline.envelope import Envelope, Metadata
from trunkline.items import key_attributes, to_attributes
from trunkline.outbox import OutboxRow

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
BATCH_WRITE_MAX = 25


def a_row(number: int, committed_at: datetime = LONG_AGO) -> OutboxRow:
    """A committed event that waits."""
    metadata = Metadata(
        event_id=f"event-{number}",
        subject="t-1",
        occurred_at="2026-01-01T00:00:00.000+00:00",
        correlation_id="corr-1",
        causation_id=None,
        traceparent=TRACEPARENT,
        producer="things",
    )
    data = {"thing_id": "t-1", "total": number}
    return OutboxRow.of(Envelope("test.things", "ThingDone", metadata, data), committed_at)


def store(stage: Stage, rows: list[OutboxRow]) -> None:
    """Puts rows into the table as a crash would leave them."""
    puts = [
        {"PutRequest": {"Item": key_attributes(row.key) | to_attributes(row.item())}}
        for row in rows
    ]
    for start in range(0, len(puts), BATCH_WRITE_MAX):
        batch = puts[start : start + BATCH_WRITE_MAX]
        stage.clients.dynamodb.batch_write_item(RequestItems={stage.name: batch})


def heard_ids(stage: Stage, count: int) -> list[str]:
    """The ids of the events that came over the bus."""
    return [event["detail"]["metadata"]["event_id"] for event in stage.heard(count)]


def test_rows_of_every_partition_are_sent(start: Start, stage: Stage) -> None:
    """Each once, and its row is gone."""
    rows = [a_row(number) for number in range(30)]
    store(stage, rows)

    swept = start("sweep").invoke({})

    assert swept.answer == {"answer": {"published": 30, "left": 0}}
    assert sorted(heard_ids(stage, 30)) == sorted(f"event-{number}" for number in range(30))
    assert stage.outbox() == []
    assert {row.key[0] for row in rows} == {
        f"trunkline#outbox#{n}" for n in range(OUTBOX_PARTITIONS)
    }


def test_rows_that_are_young_are_left_to_the_function_that_wrote_them(
    start: Start, stage: Stage
) -> None:
    """They are most likely under way."""
    now = Effects.real().now()
    store(stage, [a_row(1, now), a_row(2, now - timedelta(seconds=61))])

    swept = start("sweep").invoke({"source": "aws.scheduler", "detail-type": "Scheduled Event"})

    assert swept.answer == {"answer": {"published": 1, "left": 0}}
    assert stage.waiting_ids() == {"event-1"}


def test_an_empty_outbox_costs_no_call_to_the_bus(start: Start, wire: Wire) -> None:
    """This is what nearly every run finds."""
    swept = start("sweep").invoke({})

    assert swept.answer == {"answer": {"published": 0, "left": 0}}
    assert wire.seen("PutEvents") == []
    assert wire.seen("BatchWriteItem") == []


BROKEN: dict[str, dict[str, Any]] = {
    "without detail": {"source": {"S": "test.things"}, "detail_type": {"S": "ThingDone"}},
    "with broken detail": {"detail": {"S": "{"}, "source": {"S": "s"}, "detail_type": {"S": "t"}},
    "with foreign detail": {"detail": {"M": {}}, "source": {"N": "1"}},
    "empty": {},
}


@pytest.mark.parametrize("attributes", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_row_does_not_hold_up_the_rows_behind_it(
    start: Start, stage: Stage, attributes: dict[str, Any]
) -> None:
    """It is reported and left for somebody to look at; all others are sent."""
    for partition in range(OUTBOX_PARTITIONS):
        key = key_attributes((f"trunkline#outbox#{partition}", "2025-01-01T00:00:00.000000Z#old"))
        stage.put(key | attributes)
    store(stage, [a_row(number) for number in range(12)])

    swept = start("sweep").invoke({})

    assert swept.answer == {"answer": {"published": 12, "left": OUTBOX_PARTITIONS}}
    assert len(swept.lines("outbox row unreadable")) == OUTBOX_PARTITIONS
    assert len(heard_ids(stage, 12)) == 12
    assert len(stage.outbox()) == OUTBOX_PARTITIONS


def test_more_rows_than_one_run_takes_are_sent_by_the_next(start: Start, stage: Stage) -> None:
    """The answer says that some are left, so that nobody takes the outbox for empty."""
    rows = [a_row(number) for number in range(4 * (SWEEP_ROWS_MAX + 60))]
    crowded = [row for row in rows if row.key[0] == "trunkline#outbox#0"][: SWEEP_ROWS_MAX + 3]
    store(stage, crowded)
    sweep = start("sweep")

    first = sweep.invoke({})
    second = sweep.invoke({})

    assert len(crowded) == SWEEP_ROWS_MAX + 3
    assert first.answer == {"answer": {"published": SWEEP_ROWS_MAX, "left": 1}}
    assert second.answer == {"answer": {"published": 3, "left": 0}}
    assert stage.outbox() == []


def test_a_sweep_without_time_leaves_rows_and_says_so(
    start: Start, stage: Stage, wire: Wire
) -> None:
    """It ends before Lambda ends it."""
    store(stage, [a_row(number) for number in range(30)])

    swept = start("sweep").invoke({}, seconds=0.9)

    assert swept.answer["answer"]["published"] == 0
    assert swept.answer["answer"]["left"] > 0
    assert wire.seen("PutEvents") == []
    assert len(stage.outbox()) == 30


def test_rows_that_the_bus_refuses_do_not_hold_up_the_others(
    start: Start, stage: Stage, wire: Wire
) -> None:
    """One call that fails for good costs its own events their turn, nobody else's."""
    store(stage, [a_row(number) for number in range(60)])
    wire.script("PutEvents", *[refused("AccessDeniedException")] * 4)

    swept = start("sweep").invoke({})

    left = swept.answer["answer"]["left"]
    assert left == 10
    assert swept.answer["answer"]["published"] == 50
    assert len(stage.outbox()) == 10


def test_two_sweeps_at_once_lose_nothing(start: Start, stage: Stage) -> None:
    """An event may be sent by both, with one id."""
    store(stage, [a_row(number) for number in range(40)])
    sweeps = [start("sweep"), start("sweep")]

    for sweep in sweeps:
        sweep.begin({})
    for sweep in sweeps:
        sweep.finish()

    assert set(heard_ids(stage, 40)) == {f"event-{number}" for number in range(40)}
    assert stage.outbox() == []
