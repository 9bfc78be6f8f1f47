"""Committed events that can never be sent: where they go, with what reason, and what just waits."""

import json
from typing import Any

import pytest

from tests.integration.trunkline.asked import a_batch, an_event
from tests.integration.trunkline.functions import Start
from tests.integration.trunkline.rows import a_row, store
from tests.integration.trunkline.scripted_bus import ScriptedBus
from tests.integration.trunkline.stage import Stage
from tests.integration.trunkline.wire import Wire, death_of, lost
from trunkline.bounds import OUTBOX_PARTITIONS
from trunkline.items import key_attributes

OLD = "2025-01-01T00:00:00.000000Z#old"

FOR_GOOD: dict[str, ScriptedBus] = {
    "MalformedDetail": ScriptedBus(refused={3: "MalformedDetail"}),
    "InvalidArgument": ScriptedBus(refused={3: "InvalidArgument"}),
    "ValidationException": ScriptedBus(poison={3: "ValidationException"}),
}


@pytest.mark.parametrize(("code", "bus"), FOR_GOOD.items(), ids=FOR_GOOD.keys())
def test_an_event_that_the_bus_refuses_for_good_is_dead_lettered(
    start: Start, stage: Stage, wire: Wire, code: str, bus: ScriptedBus
) -> None:
    """It lies there as a consumer would have seen it, with the reason; the others go out."""
    store(stage, [a_row(number, text="東京 🚚") for number in range(12)])
    wire.always("PutEvents", bus.step)

    swept = start("sweep", TRUNKLINE_RULE="").invoke({})  # a sweep has none

    (letter,) = stage.dead_letters(1)
    event = json.loads(letter["Body"])
    told = {name: value["StringValue"] for name, value in letter["MessageAttributes"].items()}
    assert swept.answer == {"answer": {"published": 11, "left": 0, "given_up": 1}}
    assert (event["source"], event["detail-type"]) == ("test.things", "ThingDone")
    assert event["detail"] == json.loads(a_row(3, text="東京 🚚").detail)
    assert told == {
        "reason": f"EventBridge refuses the event permanently: {code}",
        "error_type": code,
        "event_id": "event-3",
    }
    assert stage.outbox() == []


def test_a_dead_letter_carries_the_trace_of_its_event(
    start: Start, stage: Stage, wire: Wire
) -> None:
    """Who takes it from the queue continues the trace that the event belongs to."""
    store(stage, [a_row(3)])
    wire.always("PutEvents", ScriptedBus(refused={3: "MalformedDetail"}).step)

    start("sweep").invoke({})

    (sent,) = wire.seen("SendMessage")
    assert sent["MessageSystemAttributes"]["AWSTraceHeader"]["StringValue"] == (
        "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
    )


def test_what_is_given_up_is_logged_and_counted_without_its_data(
    start: Start, stage: Stage, wire: Wire
) -> None:
    """Ids and the reason, nothing of the event itself."""
    store(stage, [a_row(3, text="ada@example.com")])
    wire.always("PutEvents", ScriptedBus(refused={3: "MalformedDetail"}).step)

    swept = start("sweep", POWERTOOLS_METRICS_NAMESPACE="Trunkline/test").invoke({})

    (line,) = swept.lines("event given up")
    (counted,) = [one for one in swept.logs if "_aws" in one]
    assert (line["event_id"], line["error_type"]) == ("event-3", "MalformedDetail")
    assert counted["EventsDeadLettered"] == [1.0]
    assert "ada@example.com" not in json.dumps(swept.logs)


WAITING: dict[str, ScriptedBus] = {
    "throttled": ScriptedBus(refused={3: "ThrottlingException"}),
    "a forbidden call": ScriptedBus(poison={3: "AccessDeniedException"}),
}


@pytest.mark.parametrize("bus", WAITING.values(), ids=WAITING.keys())
def test_an_event_that_is_not_at_fault_waits(
    start: Start, stage: Stage, wire: Wire, bus: ScriptedBus
) -> None:
    """It is published when the cause is gone."""
    store(stage, [a_row(number) for number in range(12)])
    wire.always("PutEvents", bus.step)
    sweep = start("sweep")
    first = sweep.invoke({})
    bus.refused.clear()
    bus.poison.clear()

    second = sweep.invoke({})

    assert first.answer == {"answer": {"published": 11, "left": 1, "given_up": 0}}
    assert second.answer == {"answer": {"published": 1, "left": 0, "given_up": 0}}
    assert stage.dead_letters(0) == []
    assert sorted(bus.taken) == list(range(12))


BROKEN: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "without detail": (
        {"source": {"S": "test.things"}, "detail_type": {"S": "ThingDone"}},
        {"source": "test.things", "detail-type": "ThingDone", "detail": None},
    ),
    "with broken detail": (
        {"detail": {"S": "{"}, "source": {"S": "s"}, "detail_type": {"S": "t"}},
        {"source": "s", "detail-type": "t", "detail": "{"},
    ),
    "without metadata": (
        {"detail": {"S": '{"data":{"a":1}}'}, "source": {"S": "s"}, "detail_type": {"S": "t"}},
        {"source": "s", "detail-type": "t", "detail": {"data": {"a": 1}}},
    ),
    "with foreign detail": (
        {"detail": {"M": {}}, "source": {"N": "1"}},
        {"source": 1, "detail-type": None, "detail": {}},
    ),
    "empty": ({}, {"source": None, "detail-type": None, "detail": None}),
}


