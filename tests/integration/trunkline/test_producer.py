"""A request's writes and events, what one that only reads may do, and what a failure tells."""

import json
from typing import Any

import pytest

from tests.integration.trunkline.functions import Start
from tests.integration.trunkline.stage import Stage
from tests.integration.trunkline.wire import Wire, refused

HEADER = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
TRACEPARENT = "00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01"


def a_request(act: str = "count", request_id: str = "r-1", **data: Any) -> dict[str, Any]:
    """A request that asks for that act."""
    return {"ask": {"thing_id": "t-1", "act": act, **data}, "request_id": request_id}


def test_a_request_commits_and_publishes(start: Start, stage: Stage) -> None:
    """No mark: a request has no event that could come again."""
    result = start("ask").invoke(a_request())

    (heard,) = stage.heard(1)
    metadata = heard["detail"]["metadata"]
    assert result.answer == {"answer": {"done": "t-1"}}
    assert stage.thing() == {"n": 1}
    assert (stage.marks(), stage.outbox()) == ([], [])
    assert (metadata["causation_id"], metadata["producer"]) == (None, "things")


def test_an_event_carries_the_trace_of_its_request(start: Start, stage: Stage) -> None:
    """The function's own segment is the root, for every consumer that follows."""
    result = start("ask", _X_AMZN_TRACE_ID=HEADER).invoke(a_request())

    (heard,) = stage.heard(1)
    assert heard["detail"]["metadata"]["traceparent"] == TRACEPARENT
    assert {line["trace_id"] for line in result.logs} == {"1-5759e988-bd862e3fe1be46a994272793"}


def test_a_request_without_a_trace_begins_one(start: Start, stage: Stage) -> None:
    """Nothing that follows is without a root."""
    start("ask").invoke(a_request())

    (heard,) = stage.heard(1)
    assert len(heard["detail"]["metadata"]["traceparent"]) == len(TRACEPARENT)


def test_requests_are_told_apart(start: Start, stage: Stage) -> None:
    """Each has events and a correlation of its own."""
    ask = start("ask")
    ask.invoke(a_request(request_id="r-1"))
    ask.invoke(a_request(request_id="r-2"))

    metadata = [event["detail"]["metadata"] for event in stage.heard(2)]
    assert len({one["event_id"] for one in metadata}) == 2
    assert len({one["correlation_id"] for one in metadata}) == 2


def test_a_request_logs_what_it_committed_and_nothing_of_the_one_before(start: Start) -> None:
    """The story of an order begins with this line."""
    ask = start("ask")
    ask.invoke(a_request(request_id="r-1"))

    result = ask.invoke(a_request(act="write-many", request_id="r-2"))

    (line,) = result.lines("request committed")
    assert (line["request_id"], line["handler"], line["service"]) == ("r-2", "ask-thing", "things")
    assert line["emitted"] == []
    assert not {"subject", "event_id"} & set(line)


@pytest.mark.parametrize(
    ("act", "error"),
    [
        ("refuse", "PermanentError"),
        ("raise", "RuntimeError"),
        ("send-foreign", "PermanentError"),
        ("changed-always", "ConflictError"),
    ],
)
def test_a_request_that_fails_says_so_and_writes_nothing(
    start: Start, stage: Stage, act: str, error: str
) -> None:
    """Its caller gets no 202."""
    result = start("ask").invoke(a_request(act))

    assert result.answer["error"] == error
    assert stage.thing() in (None, {"n": 100})
    assert stage.outbox() == []


def test_a_request_that_makes_something_invalid_does_not_quote_it(start: Start) -> None:
    """Lambda prints what leaves a function: the fault is named without the value."""
    result = start("ask").invoke(a_request("make-invalid", secret="s3cret"))  # noqa: S106 - no password

    assert result.answer["error"] == "InvalidEventError"
    assert "total: " in result.answer["message"]
    assert "s3cret" not in str(result.answer)


