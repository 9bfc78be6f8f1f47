"""How committed events get onto the bus, and what happens to those it does not take."""

import json
from typing import Any

import pytest

from tests.integration.trunkline.asked import TRACEPARENT, a_batch, an_event
from tests.integration.trunkline.functions import Start
from tests.integration.trunkline.stage import Stage
from tests.integration.trunkline.wire import (
    Reply,
    Step,
    Wire,
    answered,
    entries_refused,
    lost,
    nothing_processed,
    passed_on,
    refused,
)

THREE = an_event(act="send-many", amount=3)


def totals(call: dict[str, Any]) -> list[int]:
    """Which of the handler's events a PutEvents call carries."""
    return [json.loads(entry["Detail"])["data"]["total"] for entry in call["Entries"]]


def test_an_entry_is_what_eventbridge_wants(start: Start, stage: Stage, wire: Wire) -> None:
    """Its own bus, source and type, and the trace that the event belongs to."""
    start().invoke(a_batch(an_event(secret="東京 🚚")))  # noqa: S106  # no secret

    ((entry,),) = [call["Entries"] for call in wire.seen("PutEvents")]
    assert entry.pop("Detail").startswith('{"metadata":{"event_id":"')
    assert entry == {
        "EventBusName": stage.name,
        "Source": "test.things",
        "DetailType": "ThingDone",
        "TraceHeader": "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1",
    }
    (heard,) = stage.heard(1)
    assert heard["detail"]["data"]["text"] == "東京 🚚"
    assert heard["detail"]["metadata"]["traceparent"] == TRACEPARENT


def test_the_events_of_a_batch_are_published_together(start: Start, wire: Wire) -> None:
    """Ten messages with one event each are one call."""
    start().invoke(a_batch(*(an_event(f"e-{index}") for index in range(10))))

    assert [len(call["Entries"]) for call in wire.seen("PutEvents")] == [10]


def test_many_events_are_cut_by_entries(start: Start, stage: Stage, wire: Wire) -> None:
    """Twenty-five events are three calls, in order."""
    start().invoke(a_batch(an_event(act="send-many", amount=25)))

    calls = [totals(call) for call in wire.seen("PutEvents")]
    assert calls == [list(range(10)), list(range(10, 20)), list(range(20, 25))]
    assert len(stage.heard(25)) == 25


def test_large_events_are_cut_by_bytes(start: Start, stage: Stage, wire: Wire) -> None:
    """Four events of 290 KB are more than one call takes."""
    events = [
        an_event(f"e-{n}", act="send-large", amount=72_500, secret="🚚")  # noqa: S106  # no secret
        for n in range(4)
    ]

    result = start().invoke(a_batch(*events))

    assert result.failures == []
    assert [len(call["Entries"]) for call in wire.seen("PutEvents")] == [3, 1]
    assert stage.outbox() == []


def test_only_entries_that_failed_are_sent_again(start: Start, stage: Stage, wire: Wire) -> None:
    """Answers belong to entries by their order; who was accepted is not sent twice."""
    wire.script("PutEvents", entries_refused(0, 2), entries_refused(1), entries_refused())

    result = start().invoke(a_batch(THREE))

    published = {
        line["event_id"]: line["eventbridge_id"] for line in result.lines("event published")
    }
    emitted = [event["event_id"] for event in result.lines("event handled")[0]["emitted"]]
    assert [totals(call) for call in wire.seen("PutEvents")] == [[0, 1, 2], [0, 2], [2]]
    assert published == {emitted[0]: "id-0", emitted[1]: "id-1", emitted[2]: "id-2"}
    assert stage.outbox() == []


