"""What each invocation's trace header is, and what is told of the invocation itself."""

import io
import json
from typing import Any

import pytest

from trunklab.local.functions.function_trace import LINKS_MAX, incoming, links_of, wrap

ROOT = "1-5759e988-bd862e3fe1be46a994272793"
OTHER = "1-6759e988-bd862e3fe1be46a994272793"
FUNCTION = "53995c3f42cd8ad8"
GIVEN = f"Root={ROOT};Parent={FUNCTION};Sampled=1"
TRACEPARENT = "00-6759e988bd862e3fe1be46a994272793-1111111111111111-01"
DETAIL = {"metadata": {"traceparent": TRACEPARENT}, "data": {}}
BODY = json.dumps({"source": "zoo.visits", "detail": DETAIL})
LINK = {
    "trace_id": OTHER,
    "id": "1111111111111111",
    "attributes": {"aws.xray.reserved.reference_type": "parent"},
}

READY = '{"status": "ready", "cold": true}\n'
DONE = '{"status": "ok", "result": null}\n'
FAILED = '{"status": "error", "error": "no", "trace": ""}\n'


def record(body: str = BODY, **attributes: str) -> dict[str, Any]:
    """One message of a batch."""
    return {"eventSource": "aws:sqs", "body": body, "attributes": attributes}


@pytest.fixture
def collector() -> list[bytes]:
    """What takes the datagrams."""
    return []


def told(collector: list[bytes]) -> list[dict[str, Any]]:
    """All segments that have come since somebody asked."""
    taken, collector[:] = list(collector), []
    headers, found = (
        zip(*(one.split(b"\n", 1) for one in taken), strict=True) if taken else ((), ())
    )
    assert {*headers} <= {b'{"format": "json", "version": 1}'}
    return [json.loads(one) for one in found]


class Worker:
    """The emulator's script: reads lines of requests, writes lines of answers."""

    def __init__(self, collector: list[bytes], *messages: Any) -> None:
        first = {"function_name": "visits-open", "arn": "arn:aws:lambda:x"}
        lines = io.StringIO("".join(json.dumps(one) + "\n" for one in [first, *messages]))
        self.written = io.StringIO()
        self.requests, self.answers = wrap(lines, self.written, collector.append)
        self.function = json.loads(self.requests.readline())
        self.answers.write(READY)

    def take(self) -> Any:
        """The next invocation as the script sees it."""
        return json.loads(self.requests.readline())


def invocation(event: Any, trace_id: str | None = GIVEN) -> dict[str, Any]:
    """One line of the emulator."""
    return {"event": event, "ctx": {"request_id": "r-1", "trace_id": trace_id}}


def test_an_invocation_has_lambda_s_two_segments(collector: list[bytes]) -> None:
    """In progress when it begins and whole when it has ended; the function hangs under Lambda."""
    worker = Worker(collector, invocation({}))

    seen = worker.take()
    begun = told(collector)
    worker.answers.write(DONE)
    ended = told(collector)

    assert seen == invocation({})
    assert worker.written.getvalue() == READY + DONE
    assert [one["id"] for one in begun] == [one["id"] for one in ended]
    service, function = ended
    assert (service["origin"], function["origin"]) == ("AWS::Lambda", "AWS::Lambda::Function")
    assert service["name"] == function["name"] == "visits-open"
    assert function["id"] == FUNCTION
    assert function["parent_id"] == service["id"]
    assert "parent_id" not in service
    assert service["aws"] == {"request_id": "r-1"}
    for before, after in zip(begun, ended, strict=True):
        assert before["in_progress"] is True
        assert "end_time" not in before
        assert "in_progress" not in after
        assert after["trace_id"] == ROOT
        assert after["start_time"] <= after["end_time"]
        assert "fault" not in after


def test_the_first_invocation_tells_of_the_cold_start(collector: list[bytes]) -> None:
    """The initialisation belongs to the invocation that waited for it, and to no other."""
    worker = Worker(collector, invocation({}), invocation({}))
    for _ in range(2):
        worker.take()
        worker.answers.write(DONE)

    first, second = [one for one in told(collector) if one["id"] == FUNCTION and "end_time" in one]

    assert [one["name"] for one in first["subsegments"]] == ["Initialization"]
    assert "subsegments" not in second


def test_an_invocation_that_raised_is_a_fault(collector: list[bytes]) -> None:
    """The emulator ends its process at once: it must have been told before."""
    worker = Worker(collector, invocation({}))
    worker.take()

    worker.answers.write(FAILED)

    assert [one.get("fault") for one in told(collector)] == [None, None, True, True]


