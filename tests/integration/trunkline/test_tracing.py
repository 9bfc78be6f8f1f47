"""What X-Ray is told of a handler, by its own protocol."""

import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.trunkline.asked import a_batch, an_event
from tests.integration.trunkline.functions import Start
from tests.integration.trunkline.stage import Stage

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


def received(daemon: socket.socket) -> dict[str, Any]:
    """The next document."""
    header, document = daemon.recv(65_535).split(b"\n", 1)
    assert json.loads(header) == {"format": "json", "version": 1}
    parsed: dict[str, Any] = json.loads(document)
    return parsed


def test_a_handler_is_a_subsegment_that_names_its_event(
    start: Start, daemon: socket.socket
) -> None:
    """It hangs under the function's own segment, and holds nothing of the data."""
    function = start(AWS_XRAY_DAEMON_ADDRESS=address(daemon), _X_AMZN_TRACE_ID=HEADER)

    function.invoke(a_batch(an_event(secret="ada@example.com")))  # noqa: S106  # personal data

    document = received(daemon)
    assert (document["type"], document["name"]) == ("subsegment", "## do-thing")
    assert document["trace_id"] == "1-5759e988-bd862e3fe1be46a994272793"
    assert document["parent_id"] == "53995c3f42cd8ad8"
    assert document["annotations"] == {"event_id": "e-1", "correlation_id": "corr-1"}
    assert document["start_time"] <= document["end_time"]
    assert "fault" not in document
    assert "example.com" not in json.dumps(document)


def test_an_event_that_another_caused_names_its_cause(start: Start, daemon: socket.socket) -> None:
    """A search for an event finds the handlers of what it caused as well."""
    function = start(AWS_XRAY_DAEMON_ADDRESS=address(daemon), _X_AMZN_TRACE_ID=HEADER)
    event = an_event()
    event["detail"]["metadata"]["causation_id"] = "e-0"

    function.invoke(a_batch(event))

    assert received(daemon)["annotations"]["causation_id"] == "e-0"


def test_a_request_is_a_subsegment_that_names_its_correlation(
    start: Start, daemon: socket.socket
) -> None:
    """The story that begins here is found by the id that its events carry."""
    function = start("ask", AWS_XRAY_DAEMON_ADDRESS=address(daemon), _X_AMZN_TRACE_ID=HEADER)

    result = function.invoke({"ask": {"thing_id": "t-1", "act": "count"}, "request_id": "r-1"})

    (line,) = result.lines("request committed")
    assert received(daemon)["annotations"] == {"correlation_id": line["correlation_id"]}


@pytest.mark.parametrize(
    ("act", "error"), [("raise", "RuntimeError"), ("refuse", "PermanentError")]
)
def test_a_handler_that_fails_is_a_fault_without_its_message(
    start: Start, daemon: socket.socket, act: str, error: str
) -> None:
    """The trace shows which handler failed with what, and no event data."""
    function = start(AWS_XRAY_DAEMON_ADDRESS=address(daemon), _X_AMZN_TRACE_ID=HEADER)

    function.invoke(a_batch(an_event(act=act, secret="ada@example.com")))  # noqa: S106  # the same

    document = received(daemon)
    assert document["fault"] is True
    assert [cause["type"] for cause in document["cause"]["exceptions"]] == [error]
    assert "example.com" not in json.dumps(document)


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

    daemon.setblocking(False)  # noqa: FBT003  # the socket's own interface
    with pytest.raises(BlockingIOError):
        daemon.recv(1)
    assert result.failures == []
