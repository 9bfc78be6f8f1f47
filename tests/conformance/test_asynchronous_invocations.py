"""Asynchronous invocations as in chapter 6.4 of the reference."""

import json
import time
from typing import Any

import pytest

from tests.virtual_aws import START, VirtualAws
from trunklab.local.delivery.steps import ApiError

fact = pytest.mark.fact


@pytest.fixture
def aws() -> VirtualAws:
    """An account in virtual time."""
    return VirtualAws()


def fail(_event: Any) -> Any:
    """Raises, as a handler does."""
    raise ValueError("no")


def invoke(aws: VirtualAws, kind: str = "RequestResponse", **given: Any) -> dict[str, Any]:
    """Invokes the function f."""
    return aws.call("lambda", "Invoke", **{"FunctionName": "f", "InvocationType": kind, **given})


def refusal(aws: VirtualAws, operation: str, **given: Any) -> ApiError:
    """Returns the error that a call gets."""
    with pytest.raises(ApiError) as caught:
        aws.call("lambda", operation, **given)
    return caught.value


def to_queue(aws: VirtualAws, **given: Any) -> str:
    """Lets failures and successes of f go to a queue; returns its ARN."""
    queue = aws.queue("destination")
    both = {name: {"Destination": queue} for name in ("OnSuccess", "OnFailure")}
    config = {"FunctionName": "f", "DestinationConfig": both, **given}
    aws.call("lambda", "PutFunctionEventInvokeConfig", **config)
    return queue


@fact("6.4", "As")
def test_an_asynchronous_call_is_accepted_even_if_the_function_fails(aws: VirtualAws) -> None:
    """202 with an empty body."""
    aws.function("f", fail)

    assert invoke(aws, "Event", Payload=b"{}") == {"StatusCode": 202, "Payload": b""}


@fact("6.4", "Ad")
def test_a_failing_function_is_retried_after_one_and_two_minutes(aws: VirtualAws) -> None:
    """Three attempts, with one request id."""
    aws.function("f", fail)

    invoke(aws, "Event", Payload=b"{}")
    aws.advance(3_600)

    assert [when - START for when, _ in aws.invoked] == [0, 60, 180]
    assert len({start.request_id for _, start in aws.invoked}) == 1


@fact("6.4", "As")
def test_a_success_is_recorded(aws: VirtualAws) -> None:
    """With exactly AWS's keys."""
    aws.function("f", lambda event: {"doubled": event * 2})
    queue = to_queue(aws)

    invoke(aws, "Event", Payload=b"21")
    aws.advance(1)

    (message,) = aws.drain(queue)
    record = json.loads(message["Body"])
    request_id = aws.invoked[0][1].request_id
    arn = "arn:aws:lambda:us-east-1:000000000000:function:f:$LATEST"
    when = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(START))
    assert record == {
        "version": "1.0",
        "timestamp": when,
        "requestContext": {
            "requestId": request_id,
            "functionArn": arn,
            "condition": "Success",
            "approximateInvokeCount": 1,
        },
        "requestPayload": 21,
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST"},
        "responsePayload": {"doubled": 42},
    }


@fact("6.4", "As")
@pytest.mark.parametrize(("retries", "count"), [(0, 1), (1, 2), (2, 3)])
def test_retries_that_are_exhausted_are_recorded(aws: VirtualAws, retries: int, count: int) -> None:
    """With the number of attempts and the error object."""
    aws.function("f", fail)
    queue = to_queue(aws, MaximumRetryAttempts=retries)

    invoke(aws, "Event", Payload=b'{"a": 1}')
    aws.advance(3_600)

    (message,) = aws.drain(queue)
    record = json.loads(message["Body"])
    context = record["requestContext"]
    assert context["condition"] == "RetriesExhausted"
    assert context["approximateInvokeCount"] == count == len(aws.invoked)
    assert record["responseContext"]["functionError"] == "Unhandled"
    assert record["responsePayload"]["errorType"] == "ValueError"


@fact("6.4", "As")
def test_an_event_that_is_too_old_is_not_retried(aws: VirtualAws) -> None:
    """Although retries remain."""
    aws.function("f", fail)
    queue = to_queue(aws, MaximumEventAgeInSeconds=60)

    invoke(aws, "Event", Payload=b"{}")
    aws.advance(3_600)

    (message,) = aws.drain(queue)
    condition = json.loads(message["Body"])["requestContext"]["condition"]
    assert condition == "EventAgeExceeded"
    assert len(aws.invoked) <= 2