def test_an_entry_that_fails_for_ever_stays_in_the_outbox(
    start: Start, stage: Stage, wire: Wire
) -> None:
    """Its message is done all the same: event and effect are committed."""
    wire.script("PutEvents", entries_refused(1), *[entries_refused(0)] * 3)

    result = start().invoke(a_batch(THREE))

    emitted = [event["event_id"] for event in result.lines("event handled")[0]["emitted"]]
    (line,) = result.lines("event not published")
    assert result.failures == []
    assert [totals(call) for call in wire.seen("PutEvents")] == [[0, 1, 2], [1], [1], [1]]
    assert (line["event_id"], line["error_code"]) == (emitted[1], "InternalFailure")
    assert stage.waiting_ids() == {emitted[1]}


REFUSALS: dict[str, tuple[Step, str]] = {
    "throttled": (refused("ThrottlingException"), "ThrottlingException"),
    "forbidden": (refused("AccessDeniedException"), "AccessDeniedException"),
    "out of order": (refused("InternalException", 500), "InternalException"),
    "cut off": (lost, "ConnectionClosedError"),
    "not JSON": (lambda _call, _forward: Reply(200, b"<html>"), "EntriesDoNotMatch"),
    "nothing": (answered({}), "EntriesDoNotMatch"),
    "fewer entries": (answered({"Entries": [{"EventId": "x"}]}), "EntriesDoNotMatch"),
    "more entries": (answered({"Entries": [{"EventId": "x"}] * 4}), "EntriesDoNotMatch"),
    "entries that say nothing": (answered({"Entries": [{}] * 3}), "NoEventId"),
}


@pytest.mark.parametrize(("step", "code"), REFUSALS.values(), ids=REFUSALS.keys())
def test_while_the_bus_is_down_events_wait_and_messages_are_done(
    start: Start, stage: Stage, wire: Wire, step: Step, code: str
) -> None:
    """Only an event's id in the answer counts as its acceptance; the sweep sends it later."""
    wire.always("PutEvents", step)
    result = start().invoke(a_batch(THREE))
    calls, waiting = len(wire.seen("PutEvents")), stage.waiting_ids()
    wire.always("PutEvents", passed_on)

    swept = start("sweep").invoke({"older_than_s": 0})

    assert result.failures == []
    assert {line["error_code"] for line in result.lines("event not published")} == {code}
    assert calls == 4
    assert swept.answer == {"answer": {"published": 3, "left": 0}}
    assert {event["detail"]["metadata"]["event_id"] for event in stage.heard(3)} == waiting
    assert stage.outbox() == []


def test_a_bus_that_hangs_does_not_use_up_the_invocation(
    start: Start, stage: Stage, wire: Wire
) -> None:
    """What is handled is reported before Lambda ends the function; the events wait."""
    wire.always("PutEvents", wire.hung)

    result = start().invoke(a_batch(an_event()), seconds=6.0)

    assert result.failures == []
    assert len(wire.seen("PutEvents")) == 1
    assert result.lines("event not published")[0]["error_code"] == "ReadTimeoutError"
    assert len(stage.outbox()) == 1


def test_rows_that_dynamodb_left_undeleted_are_deleted_by_another_call(
    start: Start, stage: Stage, wire: Wire
) -> None:
    """BatchWriteItem may do a part only, and says which part it left."""
    wire.script("BatchWriteItem", nothing_processed, nothing_processed)

    start().invoke(a_batch(THREE))

    assert len(wire.seen("BatchWriteItem")) == 3
    assert stage.outbox() == []


def test_a_row_that_cannot_be_deleted_is_sent_again_with_the_same_id(
    start: Start, stage: Stage, wire: Wire
) -> None:
    """At least once: its consumers know the id."""
    wire.script("BatchWriteItem", refused("AccessDeniedException"))
    result = start().invoke(a_batch(an_event()))

    swept = start("sweep").invoke({"older_than_s": 0})

    ids = [event["detail"]["metadata"]["event_id"] for event in stage.heard(2)]
    assert result.failures == []
    assert len(result.lines("outbox rows not deleted")) == 1
    assert swept.answer == {"answer": {"published": 1, "left": 0}}
    assert len(ids) == 2
    assert len(set(ids)) == 1
    assert stage.outbox() == []
