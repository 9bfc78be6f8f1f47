"""The order of a subject's events, where a handler asks for it: that of their commits."""

import json
from typing import Any

import pytest

from tests.integration.trunkline.asked import a_batch, an_event
from tests.integration.trunkline.functions import Start
from tests.integration.trunkline.rows import beside, numbers_in, rows_in_order, store
from tests.integration.trunkline.scripted_bus import ScriptedBus
from tests.integration.trunkline.stage import Stage
from tests.integration.trunkline.wire import Call, Forward, Reply, Step, Wire, death_of, refused
from trunkline.bounds import BATCH_GET_ATTEMPTS_MAX, ORDER_LOOKS_MAX, SWEEP_CHUNK_ROWS_MAX

LEFT = {"left": 0, "given_up": 0}


def counting(event_id: str, thing_id: str = "t-1") -> dict[str, Any]:
    """An event whose handler returns one that says how far the thing has been counted."""
    return an_event(event_id, act="count-by-reading", thing_id=thing_id)


def crash_before_publishing(start: Start, wire: Wire, event_id: str) -> None:
    """A function commits and dies before its PutEvents call."""
    function = start("in_order")
    wire.script("PutEvents", death_of(lambda: function.pid))
    with pytest.raises(EOFError):
        function.invoke(a_batch(counting(event_id)))


def sent(wire: Wire) -> list[list[int]]:
    """Which events each call carried."""
    return [numbers_in(call) for call in wire.seen("PutEvents")]


def test_events_of_one_subject_do_not_share_a_call(start: Start, wire: Wire) -> None:
    """A call may take one event and refuse another."""
    start("in_order").invoke(a_batch(an_event(act="send-many", amount=4)))

    assert sent(wire) == [[0], [1], [2], [3]]


def test_events_of_several_subjects_do(start: Start, wire: Wire) -> None:
    """The order of one has nothing to do with that of another."""
    events = [an_event(f"e-{n}", thing_id=f"t-{n}", act="send-many", amount=2) for n in range(5)]

    start("in_order").invoke(a_batch(*events))

    assert sent(wire) == [[0] * 5, [1] * 5]


def test_handlers_that_do_not_ask_for_order_pay_nothing(start: Start, wire: Wire) -> None:
    """No look at what waits, one call for all."""
    start().invoke(a_batch(an_event(act="send-many", amount=4)))

    assert sent(wire) == [[0, 1, 2, 3]]
    assert wire.seen("BatchGetItem") == []


def test_one_look_serves_a_batch_and_the_first_event_of_a_subject_needs_none(
    start: Start, wire: Wire
) -> None:
    """Each event knows which one was before it."""
    function = start("in_order")
    function.invoke(a_batch(*(counting(f"a-{n}", f"t-{n}") for n in range(5))))
    looks = len(wire.seen("BatchGetItem"))

    function.invoke(a_batch(*(counting(f"b-{n}", f"t-{n}") for n in range(5))))

    (call,) = wire.seen("BatchGetItem")
    (asked,) = call["RequestItems"].values()
    assert looks == 0
    assert (len(asked["Keys"]), asked["ConsistentRead"]) == (5, True)
    assert sent(wire) == [[1] * 5, [2] * 5]


def test_what_follows_an_event_that_is_refused_waits_behind_it(
    start: Start, stage: Stage, wire: Wire
) -> None:
    """Other subjects' events do not; the sweep sends the rest in order."""
    bus = ScriptedBus(refused={1: "InternalFailure"})
    wire.always("PutEvents", bus.step)
    many = an_event(act="send-many", amount=4)

    result = start("in_order").invoke(a_batch(many, an_event("e-2", thing_id="t-2", amount=9)))

    codes = [line["error_code"] for line in result.lines("event not published")]
    assert codes == ["InternalFailure", "EarlierEventWaits", "EarlierEventWaits"]
    assert bus.taken == [0, 0]
    bus.refused.clear()
    swept = start("sweep").invoke({"older_than_s": 0})
    assert swept.answer == {"answer": LEFT | {"published": 3}}
    assert bus.taken == [0, 0, 1, 2, 3]
    assert stage.outbox() == []


def test_an_event_that_a_crash_left_is_sent_before_the_next_of_its_subject(
    start: Start, stage: Stage, wire: Wire
) -> None:
    """Another function commits the second one, looks, and sends both in their order."""
    bus = ScriptedBus()
    wire.always("PutEvents", bus.step)
    crash_before_publishing(start, wire, "e-1")

    result = start("in_order").invoke(a_batch(counting("e-2")))

    assert result.failures == []
    assert bus.taken == [1, 2]
    assert sent(wire)[-2:] == [[1], [2]]
    assert stage.outbox() == []


def test_several_that_crashes_left_are_found_one_behind_the_other(
    start: Start, stage: Stage, wire: Wire
) -> None:
    """Each names the one before it."""
    bus = ScriptedBus()
    wire.always("PutEvents", bus.step)
    for number in range(3):
        crash_before_publishing(start, wire, f"e-{number}")

    start("in_order").invoke(a_batch(counting("e-3")))

    assert bus.taken == [1, 2, 3, 4]
    assert stage.outbox() == []


def test_while_the_event_before_it_is_refused_an_event_is_not_sent(
    start: Start, stage: Stage, wire: Wire
) -> None:
    """Its message is done; it waits in the outbox with the other."""
    bus = ScriptedBus(refused={1: "InternalFailure"})
    wire.always("PutEvents", bus.step)
    crash_before_publishing(start, wire, "e-1")

    result = start("in_order").invoke(a_batch(counting("e-2")))

    assert result.failures == []
    assert bus.taken == []
    assert [2] not in sent(wire)
    assert len(stage.outbox()) == 2


