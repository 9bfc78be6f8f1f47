"""A bus that is away, for long, and comes back: nothing is lost, and nothing is hammered."""

from datetime import timedelta
from typing import Any

import pytest

from tests.integration.trunkline.asked import a_batch, an_event
from tests.integration.trunkline.functions import Start
from tests.integration.trunkline.rows import (
    LONG_AGO,
    a_row,
    heard_ids,
    rows_in_order,
    rows_of_partition,
    store,
)
from tests.integration.trunkline.scripted_bus import ScriptedBus
from tests.integration.trunkline.stage import Stage
from tests.integration.trunkline.wire import Step, Wire, death_of, lost, passed_on, refused
from trunkline.bounds import (
    OUTBOX_PARTITIONS,
    PUBLISH_ATTEMPTS_MAX,
    SWEEP_CHUNK_ROWS_MAX,
    SWEEP_REFUSED_CHUNKS_MAX,
)
from trunkline.effects import Effects

AWAY: dict[str, Step] = {
    "cut off": lost,
    "forbidding all": refused("AccessDeniedException"),
}


@pytest.mark.parametrize("step", AWAY.values(), ids=AWAY.keys())
def test_what_was_committed_while_the_bus_was_away_arrives_when_it_is_back(
    start: Start, stage: Stage, wire: Wire, step: Step
) -> None:
    """Messages are done, their events wait, each sweep fails, and in the end all are there."""
    wire.always("PutEvents", step)
    function, sweep = start(), start("sweep")
    done = [function.invoke(a_batch(an_event(f"e-{n}"))).failures for n in range(6)]
    failed = [sweep.invoke({"older_than_s": 0}).answer["answer"]["published"] for _ in range(2)]
    waiting = stage.waiting_ids()
    wire.always("PutEvents", passed_on)

    swept = sweep.invoke({"older_than_s": 0})

    assert done == [[]] * 6
    assert failed == [0, 0]
    assert swept.answer == {"answer": {"published": 6, "left": 0, "given_up": 0}}
    assert sorted(heard_ids(stage, 6)) == sorted(waiting)
    assert (stage.thing(), len(waiting)) == ({"n": 6}, 6)
    assert stage.outbox() == []


def test_hours_of_events_are_sent_by_one_run_if_it_has_the_time(
    start: Start, stage: Stage, wire: Wire
) -> None:
    """No bound but time ends it."""
    bus = ScriptedBus()
    store(stage, [a_row(n, LONG_AGO + timedelta(seconds=n)) for n in range(1_500)])
    wire.always("PutEvents", bus.step)

    swept = start("sweep").invoke({})

    assert swept.answer == {"answer": {"published": 1_500, "left": 0, "given_up": 0}}
    assert sorted(bus.taken) == list(range(1_500))
    assert stage.outbox() == []


def test_events_in_order_are_in_order_after_an_outage(
    start: Start, stage: Stage, wire: Wire
) -> None:
    """However many have waited: each goes after the bus has taken the one before."""
    bus = ScriptedBus()
    store(stage, rows_in_order(120))
    wire.always("PutEvents", refused("InternalException", 500))
    sweep = start("sweep")
    sweep.invoke({})
    wire.always("PutEvents", bus.step)

    swept = sweep.invoke({})

    assert swept.answer["answer"]["published"] == 120
    assert bus.taken == list(range(120))


def test_a_run_that_dies_in_the_middle_is_finished_by_the_next(
    start: Start, stage: Stage, wire: Wire
) -> None:
    """What it had sent and not deleted comes twice, with the same ids; the order stands."""
    bus = ScriptedBus()
    store(stage, rows_in_order(8))
    first = start("sweep")
    wire.always("PutEvents", bus.step)
    wire.script("PutEvents", *[bus.step] * 5, death_of(lambda: first.pid))
    with pytest.raises(EOFError):
        first.invoke({})

    swept = start("sweep").invoke({})

    assert swept.answer["answer"]["published"] == 8
    assert list(dict.fromkeys(bus.taken)) == list(range(8))
    assert stage.outbox() == []


def test_a_bus_that_takes_nothing_is_asked_for_one_event_of_a_chunk(
    start: Start, stage: Stage, wire: Wire
) -> None:
    """After the first chunk: a log line and four calls for each of thousands would help nobody."""
    rows = rows_of_partition(0, 5 * SWEEP_CHUNK_ROWS_MAX)
    store(stage, rows)
    wire.always("PutEvents", refused("InternalException", 500))

    swept = start("sweep").invoke({})

    sizes = [len(call["Entries"]) for call in wire.seen("PutEvents")]
    assert swept.answer["answer"]["left"] == len(rows)
    assert sizes == [10] * 5 * PUBLISH_ATTEMPTS_MAX + [1] * 4 * PUBLISH_ATTEMPTS_MAX
    assert len(swept.lines("event not published")) == SWEEP_CHUNK_ROWS_MAX + 4


