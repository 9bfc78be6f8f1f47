"""Events of one batch are committed together where they can be, and none suffers for another."""

import pytest

from tests.integration.trunkline.asked import a_batch, an_event
from tests.integration.trunkline.functions import Start
from tests.integration.trunkline.stage import Stage
from tests.integration.trunkline.wire import (
    Step,
    Wire,
    answer_lost,
    cancelled,
    death_of,
    lost,
    passed_on,
    refused,
)
from trunkline.bounds import TOGETHER_MAX

MARK = "trunkline#inbox#do-thing#"


def events(count: int, **data: object) -> list[dict[str, object]]:
    """Events of as many things."""
    return [an_event(f"e-{n}", thing_id=f"t-{n}", **data) for n in range(count)]


def test_ten_events_are_committed_in_one_transaction(
    start: Start, stage: Stage, wire: Wire
) -> None:
    """And published and deleted with one call each."""
    result = start().invoke(a_batch(*events(10)))

    assert result.failures == []
    assert [call.operation for call in wire.calls] == [
        "TransactWriteItems",
        "PutEvents",
        "BatchWriteItem",
    ]
    assert len(stage.marks()) == len(stage.heard(10)) == 10


def test_more_than_a_transaction_takes_is_committed_in_several(
    start: Start, stage: Stage, wire: Wire
) -> None:
    """Ten handlings of 30 items each: three fit, with their marks."""
    result = start().invoke(a_batch(*events(10, act="write-many", amount=30)))

    sizes = [len(call["TransactItems"]) for call in wire.seen("TransactWriteItems")]
    assert result.failures == []
    assert sizes == [93, 93, 93, 31]
    assert len(stage.marks()) == 10


def test_more_bytes_than_a_transaction_takes_are_committed_in_several(
    start: Start, stage: Stage, wire: Wire
) -> None:
    """Ten items of more than 390 KB do not fit into 4 MB with their marks."""
    batch = a_batch(*events(11, act="write-large", secret="x" * 1_000, amount=390))

    result = start().invoke(batch)

    assert result.failures == []
    assert len(wire.seen("TransactWriteItems")) == 2
    assert len(stage.marks()) == 11


def test_events_that_write_one_item_go_one_after_the_other(
    start: Start, stage: Stage, wire: Wire
) -> None:
    """One transaction takes one action on an item: all five take effect."""
    batch = a_batch(*[an_event(f"e-{n}") for n in range(5)])

    result = start().invoke(batch)

    assert result.failures == []
    assert stage.thing() == {"n": 5}
    assert len(wire.seen("TransactWriteItems")) == 5


def test_a_handler_that_read_what_an_earlier_one_of_the_batch_wrote_sees_it(
    start: Start, stage: Stage
) -> None:
    """It runs again once that is committed: its total counts both."""
    batch = a_batch(*[an_event(f"e-{n}", act="count-by-reading") for n in range(3)])

    result = start().invoke(batch)

    totals = sorted(event["detail"]["data"]["total"] for event in stage.heard(3))
    assert result.failures == []
    assert totals == [1, 2, 3]


def test_a_duplicate_in_a_group_takes_nobody_with_it(
    start: Start, stage: Stage, wire: Wire
) -> None:
    """The others are committed by a second transaction, without running again."""
    function = start()
    function.invoke(a_batch(an_event("e-1", thing_id="t-1")))
    wire.calls.clear()

    result = function.invoke(a_batch(*events(3)))

    (duplicate,) = result.lines("duplicate event")
    assert result.failures == []
    assert duplicate["event_id"] == "e-1"
    assert len(wire.seen("TransactWriteItems")) == 2
    assert [stage.thing(f"t-{n}") for n in range(3)] == [{"n": 1}] * 3


def test_an_item_changed_under_one_of_a_group_lets_that_one_run_again(
    start: Start, stage: Stage
) -> None:
    """The others are committed as they are."""
    batch = a_batch(
        an_event("e-0", thing_id="t-0"),
        an_event("e-1", thing_id="t-1", act="changed-once"),
        an_event("e-2", thing_id="t-2"),
    )

    result = start().invoke(batch)

    assert result.failures == []
    assert [stage.thing(f"t-{n}") for n in range(3)] == [{"n": 1}, {"n": 101}, {"n": 1}]


def test_one_that_dynamodb_refuses_fails_alone(start: Start) -> None:
    """DynamoDB refuses a key beyond its length, and with it every transaction that holds one."""
    batch = a_batch(
        an_event("e-0", thing_id="t-0"), an_event("e-1", thing_id="x" * 3_000), an_event("e-2")
    )

    result = start().invoke(batch)

    handled = {line["event_id"] for line in result.lines("event handled")}
    assert {"e-0", "e-2"} <= handled
    assert "m-0" not in result.failures
    assert "m-2" not in result.failures


