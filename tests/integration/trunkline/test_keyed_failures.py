"""What becomes of a request with a key when something fails, and of its repetition."""

import json
import socket
import threading
from collections.abc import Iterator
from typing import Any, Final

import pytest

from tests.integration.trunkline.functions import Function, Start
from tests.integration.trunkline.keyed import a_request, event_ids, said
from tests.integration.trunkline.stage import Stage
from tests.integration.trunkline.wire import (
    Call,
    Forward,
    Reply,
    Step,
    Wire,
    death_of,
    passed_on,
    refused,
)

CALLS: Final = ["GetItem", "TransactWriteItems", "PutEvents", "BatchWriteItem"]
"""What the first request calls, in order."""

CALLS_AGAIN: Final = ["GetItem", "TransactWriteItems", "GetItem"]
"""What its repetition calls: it reads, finds itself marked, reads the mark."""

FAULTS: Final = [
    refused("AccessDeniedException"),
    refused("InternalServerError", 500),
    refused("TransactionInProgressException"),
]

TRACE: Final = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"


@pytest.fixture
def daemon() -> Iterator[socket.socket]:
    """What takes segments in place of X-Ray's daemon."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        udp.settimeout(10)
        yield udp


def segments(daemon: socket.socket) -> Iterator[dict[str, Any]]:
    """The documents that were sent, without their headers."""
    while True:
        yield json.loads(daemon.recv(65_536).partition(b"\n")[2])


def test_the_calls_of_a_request_are_those_that_are_tried_below(start: Start, wire: Wire) -> None:
    """A new call would be a new point at which a process can die."""
    function = start("answer")
    function.invoke(a_request())
    function.invoke(a_request())

    assert [call.operation for call in wire.calls] == CALLS + CALLS_AGAIN


@pytest.mark.parametrize("done", [False, True], ids=["before its effect", "after its effect"])
@pytest.mark.parametrize("operation", CALLS)
def test_a_crash_at_any_call_and_a_repetition_make_one_effect(
    start: Start, stage: Stage, wire: Wire, operation: str, *, done: bool
) -> None:
    """The client that heard nothing repeats itself and is answered; a sweep sends what is left."""
    function = start("answer")
    wire.script(operation, _death(function, after_effect=done))
    with pytest.raises(EOFError):
        function.invoke(a_request(request_id="r-1"))

    first = start("answer").invoke(a_request(request_id="r-2"))
    second = start("answer").invoke(a_request(request_id="r-3"))
    start("sweep").invoke({"older_than_s": 0})

    heard = stage.heard(1)
    assert said(first) == (201, {"done": {"thing_id": "t-1", "total": 1, "text": ""}})
    assert second.answer == first.answer
    assert stage.thing() == {"n": 1}
    assert len({event["detail"]["metadata"]["event_id"] for event in heard}) == 1
    assert (len(stage.marks()), stage.outbox()) == (1, [])


@pytest.mark.parametrize("done", [False, True], ids=["before its effect", "after its effect"])
@pytest.mark.parametrize("operation", CALLS)
def test_a_request_held_at_any_call_while_another_overtakes_it_makes_one_effect(
    start: Start, stage: Stage, wire: Wire, operation: str, *, done: bool
) -> None:
    """The client lost patience; who comes second finds what the first one did."""
    hold = Hold(after_effect=done)
    wire.script(operation, hold.step)
    slow = start("answer")
    slow.begin(a_request(request_id="r-1"))
    assert hold.reached.wait(10)

    overtaking = start("answer").invoke(a_request(request_id="r-2"))
    hold.released.set()
    overtaken = slow.finish()
    start("sweep").invoke({"older_than_s": 0})

    heard = stage.heard(1)
    assert said(overtaking) == (201, {"done": {"thing_id": "t-1", "total": 1, "text": ""}})
    assert overtaken.answer == overtaking.answer
    assert stage.thing() == {"n": 1}
    assert len({event["detail"]["metadata"]["event_id"] for event in heard}) == 1
    assert (len(stage.marks()), stage.outbox()) == (1, [])


@pytest.mark.parametrize("index", range(len(CALLS_AGAIN)))
def test_a_crash_of_a_repetition_leaves_the_first_answer(
    start: Start, stage: Stage, wire: Wire, index: int
) -> None:
    """It changes nothing, so nothing can be left half done."""
    first = start("answer").invoke(a_request())
    function = start("answer")
    operation = CALLS_AGAIN[index]
    earlier = CALLS_AGAIN[:index].count(operation)
    wire.script(operation, *[passed_on] * earlier, death_of(lambda: function.pid))
    with pytest.raises(EOFError):
        function.invoke(a_request())

    again = start("answer").invoke(a_request())

    assert again.answer == first.answer
    assert stage.thing() == {"n": 1}
    assert len(event_ids(stage, 1)) == 1


@pytest.mark.parametrize("act", ["refuse-request", "count"])
def test_neither_a_refusal_nor_a_repetition_is_a_fault_of_the_trace(
    start: Start, daemon: socket.socket, act: str
) -> None:
    """Alarms on faults are about us, not about what clients send."""
    host, port = daemon.getsockname()
    address = {"AWS_XRAY_DAEMON_ADDRESS": f"{host}:{port}", "_X_AMZN_TRACE_ID": TRACE}
    function = start("answer", **address)
    for _ in range(2):
        function.invoke(a_request(act))

    for _ in range(2):
        segment = next(one for one in segments(daemon) if one["name"] == "## answer-thing")
        assert "fault" not in segment
        assert segment["annotations"]["correlation_id"]


@pytest.mark.parametrize(
    ("key", "answer"),
    [
        ("k-1", "no-json"),
        ("k-1", "no-number"),
        ("k-1", "too-large"),
        (None, "no-json"),
        (None, "no-number"),
    ],
)
def test_an_answer_that_cannot_be_kept_prevents_the_effect(
    start: Start, stage: Stage, key: str | None, answer: str
) -> None:
    """It is made before the commit: the client would else hear of a failure that was none."""
    result = start("answer").invoke(a_request(key=key) | {"answer": answer})

    assert said(result) == (500, {"error": "internal"})
    assert stage.items() == {}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_request_that_met_a_fault_is_done_by_its_repetition(
    start: Start, stage: Stage, wire: Wire, fault: Step
) -> None:
    """Nothing is known of the first attempt, so the client asks again, with the same key."""
    function = start("answer")
    wire.always("TransactWriteItems", fault)
    failed = function.invoke(a_request())
    wire.always("TransactWriteItems", passed_on)

    again = function.invoke(a_request())

    assert said(failed) == (500, {"error": "internal"})
    assert said(again)[0] == 201
    assert stage.thing() == {"n": 1}


def test_a_commit_whose_answer_is_lost_for_good_is_still_answered(
    start: Start, stage: Stage, wire: Wire
) -> None:
    """The mark says that the transaction went through."""

    def done_and_denied(_call: Call, forward: Forward) -> Any:
        forward()
        return refused("InternalServerError", 500)(_call, forward)

    wire.always("TransactWriteItems", done_and_denied)
    result = start("answer").invoke(a_request())
    start("sweep").invoke({"older_than_s": 0})

    assert said(result)[0] == 201
    assert stage.thing() == {"n": 1}
    assert len(event_ids(stage, 1)) == 1


def test_a_mark_that_cannot_be_read_answers_nothing(start: Start, stage: Stage, wire: Wire) -> None:
    """Whether this is a repetition cannot be known: neither a refusal nor a success is certain."""
    function = start("answer")
    function.invoke(a_request("count"))
    wire.always("GetItem", refused("AccessDeniedException"))

    again = function.invoke(a_request("count"))
    refusal = function.invoke(a_request("refuse-request"))

    assert said(again) == said(refusal) == (500, {"error": "internal"})
    assert stage.thing() == {"n": 1}


def test_a_request_under_a_key_that_conflicts_to_the_end_leaves_nothing(
    start: Start, stage: Stage
) -> None:
    """Its repetition begins anew."""
    result = start("answer").invoke(a_request("changed-always"))

    (line,) = result.lines("request failed")
    assert said(result) == (500, {"error": "internal"})
    assert line["error_type"] == "ConflictError"
    assert (stage.marks(), stage.outbox()) == ([], [])


class Hold:
    """Keeps a call from its caller until it is released."""

    def __init__(self, *, after_effect: bool) -> None:
        self.reached = threading.Event()
        self.released = threading.Event()
        self._after_effect = after_effect

    def step(self, _call: Call, forward: Forward) -> Reply | None:
        """The call, held before it arrives or after."""
        reply = forward() if self._after_effect else None
        self.reached.set()
        assert self.released.wait(30)
        return reply or forward()


def _death(function: Function, *, after_effect: bool) -> Step:
    kill = death_of(lambda: function.pid)

    def after(call: Call, forward: Forward) -> None:
        forward()
        kill(call, forward)

    return after if after_effect else kill
