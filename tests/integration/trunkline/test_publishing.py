"""How committed events get onto the bus, and what happens to those it does not take."""

import pytest

from tests.integration.trunkline.asked import TRACEPARENT, a_batch, an_event
from tests.integration.trunkline.functions import Start
from tests.integration.trunkline.rows import numbers_in
from tests.integration.trunkline.scripted_bus import ScriptedBus
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

    calls = [numbers_in(call) for call in wire.seen("PutEvents")]
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
        one["event_id"]: one["eventbridge_id"]
        for line in result.lines("events published")
        for one in line["events"]
    }
    emitted = [event["event_id"] for event in result.lines("event handled")[0]["emitted"]]
    assert [numbers_in(call) for call in wire.seen("PutEvents")] == [[0, 1, 2], [0, 2], [2]]
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
    assert [numbers_in(call) for call in wire.seen("PutEvents")] == [[0, 1, 2], [1], [1], [1]]
    assert (line["event_id"], line["error_code"]) == (emitted[1], "InternalFailure")
    assert stage.waiting_ids() == {emitted[1]}


def test_a_call_that_is_refused_as_a_whole_is_made_again_for_each_event(
    start: Start, stage: Stage, wire: Wire
) -> None:
    """One of its events may be the reason: the others must not wait for it."""
    wire.always("PutEvents", ScriptedBus(poison={1: "AccessDeniedException"}).step)

    result = start().invoke(a_batch(THREE))

    emitted = [event["event_id"] for event in result.lines("event handled")[0]["emitted"]]
    (line,) = result.lines("event not published")
    assert result.failures == []
    assert [numbers_in(call) for call in wire.seen("PutEvents")] == [[0, 1, 2], [0], [1], [2]]
    assert (line["event_id"], line["error_code"]) == (emitted[1], "AccessDeniedException")
    assert stage.waiting_ids() == {emitted[1]}


def test_one_line_tells_of_all_events_of_a_call(start: Start) -> None:
    """Each with what names it and its EventBridge id, and nothing of its data."""
    batch = a_batch(*(an_event(f"e-{n}", secret="s3cret") for n in range(12)))  # noqa: S106 - no password

    lines = start().invoke(batch).lines("events published")

    events = [event for line in lines for event in line["events"]]
    assert [len(line["events"]) for line in lines] == [10, 2]
    assert {event["causation_id"] for event in events} == {f"e-{n}" for n in range(12)}
    assert {(event["source"], event["subject"]) for event in events} == {("test.things", "t-1")}
    assert len({event["eventbridge_id"] for event in events}) == 12
    assert "s3cret" not in str(lines)


REFUSALS: dict[str, tuple[Step, str]] = {
    "throttled": (refused("ThrottlingException"), "ThrottlingException"),
    "cut off": (lost, "RemoteDisconnected"),
    "not JSON": (lambda _call, _forward: Reply(200, b"<html>"), "NotJson"),
    "nothing": (answered({}), "EntriesDoNotMatch"),
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
    assert swept.answer == {"answer": {"published": 3, "left": 0, "given_up": 0}}
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
    assert result.lines("event not published")[0]["error_code"] == "TimeoutError"
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
    assert swept.answer == {"answer": {"published": 1, "left": 0, "given_up": 0}}
    assert len(ids) == 2
    assert len(set(ids)) == 1
    assert stage.outbox() == []