def test_a_bus_that_is_back_in_the_middle_of_a_run_is_used(
    start: Start, stage: Stage, wire: Wire
) -> None:
    """The one event that is asked for tells: from there on all are sent."""
    store(stage, rows_of_partition(0, 3 * SWEEP_CHUNK_ROWS_MAX))
    bus = ScriptedBus()
    wire.always("PutEvents", bus.step)
    wire.script("PutEvents", *[refused("InternalException", 500)] * 5 * PUBLISH_ATTEMPTS_MAX)
    sweep = start("sweep")

    first, second = sweep.invoke({}), sweep.invoke({})

    assert first.answer["answer"]["published"] == 2 * SWEEP_CHUNK_ROWS_MAX
    assert second.answer["answer"]["published"] == SWEEP_CHUNK_ROWS_MAX
    assert stage.outbox() == []


def test_a_crowd_that_is_refused_does_not_hold_up_what_is_behind_it(
    start: Start, stage: Stage, wire: Wire
) -> None:
    """Whole chunks of events that the bus forbids, then one that it would take."""
    rows = rows_of_partition(0, 3 * SWEEP_CHUNK_ROWS_MAX + 1)
    numbers = [int(row.envelope.metadata.event_id.removeprefix("event-")) for row in rows]
    bus = ScriptedBus(refused=dict.fromkeys(numbers[:-1], "AccessDeniedException"))
    store(stage, rows)
    wire.always("PutEvents", bus.step)

    start("sweep").invoke({})

    assert bus.taken == numbers[-1:]


def test_a_run_leaves_a_partition_of_which_the_bus_takes_nothing(
    start: Start, stage: Stage, wire: Wire
) -> None:
    """It does not read the hours of an outage again and again while that lasts."""
    chunks = SWEEP_REFUSED_CHUNKS_MAX + 3
    store(stage, rows_of_partition(0, chunks * SWEEP_CHUNK_ROWS_MAX))
    wire.always("PutEvents", refused("AccessDeniedException"))

    start("sweep").invoke({})

    probes = [call for call in wire.seen("PutEvents") if len(call["Entries"]) == 1]
    assert len(probes) == SWEEP_CHUNK_ROWS_MAX + SWEEP_REFUSED_CHUNKS_MAX


def test_a_bus_that_hangs_does_not_keep_a_run_from_its_end(
    start: Start, stage: Stage, wire: Wire
) -> None:
    """It says what it left, before Lambda ends it."""
    store(stage, [a_row(number) for number in range(30)])
    wire.always("PutEvents", wire.hung)

    swept = start("sweep").invoke({}, seconds=9.0)

    assert swept.answer["answer"]["left"] > 0
    assert len(swept.lines("outbox swept")) == 1
    assert len(stage.outbox()) == 30


def counted(result: Any) -> list[float]:
    """What the run put into the metric of the oldest row."""
    (line,) = [one for one in result.logs if "_aws" in one]
    (value,) = line["OldestOutboxRow"]
    return [value, result.lines("outbox swept")[0]["oldest_s"]]


def test_the_age_of_the_oldest_row_is_measured(start: Start, stage: Stage, wire: Wire) -> None:
    """The alarm listens to it: it grows while the bus is away, and is 0 when all is out."""
    now = Effects.real().now()
    store(stage, [a_row(n, now - timedelta(hours=2, minutes=n)) for n in range(5)])
    wire.always("PutEvents", refused("InternalException", 500))
    sweep = start("sweep", POWERTOOLS_METRICS_NAMESPACE="Trunkline/test")
    away = sweep.invoke({})
    wire.always("PutEvents", passed_on)

    back = sweep.invoke({})

    oldest_s = 2 * 3_600 + 4 * 60
    assert all(oldest_s <= seconds < oldest_s + 60 for seconds in counted(away))
    assert counted(back) == [0.0, 0.0]


def test_a_row_that_is_left_is_measured_though_others_went(
    start: Start, stage: Stage, wire: Wire
) -> None:
    """One event that waits for an hour is as old among thousands that do not."""
    now = Effects.real().now()
    store(stage, [a_row(n, now - timedelta(hours=1 if n == 3 else 2)) for n in range(12)])
    wire.always("PutEvents", ScriptedBus(refused={3: "ThrottlingException"}).step)

    swept = start("sweep", POWERTOOLS_METRICS_NAMESPACE="Trunkline/test").invoke({})

    assert all(3_600 <= seconds < 3_660 for seconds in counted(swept))


def test_an_empty_outbox_is_measured_as_0(start: Start) -> None:
    """Silence would ring the alarm: it is how a sweep that does not run looks."""
    swept = start("sweep", POWERTOOLS_METRICS_NAMESPACE="Trunkline/test").invoke({})

    assert counted(swept) == [0.0, 0.0]


def test_a_run_looks_for_the_oldest_row_only_where_there_were_any(
    start: Start, stage: Stage, wire: Wire
) -> None:
    """At its end, so that what another one sent meanwhile does not count."""
    store(stage, rows_of_partition(2, 3))

    start("sweep").invoke({})

    assert len(wire.seen("Query")) == OUTBOX_PARTITIONS + 1