def test_a_request_is_good_while_the_bus_is_down(start: Start, stage: Stage, wire: Wire) -> None:
    """What is committed will be sent."""
    wire.always("PutEvents", refused("ThrottlingException"))

    result = start("ask").invoke(a_request())

    assert result.answer == {"answer": {"done": "t-1"}}
    assert len(stage.outbox()) == 1


def test_a_read_sees_what_is_committed(start: Start, stage: Stage) -> None:
    """And commits nothing."""
    start("ask").invoke(a_request())
    before = stage.items()

    result = start("read").invoke(a_request("get"))

    assert result.answer == {"answer": {"item": {"n": 1}}}
    assert stage.items() == before


def test_a_read_that_writes_is_refused(start: Start, stage: Stage) -> None:
    """Its writes would be lost in silence."""
    result = start("read").invoke(a_request("count"))

    assert result.answer["error"] == "ValueError"
    assert stage.items() == {}


FAILING: dict[str, tuple[Any, str]] = {
    "the work raises": (a_request("raise", secret="s3cret"), "RuntimeError"),  # noqa: S106 - no password
    "the work gives up": (a_request("refuse", secret="s3cret"), "PermanentError"),  # noqa: S106 - the same
    "the work breaks a model": (a_request("make-invalid", secret="s3cret"), "InvalidEventError"),  # noqa: S106 - the same
    "the function breaks a model": (a_request(amount="s3cret"), "ValidationError"),
    "the function fails on a key": ({"request_id": "s3cret"}, "KeyError"),
    "the gateway's event is none": ("s3cret", "TypeError"),
}


@pytest.mark.parametrize(("event", "error"), FAILING.values(), ids=FAILING.keys())
def test_no_failure_of_a_function_leaves_it(
    start: Start, stage: Stage, event: Any, error: str
) -> None:
    """Lambda would print it with its message, and that may quote what the client sent."""
    result = start("answer").invoke(event)

    answer = result.answer["answer"]
    (line,) = result.lines("request failed")
    assert (answer["statusCode"], json.loads(answer["body"])) == (500, {"error": "internal"})
    assert answer["headers"] == {"Content-Type": "application/json"}
    assert (line["error_type"], line["level"], line["service"]) == (error, "ERROR", "things")
    assert line["function_request_id"] == "request-1"
    assert line["stack"]
    assert "s3cret" not in json.dumps(line)
    assert "s3cret" not in str(answer)
    assert stage.items() == {}


def test_a_failed_request_is_logged_with_the_id_that_its_client_knows(start: Start) -> None:
    """The gateway answers it in a header; payload format 2.0 names it so."""
    event = a_request("raise") | {"requestContext": {"requestId": "JKJaXmPLvHcESHA="}}

    (line,) = start("answer").invoke(event).lines("request failed")

    assert line["request_id"] == "JKJaXmPLvHcESHA="


def test_a_function_without_its_settings_answers_and_names_them_in_its_log(start: Start) -> None:
    """Its client need not know; its owner must."""
    result = start("answer", TRUNKLINE_TABLE="").invoke(a_request())

    (line,) = result.lines("request failed")
    assert result.answer["answer"]["statusCode"] == 500
    assert line["error_type"] == "ConfigurationError"
    assert "TRUNKLINE_TABLE is not set" in line["error"]
    assert "TRUNKLINE" not in result.answer["answer"]["body"]


def test_a_function_works_on_after_a_request_that_failed(start: Start, stage: Stage) -> None:
    """The keys of the failure's lines do not stay, nor does what the work appended to them."""
    function = start("answer")
    function.invoke(a_request("raise", secret="s3cret"))  # noqa: S106 - no password

    result = function.invoke(a_request(request_id="r-2"))

    (line,) = result.lines("request committed")
    assert result.answer["answer"]["statusCode"] == 201
    assert not {"error", "error_type", "stack", "note"} & set(line)
    assert stage.thing() == {"n": 1}
