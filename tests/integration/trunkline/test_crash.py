"""What a process that dies leaves behind, and who puts it right."""

import pytest

from tests.integration.trunkline.asked import a_batch, an_event
from tests.integration.trunkline.functions import Function, Start
from tests.integration.trunkline.stage import Stage
from tests.integration.trunkline.wire import Wire, death_of, passed_on


def dies_at(function: Function, wire: Wire, operation: str) -> None:
    """The function is killed when it calls that operation: AWS never sees the call."""
    wire.script(operation, death_of(lambda: function.pid))


def test_a_crash_before_the_commit_is_as_if_nothing_had_been(
    start: Start, stage: Stage, wire: Wire
) -> None:
    """The redelivery does it all."""
    function = start()
    dies_at(function, wire, "TransactWriteItems")
    with pytest.raises(EOFError):
        function.invoke(a_batch(an_event()))
    left = stage.items()

    again = start().invoke(a_batch(an_event(), attempt=2))

    assert left == {}
    assert len(again.lines("event handled")) == 1
    assert stage.thing() == {"n": 1}
    assert len(stage.heard(1)) == 1


def test_a_crash_between_commit_and_publishing_loses_no_event(
    start: Start, stage: Stage, wire: Wire
) -> None:
    """The row is there, the redelivery is a duplicate, and a sweep sends the event once."""
    function = start()
    dies_at(function, wire, "PutEvents")
    with pytest.raises(EOFError):
        function.invoke(a_batch(an_event()))
    (waiting,) = stage.waiting_ids()

    again = start().invoke(a_batch(an_event(), attempt=2))
    before = stage.heard(0)
    swept = start("sweep").invoke({"older_than_s": 0})

    (heard,) = stage.heard(1)
    assert len(again.lines("duplicate event")) == 1
    assert again.failures == []
    assert before == []
    assert swept.answer == {"answer": {"published": 1, "left": 0, "given_up": 0}}
    assert heard["detail"]["metadata"]["event_id"] == waiting
    assert stage.outbox() == []
    assert stage.thing() == {"n": 1}


def test_a_crash_between_publishing_and_deletion_repeats_the_event_with_its_id(
    start: Start, stage: Stage, wire: Wire
) -> None:
    """Twice on the bus, one id: consumers take it once."""
    function = start()
    dies_at(function, wire, "BatchWriteItem")
    with pytest.raises(EOFError):
        function.invoke(a_batch(an_event()))

    start("sweep").invoke({"older_than_s": 0})

    ids = [event["detail"]["metadata"]["event_id"] for event in stage.heard(2)]
    assert len(ids) == 2
    assert len(set(ids)) == 1
    assert stage.outbox() == []


def test_a_crash_in_the_middle_of_a_batch_repeats_only_what_was_not_done(
    start: Start, stage: Stage, wire: Wire
) -> None:
    """Lambda delivers the whole batch again; the first two are duplicates."""
    function = start()
    wire.script("TransactWriteItems", passed_on, passed_on, death_of(lambda: function.pid))
    batch = a_batch(an_event("e-0"), an_event("e-1"), an_event("e-2"), an_event("e-3"))
    with pytest.raises(EOFError):
        function.invoke(batch)

    again = start().invoke(batch)
    start("sweep").invoke({"older_than_s": 0})

    assert len(again.lines("duplicate event")) == 2
    assert len(again.lines("event handled")) == 2
    assert stage.thing() == {"n": 4}
    assert len({event["detail"]["metadata"]["event_id"] for event in stage.heard(4)}) == 4


def test_a_crash_while_dead_lettering_repeats_the_letter_and_loses_none(
    start: Start, stage: Stage, wire: Wire
) -> None:
    """At least once."""
    function = start()
    dies_at(function, wire, "SendMessage")
    with pytest.raises(EOFError):
        function.invoke(a_batch(an_event(act="refuse")))

    again = start().invoke(a_batch(an_event(act="refuse"), attempt=2))

    assert again.failures == []
    assert len(stage.dead_letters(1)) == 1


def test_a_sweep_that_dies_is_finished_by_the_next(start: Start, stage: Stage, wire: Wire) -> None:
    """Nothing that it held was taken out of the table."""
    function = start()
    dies_at(function, wire, "PutEvents")
    with pytest.raises(EOFError):
        function.invoke(a_batch(an_event(act="send-many", amount=20)))
    first = start("sweep")
    wire.script("PutEvents", passed_on, death_of(lambda: first.pid))
    with pytest.raises(EOFError):
        first.invoke({"older_than_s": 0})

    swept = start("sweep").invoke({"older_than_s": 0})

    ids = {event["detail"]["metadata"]["event_id"] for event in stage.heard(20)}
    assert swept.answer["answer"]["left"] == 0
    assert len(ids) == 20
    assert stage.outbox() == []


def test_a_request_that_dies_after_its_commit_still_has_its_event_sent(
    start: Start, stage: Stage, wire: Wire
) -> None:
    """The client got no answer; the order and its event exist or neither does."""
    function = start("ask")
    dies_at(function, wire, "PutEvents")
    with pytest.raises(EOFError):
        function.invoke({"ask": {"thing_id": "t-1", "act": "count"}, "request_id": "r-1"})

    start("sweep").invoke({"older_than_s": 0})

    assert stage.thing() == {"n": 1}
    assert len(stage.heard(1)) == 1