def test_more_than_a_function_can_see_is_left_to_the_sweep(
    start: Start, stage: Stage, wire: Wire
) -> None:
    """The function sends nothing of the subject; the sweep sends all of it in order."""
    bus = ScriptedBus()
    wire.always("PutEvents", bus.step)
    function = start("in_order")
    wire.always("PutEvents", refused("InternalException", 500))
    count = ORDER_LOOKS_MAX + 2
    for number in range(count):
        function.invoke(a_batch(counting(f"e-{number}")), seconds=1.5)
    wire.always("PutEvents", bus.step)

    result = function.invoke(a_batch(counting("e-last")))
    taken = list(bus.taken)
    start("sweep").invoke({"older_than_s": 0})

    (line,) = result.lines("event not published")
    assert (taken, line["error_code"]) == ([], "EarlierEventWaits")
    assert bus.taken == list(range(1, count + 2))
    assert stage.outbox() == []


def keys_unprocessed(call: Call, _forward: Forward) -> Reply:
    """BatchGetItem reads nothing, for want of capacity."""
    return Reply(200, json.dumps({"UnprocessedKeys": call.body["RequestItems"]}).encode())


UNSEEN: dict[str, tuple[Step, int]] = {
    "forbidden": (refused("AccessDeniedException"), 1),
    "reading nothing": (keys_unprocessed, BATCH_GET_ATTEMPTS_MAX),
}


@pytest.mark.parametrize(("step", "calls"), UNSEEN.values(), ids=UNSEEN.keys())
def test_an_event_waits_when_nobody_can_see_what_is_before_it(
    start: Start, wire: Wire, step: Step, calls: int
) -> None:
    """It is committed, so its message is done; the sweep, which can see, sends it."""
    bus = ScriptedBus()
    wire.always("PutEvents", bus.step)
    crash_before_publishing(start, wire, "e-1")
    wire.always("BatchGetItem", step)

    result = start("in_order").invoke(a_batch(counting("e-2")))

    assert result.failures == []
    assert len(wire.seen("BatchGetItem")) == calls
    assert bus.taken == []
    start("sweep").invoke({"older_than_s": 0})
    assert bus.taken == [1, 2]


def test_what_the_table_left_unread_is_asked_for_again(
    start: Start, stage: Stage, wire: Wire
) -> None:
    """BatchGetItem may answer a part only, and says which it left."""
    bus = ScriptedBus()
    wire.always("PutEvents", bus.step)
    crash_before_publishing(start, wire, "e-1")
    wire.script("BatchGetItem", keys_unprocessed)

    start("in_order").invoke(a_batch(counting("e-2")))

    assert bus.taken == [1, 2]
    assert stage.outbox() == []


def test_what_follows_an_event_that_is_given_up_goes_on_its_way(
    start: Start, stage: Stage, wire: Wire
) -> None:
    """It will never be on the bus: nothing can be before or after it there."""
    bus = ScriptedBus(refused={1: "MalformedDetail"})
    store(stage, rows_in_order(4))
    wire.always("PutEvents", bus.step)
    sweep = start("sweep")

    first, second = sweep.invoke({}), sweep.invoke({})

    assert first.answer == {"answer": {"published": 1, "left": 2, "given_up": 1}}
    assert second.answer == {"answer": {"published": 2, "left": 0, "given_up": 0}}
    assert bus.taken == [0, 2, 3]
    assert len(stage.dead_letters(1)) == 1


def test_an_event_waits_for_a_row_before_it_that_holds_none(
    start: Start, stage: Stage, wire: Wire
) -> None:
    """A function cannot tell what it was; once the sweep has given it up, the way is free."""
    bus = ScriptedBus()
    wire.always("PutEvents", bus.step)
    crash_before_publishing(start, wire, "e-1")
    (row,) = stage.outbox()
    stage.put({"pk": {"S": str(row["pk"])}, "sk": {"S": str(row["sk"])}})

    start("in_order").invoke(a_batch(counting("e-2")))
    before = list(bus.taken)
    sweep = start("sweep")
    sweep.invoke({"older_than_s": 0})
    sweep.invoke({"older_than_s": 0})

    assert before == []
    assert bus.taken == [2]
    assert stage.outbox() == []


def test_a_bus_that_takes_nothing_is_asked_for_an_event_that_none_must_go_before(
    start: Start, stage: Stage, wire: Wire
) -> None:
    """Each then goes once: asking for the last of a subject would send all before it."""
    refusing = rows_in_order(SWEEP_CHUNK_ROWS_MAX)
    others = rows_in_order(8, beside("t-1"), first=SWEEP_CHUNK_ROWS_MAX)
    bus = ScriptedBus(refused={0: "AccessDeniedException"})
    store(stage, [*refusing, *others])
    wire.always("PutEvents", bus.step)

    start("sweep").invoke({})

    assert bus.taken == list(range(SWEEP_CHUNK_ROWS_MAX, SWEEP_CHUNK_ROWS_MAX + 8))


def test_a_subject_that_is_refused_is_not_asked_for_again_by_the_same_run(
    start: Start, stage: Stage, wire: Wire
) -> None:
    """A hundred events behind one that is refused are left, not tried one after the other."""
    store(stage, rows_in_order(120))
    wire.always("PutEvents", ScriptedBus(refused={0: "AccessDeniedException"}).step)

    swept = start("sweep").invoke({})

    assert swept.answer == {"answer": {"published": 0, "left": 120, "given_up": 0}}
    assert {tuple(numbers) for numbers in sent(wire)} == {(0,)}