def test_a_request_of_an_http_api_goes_on_in_its_trace(collector: list[bytes]) -> None:
    """The front's segment, whose id is a part of the trace's, is above Lambda's."""
    event = {"headers": {"x-amzn-trace-id": f"Root={OTHER}"}}
    worker = Worker(collector, invocation(event))

    seen = worker.take()

    service, _function = told(collector)
    assert seen["ctx"]["trace_id"] == f"Root={OTHER};Parent={FUNCTION};Sampled=1"
    assert (service["trace_id"], service["parent_id"]) == (OTHER, "bd862e3fe1be46a9")
    assert seen["event"] == event


def test_a_queue_s_batch_has_a_trace_of_its_own_that_links_back(collector: list[bytes]) -> None:
    """As AWS does it for messages with a trace header."""
    worker = Worker(collector, invocation({"Records": [record()]}))

    seen = worker.take()

    service, function = told(collector)
    assert seen["ctx"]["trace_id"] == GIVEN
    assert (service["trace_id"], service["links"]) == (ROOT, [LINK])
    assert "links" not in function


def test_a_function_without_tracing_is_left_alone(collector: list[bytes]) -> None:
    """It gets the line as it came, and nobody is told anything."""
    worker = Worker(collector, invocation({"Records": [record()]}, trace_id=None))

    seen = worker.take()
    worker.answers.write(DONE)

    assert seen["ctx"]["trace_id"] is None
    assert told(collector) == []


def test_a_trace_that_somebody_began_goes_on_without_tracing_too(
    collector: list[bytes],
) -> None:
    """PassThrough hands on what comes in."""
    worker = Worker(collector, invocation({"source": "x", "detail": DETAIL}, trace_id=None))

    seen = worker.take()

    service, function = told(collector)
    header = f"Root={OTHER};Parent={function['id']};Sampled=1"
    assert seen["ctx"]["trace_id"] == header
    assert service["parent_id"] == "1111111111111111"


def test_a_process_that_is_killed_leaves_its_segments_in_progress(
    collector: list[bytes],
) -> None:
    """What it had sent itself still hangs under them."""
    Worker(collector, invocation({})).take()

    assert [one["in_progress"] for one in told(collector)] == [True, True]


@pytest.mark.parametrize(
    "event",
    [
        None,
        "text",
        7,
        [],
        {},
        {"headers": None},
        {"headers": {}},
        {"headers": {"x-amzn-trace-id": ""}},
        {"headers": {"x-amzn-trace-id": "Root=1-2-3"}},
        {"headers": {"x-amzn-trace-id": 7}},
        {"detail": None},
        {"detail": {}},
        {"detail": {"metadata": {"traceparent": "00-short"}}},
        {"Records": [record()]},
    ],
)
def test_what_names_no_trace_continues_none(event: Any) -> None:
    """Whatever a function is invoked with, tracing is in nobody's way."""
    assert incoming(event) == (None, None)


@pytest.mark.parametrize(
    "event",
    [
        None,
        "text",
        {"Records": None},
        {"Records": "x"},
        {"Records": [None, 7, "x"]},
        {"Records": [{"eventSource": "aws:s3", "body": BODY}]},
        {"Records": [{"eventSource": "aws:sqs"}]},
        {"Records": [record("no event")]},
        {"Records": [record(body="{}", AWSTraceHeader="Root=1-2-3")]},
    ],
)
def test_what_names_no_sender_links_to_none(event: Any) -> None:
    """Other event sources, foreign messages, broken headers."""
    assert links_of(event, ROOT) == []


def test_the_header_of_a_message_counts_before_its_body() -> None:
    """It is what AWS itself reads."""
    header = f"Root={ROOT.replace('5759', '7777')};Parent=2222222222222222;Sampled=1"

    (link,) = links_of({"Records": [record(AWSTraceHeader=header)]}, ROOT)

    assert (link["trace_id"], link["id"]) == (ROOT.replace("5759", "7777"), "2222222222222222")


def test_a_body_within_a_body_names_its_sender_too() -> None:
    """SNS puts the event as text into what it sends to a queue."""
    assert links_of({"Records": [record(json.dumps({"Message": BODY}))]}, ROOT) == [LINK]


def test_each_sender_is_linked_to_once_and_no_more_than_xray_takes() -> None:
    """Twenty links a segment; the trace itself is none of them."""
    bodies = [BODY.replace("6759e988", f"{number:08x}") for number in range(LINKS_MAX + 5)]
    records = [record(body) for body in [BODY, BODY, *bodies]]

    assert len(links_of({"Records": records}, ROOT)) == LINKS_MAX
    assert links_of({"Records": [record(), record()]}, ROOT) == [LINK]
    assert links_of({"Records": [record()]}, OTHER) == []