@pytest.mark.parametrize(("attributes", "event"), BROKEN.values(), ids=BROKEN.keys())
def test_a_row_that_holds_no_event_is_dead_lettered(
    start: Start, stage: Stage, attributes: dict[str, Any], event: dict[str, Any]
) -> None:
    """Nobody ever could send it: what there is of it is kept, and the rows behind it go out."""
    more = {"note": {"B": b"\x00\xff"}, "n": {"N": "1.5"}}
    for partition in range(OUTBOX_PARTITIONS):
        key = key_attributes((f"trunkline#outbox#{partition}", OLD))
        stage.put(key | attributes | more)
    store(stage, [a_row(number) for number in range(12)])

    swept = start("sweep").invoke({})

    letters = stage.dead_letters(OUTBOX_PARTITIONS)
    bodies = [json.loads(letter["Body"]) for letter in letters]
    places = [body.pop("row")["pk"] for body in bodies]
    assert swept.answer["answer"] == {"published": 12, "left": 0, "given_up": OUTBOX_PARTITIONS}
    assert bodies == [event] * OUTBOX_PARTITIONS
    assert len(set(places)) == OUTBOX_PARTITIONS
    assert {one["MessageAttributes"]["error_type"]["StringValue"] for one in letters} == {
        "InvalidEventError"
    }
    assert stage.outbox() == []


def test_an_event_stays_while_the_dead_letter_queue_is_away(
    start: Start, stage: Stage, wire: Wire
) -> None:
    """It is not gone before it lies there; the events beside it go out all the same."""
    store(stage, [a_row(number) for number in range(12)])
    stage.put(key_attributes(("trunkline#outbox#0", OLD)))
    bus = ScriptedBus(refused={3: "MalformedDetail"})
    wire.always("PutEvents", bus.step)
    away = start("sweep", TRUNKLINE_DLQ_URL=f"{stage.dlq_url}-that-nobody-made").invoke({})
    left = len(stage.outbox())

    swept = start("sweep").invoke({})

    assert away.answer == {"answer": {"published": 11, "left": 2, "given_up": 0}}
    assert left == len(away.lines("event not given up")) == 2
    assert swept.answer == {"answer": {"published": 0, "left": 0, "given_up": 2}}
    assert len(stage.dead_letters(2)) == 2
    assert stage.outbox() == []


def test_a_crash_while_giving_up_repeats_the_letter_and_loses_none(
    start: Start, stage: Stage, wire: Wire
) -> None:
    """Dead between the queue and the deletion: the row is still there, and goes there again."""
    store(stage, [a_row(3)])
    wire.always("PutEvents", ScriptedBus(refused={3: "MalformedDetail"}).step)
    first = start("sweep")
    wire.script("BatchWriteItem", death_of(lambda: first.pid))
    with pytest.raises(EOFError):
        first.invoke({})

    start("sweep").invoke({})

    assert {
        one["MessageAttributes"]["event_id"]["StringValue"] for one in stage.dead_letters(2)
    } == {"event-3"}
    assert stage.outbox() == []


def test_a_crash_before_the_letter_leaves_the_row(start: Start, stage: Stage, wire: Wire) -> None:
    """Dead before the queue has it: nothing was deleted, and the next run sees to it."""
    store(stage, [a_row(3)])
    wire.always("PutEvents", ScriptedBus(refused={3: "MalformedDetail"}).step)
    first = start("sweep")
    wire.script("SendMessage", death_of(lambda: first.pid))
    with pytest.raises(EOFError):
        first.invoke({})
    waiting = stage.waiting_ids()

    start("sweep").invoke({})

    assert waiting == {"event-3"}
    assert len(stage.dead_letters(1)) == 1
    assert stage.outbox() == []


def test_a_letter_whose_answer_is_lost_lies_there_at_least_once(
    start: Start, stage: Stage, wire: Wire
) -> None:
    """The call is made again."""
    store(stage, [a_row(3)])
    wire.always("PutEvents", ScriptedBus(refused={3: "MalformedDetail"}).step)
    wire.script("SendMessage", lost)

    swept = start("sweep").invoke({})

    assert swept.answer["answer"]["given_up"] == 1
    assert len(stage.dead_letters(1)) == 1


def test_the_function_that_committed_the_event_never_gives_it_up(
    start: Start, stage: Stage, wire: Wire
) -> None:
    """Its dead-letter queue is for what it consumes; its committed events are the sweep's."""
    wire.always("PutEvents", ScriptedBus(refused={0: "MalformedDetail"}).step)

    result = start().invoke(a_batch(an_event()))

    assert result.failures == []
    assert [line["error_code"] for line in result.lines("event not published")] == [
        "MalformedDetail"
    ]
    assert len(wire.seen("PutEvents")) == 1
    assert wire.seen("SendMessage") == []
    assert len(stage.outbox()) == 1


def test_a_sweep_without_a_dead_letter_queue_touches_nothing(
    start: Start, stage: Stage, wire: Wire
) -> None:
    """Its template must name one: else a row that can never be sent would stay for ever."""
    store(stage, [a_row(1)])

    swept = start("sweep", TRUNKLINE_DLQ_URL="").invoke({})

    assert swept.answer["error"] == "ConfigurationError"
    assert "TRUNKLINE_DLQ_URL" in swept.answer["message"]
    assert wire.calls == []
