"""Lambda's synchronous invocations and settings as in chapter 6.3 of the reference."""

import json
from typing import Any

import pytest

from tests.virtual_aws import ROLE, VirtualAws
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


@fact("6.3", "As")
def test_a_synchronous_call_returns_what_the_handler_returns(aws: VirtualAws) -> None:
    """None is null; the version that ran is named."""
    aws.function("f", lambda _event: None)

    answer = invoke(aws, Payload=b"{}")

    assert answer == {"StatusCode": 200, "ExecutedVersion": "$LATEST", "Payload": b"null"}


@fact("6.3", "As")
def test_an_exception_of_the_handler_is_unhandled(aws: VirtualAws) -> None:
    """The status is good, the payload the error object."""
    aws.function("f", fail)

    answer = invoke(aws, Payload=b"{}")

    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    assert json.loads(answer["Payload"])["errorType"] == "ValueError"


@fact("6.3", "As")
@pytest.mark.parametrize("kind", ["RequestResponse", "Event"])
def test_a_payload_that_is_not_json_is_refused(aws: VirtualAws, kind: str) -> None:
    """Before anything runs."""
    aws.function("f")

    error = refusal(aws, "Invoke", FunctionName="f", InvocationType=kind, Payload=b"{no")

    assert error.code == "InvalidRequestContentException"
    assert aws.invoked == []


@fact("6.3", "As")
@pytest.mark.parametrize(("qualifier", "shown"), [(None, ""), ("live", ":live"), ("7", ":7")])
def test_a_missing_function_is_named_by_its_arn(
    aws: VirtualAws, qualifier: str | None, shown: str
) -> None:
    """With the qualifier that was asked for."""
    given = {"Qualifier": qualifier} if qualifier else {}

    error = refusal(aws, "Invoke", FunctionName="gone", **given)

    assert error.code == "ResourceNotFoundException"
    assert error.message == (
        f"Function not found: arn:aws:lambda:us-east-1:000000000000:function:gone{shown}"
    )


@fact("6.3", "Am")
@pytest.mark.parametrize(
    ("kind", "size", "is_refused"),
    [
        ("RequestResponse", 6_291_456, False),
        ("RequestResponse", 6_291_457, True),
        ("Event", 1_048_576, False),
        ("Event", 1_048_577, True),
    ],
)
def test_payloads_are_bounded(aws: VirtualAws, kind: str, size: int, is_refused: bool) -> None:  # noqa: FBT001 - a case
    """Six megabytes synchronously, one asynchronously."""
    aws.function("f", lambda _event: 1)
    payload = b'"' + b"x" * (size - 2) + b'"'

    if is_refused:
        error = refusal(aws, "Invoke", FunctionName="f", InvocationType=kind, Payload=payload)
        assert error.code == "RequestTooLargeException"
    else:
        assert invoke(aws, kind, Payload=payload)["StatusCode"] in {200, 202}


