"""The sweep: what it sends, what it leaves, and that nothing holds it up."""

from datetime import timedelta

import pytest

from tests.integration.trunkline.functions import Start
from tests.integration.trunkline.rows import (
    a_row,
    heard_ids,
    numbers_in,
    rows_of_partition,
    store,
)
from tests.integration.trunkline.scripted_bus import ScriptedBus
from tests.integration.trunkline.stage import Stage
from tests.integration.trunkline.wire import Wire, refused
from trunkline.bounds import OUTBOX_PARTITIONS, SWEEP_CHUNK_ROWS_MAX
from trunkline.effects import Effects

NOTHING = {"published": 0, "left": 0, "given_up": 0}


def test_rows_of_every_partition_are_sent(start: Start, stage: Stage) -> None:
    """Each once, and its row is gone."""
    rows = [a_row(number) for number in range(30)]
    store(stage, rows)

    swept = start("sweep").invoke({})

    assert swept.answer == {"answer": NOTHING | {"published": 30}}
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

    assert swept.answer == {"answer": NOTHING | {"published": 1}}
    assert stage.waiting_ids() == {"event-1"}


def test_an_empty_outbox_costs_one_look_at_each_partition(start: Start, wire: Wire) -> None:
    """This is what nearly every run finds."""
    swept = start("sweep").invoke({})

    assert swept.answer == {"answer": NOTHING}
    assert [call.operation for call in wire.calls] == ["Query"] * OUTBOX_PARTITIONS


def test_rows_are_sent_and_deleted_in_full_calls(start: Start, stage: Stage, wire: Wire) -> None:
    """Ten events are one call to the bus, twenty-five rows one to the table."""
    store(stage, rows_of_partition(0, 120))

    start("sweep").invoke({})

    assert [len(call["Entries"]) for call in wire.seen("PutEvents")] == [10] * 12
    deleted = [call["RequestItems"][stage.name] for call in wire.seen("BatchWriteItem")]
    assert [len(requests) for requests in deleted] == [25, 25, 25, 25, 20]


def test_the_oldest_rows_of_a_partition_go_first(start: Start, stage: Stage, wire: Wire) -> None:
    """Whoever waits longest waits no longer than needed."""
    rows = rows_of_partition(0, 30)
    store(stage, list(reversed(rows)))

    start("sweep").invoke({})

    sent = [number for call in wire.seen("PutEvents") for number in numbers_in(call)]
    assert [f"event-{number}" for number in sent] == [
        row.envelope.metadata.event_id for row in rows
    ]


def test_no_partition_waits_for_another_to_be_empty(start: Start, stage: Stage, wire: Wire) -> None:
    """A crowded partition gets a turn, not the run."""
    crowd = rows_of_partition(0, 2 * SWEEP_CHUNK_ROWS_MAX)
    (other,) = rows_of_partition(3, 1)
    store(stage, [*crowd, other])

    start("sweep").invoke({})

    sizes = [len(call["Entries"]) for call in wire.seen("PutEvents")]
    assert sizes == [10] * 5 + [1] + [10] * 5


def test_a_sweep_without_time_leaves_rows_and_says_so(
    start: Start, stage: Stage, wire: Wire
) -> None:
    """It ends before Lambda ends it."""
    store(stage, [a_row(number) for number in range(30)])

    swept = start("sweep").invoke({}, seconds=4.9)

    assert swept.answer["answer"]["published"] == 0
    assert swept.answer["answer"]["left"] > 0
    assert wire.seen("PutEvents") == []
    assert len(stage.outbox()) == 30


REFUSING: dict[str, ScriptedBus] = {
    "an entry": ScriptedBus(refused={3: "NotAuthorizedForDetailTypeException"}),
    "a call because of an entry": ScriptedBus(poison={3: "AccessDeniedException"}),
}


@pytest.mark.parametrize("bus", REFUSING.values(), ids=REFUSING.keys())
def test_an_event_that_the_bus_refuses_does_not_hold_up_the_others(
    start: Start, stage: Stage, wire: Wire, bus: ScriptedBus
) -> None:
    """It stays; those beside it in its call go out, and so do those behind it."""
    store(stage, [a_row(number) for number in range(60)])
    wire.always("PutEvents", bus.step)

    swept = start("sweep").invoke({})

    assert swept.answer == {"answer": {"published": 59, "left": 1, "given_up": 0}}
    assert sorted(bus.taken) == sorted(set(range(60)) - {3})
    assert stage.waiting_ids() == {"event-3"}


def test_a_sweep_that_cannot_read_the_table_fails_and_measures_nothing(
    start: Start, wire: Wire
) -> None:
    """It must not say that the outbox is empty: its silence rings the alarm."""
    wire.always("Query", refused("AccessDeniedException"))

    swept = start("sweep", POWERTOOLS_METRICS_NAMESPACE="Trunkline/test").invoke({})

    assert swept.answer["error"] == "AwsRefusedError"
    assert [line for line in swept.logs if "OldestOutboxRow" in line] == []


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
