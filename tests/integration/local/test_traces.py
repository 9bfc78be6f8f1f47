"""The platform knows each request's trace, with the segments that AWS itself would add."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.integration.local.web import send
from trunklab import effects
from trunklab.local.platform import Platform

Aws = Callable[[str], Any]
Eventually = Callable[[Callable[[], Any]], Any]

TRACE_HEADER = "Root=1-6759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
LAMBDA = ["AWS::Lambda", "AWS::Lambda::Function"]


@pytest.fixture
def traces_since(aws: Aws) -> Callable[[Any], list[list[Any]]]:
    """Look for the segments of each trace that began after some point in time."""

    def look(since: Any) -> list[list[Any]]:
        xray = aws("xray")
        until = effects.now() + timedelta(minutes=1)
        found = xray.get_trace_summaries(StartTime=since, EndTime=until)["TraceSummaries"]
        traces = []
        for summary in found:
            (trace,) = xray.batch_get_traces(TraceIds=[summary["Id"]])["Traces"]
            segments = [json.loads(one["Document"]) for one in trace["Segments"]]
            # boto3 sends whole seconds.
            if min(one["start_time"] for one in segments) >= since.timestamp():
                traces.append(segments)
        return traces

    return look


Look = Callable[[Any], list[list[Any]]]


def whole(traces: list[list[Any]], count: int) -> list[Any]:
    """The only trace, once it has that many segments and all have ended."""
    if not traces:
        return []
    (segments,) = traces
    is_whole = len(segments) == count and all("end_time" in one for one in segments)
    return sorted(segments, key=lambda one: one["origin"]) if is_whole else []


def test_a_request_and_its_function_are_one_trace(
    api_url: str, traces_since: Look, eventually: Eventually
) -> None:
    """The function's segments hang under the request's, whose root the function was told."""
    since = effects.now()

    event = send("GET", f"{api_url}/things/1?name=ada").json()

    request, service, function = eventually(lambda: whole(traces_since(since), 3))
    assert [request["origin"], service["origin"], function["origin"]] == [
        *["AWS::ApiGateway::HttpApi"],
        *LAMBDA,
    ]
    assert (service["parent_id"], function["parent_id"]) == (request["id"], service["id"])
    assert event["headers"]["x-amzn-trace-id"] == f"Root={request['trace_id']}"
    assert request["http"] == {
        "request": {"method": "GET", "url": f"{api_url}/things/1"},
        "response": {"status": 201},
    }


def test_a_function_that_fails_is_a_fault_all_the_way_up(
    api_url: str, traces_since: Look, eventually: Eventually
) -> None:
    """The request failed because its function did."""
    since = effects.now()

    send("GET", f"{api_url}/broken")

    segments = eventually(lambda: whole(traces_since(since), 3))
    assert [one.get("fault") for one in segments] == [True, True, True]
    assert "on purpose" not in json.dumps(segments)


def test_the_segments_of_a_function_that_died_end_as_faults(
    api_url: str, traces_since: Look, eventually: Eventually
) -> None:
    """Lambda sends them, not the function."""
    since = effects.now()

    send("GET", f"{api_url}/dies")

    (segments,) = eventually(lambda: [one for one in traces_since(since) if len(one) == 3])
    ended = {one["origin"]: ("end_time" in one, one.get("fault")) for one in segments}
    assert ended == dict.fromkeys(("AWS::ApiGateway::HttpApi", *LAMBDA), (True, True))


def test_a_queue_begins_a_trace_that_links_to_its_sender_s(
    aws: Aws, probe: Platform, traces_since: Look, eventually: Eventually
) -> None:
    """As AWS does for a message with a trace header."""
    since = effects.now()
    header = {"AWSTraceHeader": {"DataType": "String", "StringValue": TRACE_HEADER}}

    queue = probe.stacks["probe-local"].outputs["QueueUrl"]
    sqs = aws("sqs")
    sqs.send_message(QueueUrl=queue, MessageBody="{}", MessageSystemAttributes=header)

    service, function = eventually(lambda: whole(traces_since(since), 2))
    assert [service["origin"], function["origin"]] == LAMBDA
    (link,) = service["links"]
    assert (link["trace_id"], link["id"]) == (
        "1-6759e988-bd862e3fe1be46a994272793",
        "53995c3f42cd8ad8",
    )
    assert service["trace_id"] != link["trace_id"]


def test_what_nobody_answers_has_no_trace(api_url: str, traces_since: Look) -> None:
    """No route, no function, no segment."""
    since = effects.now()

    send("GET", f"{api_url}/nowhere")

    assert traces_since(since) == []


def test_what_of_x_ray_is_not_served_is_refused_in_words(aws: Aws) -> None:
    """Not by the emulator, which knows no X-Ray at all."""
    xray = aws("xray")

    with pytest.raises(xray.exceptions.InvalidRequestException, match="is not served by the local"):
        xray.get_sampling_rules()
