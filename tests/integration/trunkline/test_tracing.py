"""What X-Ray is told of a handler, by its own protocol."""

import contextlib
import json
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.integration.trunkline.asked import a_batch, an_event
from tests.integration.trunkline.functions import Start
from tests.integration.trunkline.keyed import a_request
from tests.integration.trunkline.stage import Stage
from tests.integration.trunkline.wire import Wire, cancelled, lost, refused
from trunklab.testing.wire import Step

SECRET = "ada@example.com"  # noqa: S105  # personal data
HEADER = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"


@pytest.fixture
def daemon() -> Iterator[socket.socket]:
    """What takes X-Ray's datagrams."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        udp.settimeout(5)
        yield udp


def address(daemon: socket.socket) -> str:
    """Its address as Lambda tells it."""
    return f"127.0.0.1:{daemon.getsockname()[1]}"


def received(daemon: socket.socket) -> list[dict[str, Any]]:
    """All documents of an invocation that has ended, in the order in which they were sent."""
    daemon.setblocking(False)  # noqa: FBT003  # the socket's own interface
    documents = []
    with contextlib.suppress(BlockingIOError):
        while True:
            header, document = daemon.recv(65_535).split(b"\n", 1)
            assert json.loads(header) == {"format": "json", "version": 1}
            documents.append(json.loads(document))
    return documents


def named(name: str, documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The documents of that name; of an AWS call, that of its operation."""
    return [one for one in documents if name in {one["name"], one.get("aws", {}).get("operation")}]


@pytest.fixture
def traced(start: Start, daemon: socket.socket) -> Callable[..., list[dict[str, Any]]]:
    """Runs one invocation and answers what X-Ray was told of it."""

    def run(event: Any, name: str = "handler", **environment: str) -> list[dict[str, Any]]:
        function = start(
            name,
            AWS_XRAY_DAEMON_ADDRESS=address(daemon),
            **{"_X_AMZN_TRACE_ID": HEADER, **environment},
        )
        function.invoke(event)
        return received(daemon)

    return run


Traced = Callable[..., list[dict[str, Any]]]


def test_a_handler_is_a_subsegment_that_names_its_event(traced: Traced) -> None:
    """It hangs under the function's own segment, and holds nothing of the data."""
    documents = traced(a_batch(an_event(secret=SECRET)))

    (document,) = named("## do-thing", documents)
    assert document["type"] == "subsegment"
    assert document["trace_id"] == "1-5759e988-bd862e3fe1be46a994272793"
    assert document["parent_id"] == "53995c3f42cd8ad8"
    assert document["annotations"] == {
        "event_id": "e-1",
        "correlation_id": "corr-1",
        "subject": "t-1",
    }
    assert document["start_time"] <= document["end_time"]
    assert "fault" not in document
    assert SECRET not in json.dumps(documents)


def test_every_part_hangs_under_the_function(traced: Traced) -> None:
    """Handler, unit of work and AWS calls: nothing of it hangs in the air."""
    documents = traced(a_batch(an_event(act="count-by-reading")))

    known = {one["id"] for one in documents} | {"53995c3f42cd8ad8"}
    assert [one["name"] for one in documents if one["parent_id"] not in known] == []
    (commit,) = named("## commit", documents)
    (transaction,) = named("TransactWriteItems", documents)
    (handler,) = named("## do-thing", documents)
    (reading,) = named("GetItem", documents)
    assert transaction["parent_id"] == commit["id"]
    assert reading["parent_id"] == handler["id"]


def test_an_aws_call_says_what_it_spoke_to(traced: Traced, stage: Stage) -> None:
    """Operation, table or bus, request id and how often it was tried; never an item or event."""
    documents = traced(a_batch(an_event(act="count-by-reading", secret=SECRET)))

    for operation in ("GetItem", "TransactWriteItems", "BatchWriteItem"):
        (call,) = named(operation, documents)
        assert (call["name"], call["namespace"]) == ("dynamodb", "aws")
        assert call["aws"]["table_name"] == stage.name
        assert (call["aws"]["region"], call["aws"]["retries"]) == ("us-east-1", 0)
        assert "request_id" in call["aws"]  # the wire hands on no headers of answers
        assert call["http"] == {"response": {"status": 200}}
    (publishing,) = named("PutEvents", documents)
    assert (publishing["name"], publishing["aws"]["event_bus_name"]) == ("events", stage.name)
    assert SECRET not in json.dumps(documents)