@fact("6.3", "Am")
def test_reserved_concurrency_throttles_what_is_beyond_it(aws: VirtualAws) -> None:
    """With the reason; zero admits nothing."""
    aws.function("f")
    reserved = {"FunctionName": "f", "ReservedConcurrentExecutions": 1}
    aws.call("lambda", "PutFunctionConcurrency", **reserved)
    aws.held = []
    aws.begin("lambda", "Invoke", FunctionName="f")

    error = refusal(aws, "Invoke", FunctionName="f")

    assert (error.code, error.status) == ("TooManyRequestsException", 429)
    assert error.members["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"


def test_a_function_without_a_worker_never_waits_for_those_of_another(aws: VirtualAws) -> None:
    """Also if its caller is a function that waits for it."""
    aws.function("busy")
    aws.function("f")
    aws.held = []
    for _ in range(50):
        aws.begin("lambda", "Invoke", FunctionName="busy")

    aws.begin("lambda", "Invoke", FunctionName="f")

    started = [start.function_arn.rpartition(":")[2] for start in aws.held]
    assert started == ["busy"] * 5 + ["f"]


def test_what_waits_for_a_worker_runs_when_one_is_free(aws: VirtualAws) -> None:
    """In the order in which it came, and all of it."""
    aws.function("f")
    aws.held = []
    calls = [
        aws.begin("lambda", "Invoke", FunctionName="f", Payload=str(n).encode()) for n in range(20)
    ]
    ended = 0
    while ended < len(aws.held):
        aws.end(aws.held[ended])
        ended += 1

    answers = [aws.answer_of(call) for call in calls]
    assert [answer and answer["Payload"] for answer in answers] == [
        str(n).encode() for n in range(20)
    ]


def test_beyond_a_bound_waiting_calls_are_throttled(aws: VirtualAws) -> None:
    """Memory is bounded."""
    aws.function("f")
    aws.held = []
    for _ in range(1_005):
        aws.begin("lambda", "Invoke", FunctionName="f")

    error = refusal(aws, "Invoke", FunctionName="f")

    assert error.members["Reason"] == "ConcurrentInvocationLimitExceeded"


def test_a_function_is_created_once(aws: VirtualAws) -> None:
    """The second is a conflict."""
    aws.function("f")
    given = {"Role": ROLE, "Runtime": "python3.13", "Handler": "a.b", "Code": {"ZipFile": b"z"}}

    error = refusal(aws, "CreateFunction", FunctionName="f", **given)

    assert (error.code, error.message) == (
        "ResourceConflictException",
        "Function already exist: f",
    )


def test_a_version_is_made_only_if_something_has_changed(aws: VirtualAws) -> None:
    """An alias moves from one to another."""
    aws.function("f")
    publish = {"FunctionName": "f"}
    first = aws.call("lambda", "PublishVersion", **publish)["Version"]
    again = aws.call("lambda", "PublishVersion", **publish)["Version"]
    aws.call("lambda", "UpdateFunctionConfiguration", FunctionName="f", Timeout=9)
    second = aws.call("lambda", "PublishVersion", **publish)["Version"]
    alias = {"FunctionName": "f", "Name": "live"}
    aws.call("lambda", "CreateAlias", FunctionVersion=first, **alias)
    aws.call("lambda", "UpdateAlias", FunctionVersion=second, **alias)

    answer = invoke(aws, Qualifier="live", Payload=b"1")

    assert (first, again, second) == ("1", "1", "2")
    assert answer["ExecutedVersion"] == "2"


def test_code_that_is_replaced_runs_from_the_next_call_on(aws: VirtualAws) -> None:
    """The old revision is retired; a version keeps its own."""
    aws.function("f")
    before = invoke(aws, Payload=b"1")
    aws.call("lambda", "PublishVersion", FunctionName="f")
    aws.call("lambda", "UpdateFunctionCode", FunctionName="f", ZipFile=b"new")

    invoke(aws, Payload=b"1")
    invoke(aws, Qualifier="1", Payload=b"1")

    revisions = [start.revision for _, start in aws.invoked]
    assert before["StatusCode"] == 200
    assert len(set(revisions)) == 3


@pytest.mark.parametrize(
    ("operation", "given", "code"),
    [
        ("GetPolicy", {}, "ResourceNotFoundException"),
        ("RemovePermission", {"StatementId": "none"}, "ResourceNotFoundException"),
        ("GetFunctionEventInvokeConfig", {}, "ResourceNotFoundException"),
        ("GetAlias", {"Name": "none"}, "ResourceNotFoundException"),
        ("UpdateFunctionCode", {}, "InvalidParameterValueException"),
        (
            "UpdateFunctionConfiguration",
            {"Layers": ["arn:aws:lambda:us-east-1:000000000000:layer:l:1"]},
            "InvalidParameterValueException",
        ),
    ],
)
def test_what_lambda_refuses_is_refused(
    aws: VirtualAws, operation: str, given: dict[str, Any], code: str
) -> None:
    """With its code."""
    aws.function("g")
    aws.call("lambda", "DeleteFunction", FunctionName="g")
    made = {"Role": ROLE, "Runtime": "python3.13", "Handler": "a.b", "Code": {"ZipFile": b"z"}}
    aws.call("lambda", "CreateFunction", FunctionName="f", **made)

    assert refusal(aws, operation, FunctionName="f", **given).code == code