@fact("6.4", "Ad")
def test_a_throttled_event_waits_and_uses_up_no_retry(aws: VirtualAws) -> None:
    """Longer each time, until there is a worker."""
    aws.function("f")
    reserved = {"FunctionName": "f", "ReservedConcurrentExecutions": 1}
    aws.call("lambda", "PutFunctionConcurrency", **reserved)
    queue = to_queue(aws)
    aws.held = []
    aws.begin("lambda", "Invoke", FunctionName="f")
    invoke(aws, "Event", Payload=b"{}")
    aws.advance(10)
    aws.end(aws.held.pop())
    aws.held = None
    aws.advance(60)

    (message,) = aws.drain(queue)
    context = json.loads(message["Body"])["requestContext"]
    assert (context["condition"], context["approximateInvokeCount"]) == ("Success", 1)


@fact("6.4", "Ad")
def test_a_concurrency_of_zero_sends_events_to_the_destination_at_once(aws: VirtualAws) -> None:
    """Nothing is retried."""
    aws.function("f")
    queue = to_queue(aws)
    reserved = {"FunctionName": "f", "ReservedConcurrentExecutions": 0}
    aws.call("lambda", "PutFunctionConcurrency", **reserved)

    invoke(aws, "Event", Payload=b"{}")
    aws.advance(0)

    (message,) = aws.drain(queue)
    record = json.loads(message["Body"])
    assert record["requestContext"]["condition"] == "ZeroReservedConcurrency"
    assert record["requestContext"]["approximateInvokeCount"] == 0
    assert not record.keys() & {"responseContext", "responsePayload"}
    assert aws.invoked == []


@fact("6.4", "As")
def test_a_dead_letter_is_the_event_with_three_attributes(aws: VirtualAws) -> None:
    """DeadLetterConfig."""
    queue = aws.queue("dead")
    aws.function("f", fail, DeadLetterConfig={"TargetArn": queue})

    invoke(aws, "Event", Payload=b'{"a": 1}')
    aws.advance(3_600)

    (letter,) = aws.drain(queue)
    found = letter["MessageAttributes"]
    assert json.loads(letter["Body"]) == {"a": 1}
    assert found["RequestID"]["StringValue"] == aws.invoked[0][1].request_id
    assert found["ErrorCode"] == {"DataType": "Number", "StringValue": "200"}
    assert found["ErrorMessage"]["StringValue"] == "no"


@fact("6.4", "As")
def test_a_bus_as_destination_receives_an_event(aws: VirtualAws) -> None:
    """Source, detail-type, resources and the record as its detail."""
    aws.function("f", fail)
    queue = aws.queue("heard")
    aws.rule({"Id": "1", "Arn": queue}, pattern={"source": ["lambda"]})
    bus = "arn:aws:events:us-east-1:000000000000:event-bus/default"
    config = {"FunctionName": "f", "DestinationConfig": {"OnFailure": {"Destination": bus}}}
    aws.call("lambda", "PutFunctionEventInvokeConfig", **config, MaximumRetryAttempts=0)

    invoke(aws, "Event", Payload=b"{}")
    aws.advance(1)

    (message,) = aws.drain(queue)
    event = json.loads(message["Body"])
    assert event["detail-type"] == "Lambda Function Invocation Result - Failure"
    function = "arn:aws:lambda:us-east-1:000000000000:function:f:$LATEST"
    assert event["resources"] == [bus, function]
    assert event["detail"]["requestContext"]["condition"] == "RetriesExhausted"


@fact("6.4", "As")
def test_a_destination_message_carries_the_trace(aws: VirtualAws) -> None:
    """AWSTraceHeader."""
    header = "Root=1-6759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
    aws.function("f")
    queue = to_queue(aws)

    aws.begin("lambda", "Invoke", header, FunctionName="f", InvocationType="Event", Payload=b"1")
    aws.advance(1)

    (message,) = aws.drain(queue)
    assert message["Attributes"]["AWSTraceHeader"] == header


@fact("6.4", "Am")
def test_putting_an_event_invoke_config_clears_what_it_leaves_out(aws: VirtualAws) -> None:
    """Updating it does not."""
    aws.function("f")
    aws.call("lambda", "PutFunctionEventInvokeConfig", FunctionName="f", MaximumRetryAttempts=0)

    aws.call(
        "lambda", "UpdateFunctionEventInvokeConfig", FunctionName="f", MaximumEventAgeInSeconds=60
    )
    updated = aws.call("lambda", "GetFunctionEventInvokeConfig", FunctionName="f")
    aws.call(
        "lambda", "PutFunctionEventInvokeConfig", FunctionName="f", MaximumEventAgeInSeconds=90
    )
    put = aws.call("lambda", "GetFunctionEventInvokeConfig", FunctionName="f")

    assert updated["MaximumRetryAttempts"] == 0
    assert "MaximumRetryAttempts" not in put