@pytest.mark.parametrize(
    ("step", "flags", "kind"),
    [
        (cancelled("ConditionalCheckFailed"), {"error"}, "TransactionCanceledException"),
        (refused("AccessDeniedException"), {"error"}, "AccessDeniedException"),
        (refused("ThrottlingException"), {"error", "throttle"}, "ThrottlingException"),
        (refused("InternalServerError", 500), {"fault"}, "InternalServerError"),
        (lost, {"fault"}, None),
    ],
)
def test_an_aws_call_that_fails_says_how(
    traced: Traced, wire: Wire, step: Step, flags: set[str], kind: str | None
) -> None:
    """By AWS's code and X-Ray's three kinds of failure; AWS's message may quote what was sent."""
    wire.always("TransactWriteItems", step)

    documents = traced(a_batch(an_event()))

    calls = named("TransactWriteItems", documents)
    assert calls
    for call in calls:
        assert {name for name in ("fault", "error", "throttle") if call.get(name)} == flags
        (cause,) = call["cause"]["exceptions"]
        assert kind in {None, cause["type"]}
        assert "message" not in cause
    assert all("fault" in one for one in named("## commit", documents))


def test_the_handlers_of_a_batch_link_to_as_many_traces(traced: Traced) -> None:
    """The queue begins a trace for the batch; each event's own begins at its request."""
    events = [an_event(f"e-{number}", thing_id=f"t-{number}") for number in range(3)]
    for number, event in enumerate(events):
        trace = f"6{number}59e988bd862e3fe1be46a994272793"
        event["detail"]["metadata"]["traceparent"] = f"00-{trace}-53995c3f42cd8ad8-01"

    documents = traced(a_batch(*events))

    handlers = named("## do-thing", documents)
    assert [one["annotations"]["event_id"] for one in handlers] == ["e-0", "e-1", "e-2"]
    assert [[link["trace_id"] for link in one["links"]] for one in handlers] == [
        [f"1-6{number}59e988-bd862e3fe1be46a994272793"] for number in range(3)
    ]


def test_a_repeated_request_links_to_the_one_that_took_effect(traced: Traced) -> None:
    """It came in another trace, and its answer is that one's."""
    traced(a_request(), "answer")
    second = HEADER.replace("5759e988", "6759e988")

    documents = traced(a_request(request_id="r-2"), "answer", _X_AMZN_TRACE_ID=second)

    (handler,) = named("## answer-thing", documents)
    assert [link["trace_id"] for link in handler["links"]] == [
        "1-5759e988-bd862e3fe1be46a994272793"
    ]


def test_an_event_that_another_caused_names_its_cause(traced: Traced) -> None:
    """A search for an event finds the handlers of what it caused as well."""
    event = an_event()
    event["detail"]["metadata"]["causation_id"] = "e-0"

    (document,) = named("## do-thing", traced(a_batch(event)))

    assert document["annotations"]["causation_id"] == "e-0"


def test_a_request_is_a_subsegment_that_names_its_correlation(
    start: Start, daemon: socket.socket
) -> None:
    """The story that begins here is found by the id that its events carry, and by their subject."""
    function = start("ask", AWS_XRAY_DAEMON_ADDRESS=address(daemon), _X_AMZN_TRACE_ID=HEADER)

    result = function.invoke({"ask": {"thing_id": "t-1", "act": "count"}, "request_id": "r-1"})

    (line,) = result.lines("request committed")
    (document,) = named("## ask-thing", received(daemon))
    assert document["annotations"]["correlation_id"] == line["correlation_id"]
    assert document["annotations"]["subject"] == "t-1"
    assert "links" not in document


@pytest.mark.parametrize(
    ("act", "error"), [("raise", "RuntimeError"), ("refuse", "PermanentError")]
)
def test_a_handler_that_fails_is_a_fault_without_its_message(
    traced: Traced, act: str, error: str
) -> None:
    """The trace shows which handler failed with what, and no event data."""
    documents = traced(a_batch(an_event(act=act, secret=SECRET)))

    (document,) = named("## do-thing", documents)
    assert document["fault"] is True
    assert [cause["type"] for cause in document["cause"]["exceptions"]] == [error]
    assert SECRET not in json.dumps(documents)


@pytest.mark.parametrize(
    "daemon_address",
    ["", "nowhere", "127.0.0.1:", "127.0.0.1:port", "127.0.0.1:70000", ":::", "127.0.0.1:9"],
)
def test_a_daemon_that_cannot_be_reached_costs_no_event(
    start: Start, stage: Stage, daemon_address: str
) -> None:
    """A trace is a help, an event is a duty."""
    function = start(AWS_XRAY_DAEMON_ADDRESS=daemon_address, _X_AMZN_TRACE_ID=HEADER)

    result = function.invoke(a_batch(an_event()))

    assert result.failures == []
    assert len(result.lines("event handled")) == 1
    assert stage.outbox() == []


@pytest.mark.parametrize("header", ["", "Root=;Parent=;Sampled=1", HEADER[:-1] + "0", "nonsense"])
def test_an_invocation_that_is_not_sampled_sends_nothing(
    start: Start, daemon: socket.socket, header: str
) -> None:
    """Whatever stands in the header, the event is handled."""
    function = start(AWS_XRAY_DAEMON_ADDRESS=address(daemon), _X_AMZN_TRACE_ID=header)

    result = function.invoke(a_batch(an_event()))

    assert received(daemon) == []
    assert result.failures == []
