"""What happens when others change what a handler has read, or write to the same items."""

import pytest

from tests.integration.trunkline.asked import a_batch, an_event
from tests.integration.trunkline.functions import Start
from tests.integration.trunkline.stage import Stage
from tests.integration.trunkline.wire import Wire, answer_lost, cancelled, lost

DELIVERIES_MAX = 20
"""One event at least is handled in each: twenty events cannot need more."""

PASSING = ["TransactionConflict", "ProvisionedThroughputExceeded", "ThrottlingError", "NewReason"]


def test_a_handler_runs_again_on_what_is_there_now(start: Start, stage: Stage) -> None:
    """Somebody set 100 between read and commit: the second run adds to that."""
    result = start().invoke(a_batch(an_event(act="changed-once")))

    (event,) = stage.heard(1)
    assert result.failures == []
    assert stage.thing() == {"n": 101}
    assert event["detail"]["data"]["total"] == 101


@pytest.mark.parametrize("act", ["changed-always", "check-while-changed"])
def test_a_handler_whose_reads_always_change_gives_up_and_writes_nothing(
    start: Start, stage: Stage, act: str
) -> None:
    """After its re-runs the event is left to the queue, whether it writes the item or checks it."""
    result = start().invoke(a_batch(an_event(act=act), an_event("e-2", thing_id="t-2")))

    (line,) = result.lines("event failed")
    assert result.failures == ["m-0"]
    assert line["error_type"] == "ConflictError"
    assert stage.marks() == ["trunkline#inbox#do-thing#e-2"]
    assert (stage.thing("t-1"), stage.thing("t-1#result")) == ({"n": 100}, None)


def test_no_increment_is_lost_between_processes(start: Start, stage: Stage) -> None:
    """Four functions read and write one counter at once; who collides runs again or comes again."""
    functions = [start() for _ in range(4)]
    open_events = {
        index: [an_event(f"e-{index}-{n}", act="count-by-reading") for n in range(5)]
        for index in range(4)
    }

    for _ in range(DELIVERIES_MAX):
        for index, function in enumerate(functions):
            function.begin(a_batch(*open_events[index]))
        for index, function in enumerate(functions):
            failed = {int(name[2:]) for name in function.finish().failures}
            open_events[index] = [e for n, e in enumerate(open_events[index]) if n in failed]

    totals = [event["detail"]["data"]["total"] for event in stage.heard(20)]
    assert stage.thing() == {"n": 20}
    assert sorted(totals) == list(range(1, 21))


@pytest.mark.parametrize("reason", PASSING)
def test_a_transaction_that_met_others_is_tried_again(
    start: Start, stage: Stage, wire: Wire, reason: str
) -> None:
    """Reasons that pass, and those this library does not know yet: fail towards retry."""
    wire.script("TransactWriteItems", *[cancelled("None", reason)] * 3)

    result = start().invoke(a_batch(an_event()))

    assert result.failures == []
    assert stage.thing() == {"n": 1}
    assert len(wire.seen("TransactWriteItems")) == 4


def test_contention_without_end_leaves_the_event_in_its_queue(
    start: Start, stage: Stage, wire: Wire
) -> None:
    """Nothing is written, and the batch's time is not spent on it."""
    wire.always("TransactWriteItems", cancelled("TransactionConflict", "None"))

    result = start().invoke(a_batch(an_event()))

    assert result.failures == ["m-0"]
    assert result.lines("event failed")[0]["error_type"] == "CommitError"
    assert stage.items() == {}


@pytest.mark.parametrize("reason", ["ValidationError", "ItemCollectionSizeLimitExceeded"])
def test_a_transaction_that_dynamodb_can_never_take_is_dead_lettered(
    start: Start, stage: Stage, wire: Wire, reason: str
) -> None:
    """The index says which of the writes it is."""
    wire.always("TransactWriteItems", cancelled("None", reason, "TransactionConflict"))

    result = start().invoke(a_batch(an_event()))

    (letter,) = stage.dead_letters(1)
    assert result.failures == []
    told = letter["MessageAttributes"]["reason"]["StringValue"]
    assert told == f"DynamoDB can never accept these writes: {{1: '{reason}'}}"


def test_a_condition_that_failed_beside_contention_runs_the_handler_again(
    start: Start, stage: Stage, wire: Wire
) -> None:
    """What was read is out of date: the same transaction would never succeed."""
    wire.script("TransactWriteItems", cancelled("TransactionConflict", "ConditionalCheckFailed"))

    result = start().invoke(a_batch(an_event(act="count-by-reading")))

    assert result.failures == []
    assert len(wire.seen("GetItem")) == 2
    assert stage.thing() == {"n": 1}


def test_a_commit_whose_answer_is_lost_is_not_made_twice(
    start: Start, stage: Stage, wire: Wire
) -> None:
    """The repeated call carries the token of the first, so DynamoDB answers for it."""
    wire.script("TransactWriteItems", answer_lost)

    result = start().invoke(a_batch(an_event()))

    tokens = {call["ClientRequestToken"] for call in wire.seen("TransactWriteItems")}
    assert len(wire.seen("TransactWriteItems")) == 2
    assert len(tokens) == 1
    assert result.failures == []
    assert stage.thing() == {"n": 1}
    assert len(stage.heard(1)) == 1


def test_a_commit_that_is_known_only_by_its_mark_is_done(
    start: Start, stage: Stage, wire: Wire
) -> None:
    """Every answer is lost, the mark is there: the event is handled, its own event waits."""
    wire.always("TransactWriteItems", answer_lost)

    result = start().invoke(a_batch(an_event()))

    assert result.failures == []
    assert len(result.lines("duplicate event")) == 1
    assert stage.thing() == {"n": 1}
    assert len(stage.outbox()) == 1


def test_a_commit_that_never_arrived_leaves_the_event_in_its_queue(
    start: Start, stage: Stage, wire: Wire
) -> None:
    """There is no mark."""
    wire.always("TransactWriteItems", lost)

    result = start().invoke(a_batch(an_event()))

    assert result.failures == ["m-0"]
    assert stage.items() == {}