def test_a_failing_handler_fails_alone(start: Start, stage: Stage) -> None:
    """It raised before anything was committed: the others are not touched by it."""
    batch = a_batch(
        an_event("e-0", thing_id="t-0"),
        an_event("e-1", thing_id="t-1", act="raise"),
        an_event("e-2", thing_id="t-2", act="refuse"),
        an_event("e-3", thing_id="t-3"),
    )

    result = start().invoke(batch)

    assert result.failures == ["m-1"]
    assert len(stage.dead_letters(1)) == 1
    assert sorted(stage.marks()) == [f"{MARK}e-0", f"{MARK}e-3"]


def test_contention_of_a_group_passes(start: Start, wire: Wire) -> None:
    """The same transaction is tried again, after a pause."""
    wire.script("TransactWriteItems", cancelled("TransactionConflict", "None"))

    result = start().invoke(a_batch(*events(2)))

    assert result.failures == []
    assert len(wire.seen("TransactWriteItems")) == 2


@pytest.mark.parametrize("step", [lost, answer_lost], ids=["lost", "answer lost"])
def test_a_group_whose_outcome_is_unknown_has_one_effect(
    start: Start, stage: Stage, wire: Wire, step: Step
) -> None:
    """Each of its events is looked after alone: the marks say what happened."""
    wire.script("TransactWriteItems", *[step] * 3)

    result = start().invoke(a_batch(*events(3)))
    start("sweep").invoke({"older_than_s": 0})

    assert result.failures == []
    assert [stage.thing(f"t-{n}") for n in range(3)] == [{"n": 1}] * 3
    assert len({e["detail"]["metadata"]["event_id"] for e in stage.heard(3)}) == 3


def test_a_group_that_is_refused_leaves_all_to_the_queue(
    start: Start, stage: Stage, wire: Wire
) -> None:
    """A missing right is nobody's fault: nothing is given up, nothing is written."""
    wire.always("TransactWriteItems", refused("AccessDeniedException"))

    result = start().invoke(a_batch(*events(3)))

    assert result.failures == ["m-0", "m-1", "m-2"]
    assert stage.items() == {}


def test_a_death_in_the_transaction_of_a_group_has_one_effect(
    start: Start, stage: Stage, wire: Wire
) -> None:
    """All come again and are handled one by one."""
    doomed = start()
    wire.script("TransactWriteItems", death_of(lambda: doomed.pid))
    with pytest.raises(EOFError):
        doomed.invoke(a_batch(*events(3)))
    wire.always("TransactWriteItems", passed_on)

    result = start().invoke(a_batch(*events(3), attempt=2))

    assert result.failures == []
    assert [stage.thing(f"t-{n}") for n in range(3)] == [{"n": 1}] * 3


def test_events_that_come_again_are_handled_one_by_one(start: Start, wire: Wire) -> None:
    """One of them may have ended the process before: the others are committed before its turn."""
    result = start().invoke(a_batch(*events(4), attempt=2))

    assert result.failures == []
    assert len(wire.seen("TransactWriteItems")) == 4


def test_a_refusal_on_what_the_batch_was_about_to_change_is_not_final(
    start: Start, stage: Stage
) -> None:
    """The one that takes runs again once the one that gives is committed."""
    batch = a_batch(an_event("e-0", amount=3), an_event("e-1", act="take-from-stock", amount=2))

    result = start().invoke(batch)

    assert result.failures == []
    assert stage.thing() == {"n": 1}
    assert stage.dead_letters(0) == []


def test_a_refusal_on_what_nobody_changes_is_final_at_once(start: Start, stage: Stage) -> None:
    """Its handler does not run again."""
    batch = a_batch(
        an_event("e-0", thing_id="t-0"), an_event("e-1", act="take-from-stock", amount=2)
    )

    result = start().invoke(batch)

    (letter,) = stage.dead_letters(1)
    assert result.failures == []
    assert letter["MessageAttributes"]["reason"]["StringValue"] == "out of stock"


def test_a_run_after_a_conflict_has_an_event_of_its_own(start: Start, stage: Stage) -> None:
    """What the first run did to its event is not seen."""
    start().invoke(a_batch(an_event(act="use-up-tags", tags=["a", "b"])))

    assert stage.thing() == {"n": 2}


def test_a_large_batch_is_committed_as_it_goes(start: Start, wire: Wire) -> None:
    """A function may be given thousands: what has run must not wait for the last of them."""
    count = 2 * TOGETHER_MAX + 1

    result = start().invoke(a_batch(*events(count)))

    assert result.failures == []
    assert len(wire.seen("TransactWriteItems")) == 3
