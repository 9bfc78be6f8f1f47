"""Where deliveries are struck, and what then becomes of their calls."""

import threading

import pytest

from trunklab.prove.crash_points import (
    EVERYWHERE,
    FIRST,
    RESPONSE,
    Point,
    Scene,
    Strike,
    When,
    points_of,
)
from trunklab.testing.wire import Call, Reply


class Far:
    """The far side of a wire, and a process that can die."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.process = self.new_process()

    def new_process(self) -> Scene:
        """A process that takes over from the one before."""
        return Scene(lambda: self.done.append("dead"), lambda: self.done.append("changed"))

    def call(self, strike: Strike, operation: str, key: str = "") -> Reply | None:
        """One call of the process."""

        def forward() -> Reply:
            self.done.append(operation)
            return Reply(200, b"")

        return strike.take(self.process, Call(operation, {"Key": key}), forward)


def test_each_call_is_struck_in_seven_ways_and_the_answer_in_one() -> None:
    """Killed, held, cut, throttled, refused; and all done, but nobody hears of it."""
    points = points_of(["GetItem", "PutItem"])

    assert [(one.number, one.when) for one in points[:7]] == [
        (1, When.BEFORE),
        (1, When.AFTER),
        (1, When.HELD),
        (1, When.CUT_BEFORE),
        (1, When.CUT_AFTER),
        (1, When.THROTTLED),
        (1, When.REFUSED),
    ]
    assert len(points) == 15
    assert (points[-1].operation, points[-1].when) == (RESPONSE, When.AFTER)


def test_only_the_strikes_that_were_asked_for_have_points() -> None:
    """The lost answer is a death: it comes with the deaths after a call."""
    assert [str(one) for one in points_of(["PutItem"], [When.CHANGED])] == [
        "changed at call 1, PutItem"
    ]


def test_a_process_that_calls_nobody_can_still_lose_its_answer() -> None:
    """A broken message that its queue gives up makes no call."""
    assert [one.operation for one in points_of([])] == [RESPONSE]


@pytest.mark.parametrize(
    ("when", "done"),
    [
        (When.BEFORE, ["GetItem", "dead"]),
        (When.AFTER, ["GetItem", "PutItem", "dead"]),
    ],
)
def test_a_process_dies_at_its_point_and_nowhere_else(when: When, done: list[str]) -> None:
    """Before it, AWS never hears of the call; after it, AWS did it and nobody knows."""
    far = Far()
    strike = Strike(Point(2, "PutItem", when))

    replies = [far.call(strike, operation) for operation in ("GetItem", "PutItem")]

    assert replies == [Reply(200, b""), None]
    assert far.done == done
    assert strike.reached.is_set()


@pytest.mark.parametrize(
    ("when", "status", "done"),
    [
        (When.CUT_BEFORE, None, []),
        (When.CUT_AFTER, None, ["PutItem"]),
        (When.THROTTLED, 429, []),
        (When.REFUSED, 503, []),
        (When.CHANGED, 200, ["changed", "PutItem"]),
    ],
)
def test_a_fault_lets_the_process_live(when: When, status: int | None, done: list[str]) -> None:
    """No answer, a throttle or a refusal; and a change that others make first."""
    far = Far()
    strike = Strike(Point(1, "PutItem", when))

    def forward() -> Reply:
        far.done.append("PutItem")
        return Reply(200, b"")

    reply = strike.take(far.process, Call("PutItem", {}, is_aws=False), forward)

    assert (reply and reply.status, far.done) == (status, done)


@pytest.mark.parametrize("when", [When.CUT_BEFORE, When.CUT_AFTER, When.THROTTLED, When.REFUSED])
def test_a_retry_of_the_call_is_struck_where_the_fault_lasts(when: When) -> None:
    """A cut before AWS and a throttle last, so that the process must get by without the call."""
    far = Far()
    strike = Strike(Point(1, "PutItem", when))
    far.call(strike, "PutItem")
    far.done.clear()

    far.call(strike, "PutItem")

    assert far.done == ([] if when in {When.CUT_BEFORE, When.THROTTLED} else ["PutItem"])


def test_a_lasting_fault_spares_every_other_call() -> None:
    """Of the same process with another key, and of the next process."""
    far = Far()
    strike = Strike(Point(1, "PutItem", When.CUT_BEFORE))
    far.call(strike, "PutItem", "a")
    far.call(strike, "PutItem", "b")
    far.process = far.new_process()

    far.call(strike, "PutItem", "a")

    assert far.done == ["PutItem", "PutItem"]


def test_a_change_is_asked_for_where_something_can_change() -> None:
    """It is no part of the usual strikes."""
    assert set(When) - set(EVERYWHERE) == {When.CHANGED}


def test_the_process_that_comes_after_is_spared() -> None:
    """Calls are counted over all processes of a run, and one of them is struck."""
    far = Far()
    strike = Strike(Point(1, "PutItem", When.BEFORE))
    far.call(strike, "PutItem")

    reply = far.call(strike, "PutItem")

    assert reply == Reply(200, b"")
    assert far.done == ["dead", "PutItem"]


def test_a_process_is_held_until_it_is_let_go() -> None:
    """With whatever else it calls meanwhile."""
    far = Far()
    strike = Strike(Point(1, "PutItem", When.HELD))
    held = [threading.Thread(target=far.call, args=(strike, "PutItem")) for _ in range(2)]
    for thread in held:
        thread.start()
    strike.reached.wait()
    before = list(far.done)

    strike.release()

    for thread in held:
        thread.join()
    assert (before, far.done) == ([], ["PutItem", "PutItem"])


def test_letting_go_too_early_lets_nothing_go() -> None:
    """A process that ended before its point does not spare the next one."""
    strike = Strike(Point(2, "PutItem", When.HELD))

    strike.release()

    assert strike.ahead is When.HELD


@pytest.mark.parametrize("point", [None, Point(3, RESPONSE, When.AFTER)])
def test_no_call_is_struck_where_none_is_named(point: Point | None) -> None:
    """Neither in a clean run nor where the answer is what is lost."""
    far = Far()
    strike = Strike(point)

    for _ in range(4):
        far.call(strike, "PutItem")

    assert far.done == ["PutItem"] * 4
    assert [strike.lose_response(), strike.lose_response()] == [point is not None, False]


def test_a_point_is_told_in_words() -> None:
    """Operation and what happened there."""
    assert str(Point(3, "PutEvents", When.AFTER)) == "killed after call 3, PutEvents"


def test_the_first_call_of_an_operation_can_be_struck() -> None:
    """Whatever its number is."""
    far = Far()
    strike = Strike(Point(FIRST, "PutEvents", When.BEFORE))

    for operation in ("PutItem", "PutEvents", "PutEvents"):
        far.call(strike, operation)

    assert far.done == ["PutItem", "dead", "PutEvents"]
