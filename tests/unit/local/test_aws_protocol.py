"""Requests of boto3 become parameters, and responses become what boto3 reads."""

import contextlib
import json
from collections.abc import Mapping

import pytest
from multidict import CIMultiDict, MultiDict

from trunklab.local.delivery.steps import ApiError
from trunklab.local.http.aws_protocol import AwsProtocol, HttpRequest

EVENTS = AwsProtocol("events")
QUEUES = AwsProtocol("sqs")
FUNCTIONS = AwsProtocol("lambda")
SCHEDULES = AwsProtocol("scheduler")


def targeted(operation: str, body: object) -> HttpRequest:
    """Returns a request of the JSON protocol."""
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return HttpRequest("POST", "/", MultiDict(), CIMultiDict({"X-Amz-Target": operation}), text)


def rest(
    method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
) -> HttpRequest:
    """Returns a request of the REST-JSON protocol."""
    path, _, query = path.partition("?")
    pairs = [tuple(pair.split("=")) for pair in query.split("&") if pair]
    return HttpRequest(method, path, MultiDict(pairs), CIMultiDict(headers or {}), body)  # type: ignore[arg-type] # pairs


def refusal(protocol: AwsProtocol, request: HttpRequest) -> ApiError:
    """Returns the error that a request gets."""
    with pytest.raises(ApiError) as caught:
        protocol.read(request)
    return caught.value


def test_an_operation_is_read_from_its_target_header() -> None:
    """As boto3 sends it."""
    entry = {"Source": "a", "DetailType": "b", "Detail": "{}"}

    read = EVENTS.read(targeted("AWSEvents.PutEvents", {"Entries": [entry]}))

    assert read == ("PutEvents", {"Entries": [entry]})


def test_members_that_the_model_does_not_know_are_ignored() -> None:
    """A newer client may send more."""
    _, given = EVENTS.read(targeted("AWSEvents.PutEvents", {"Entries": [{"Sauce": "a"}]}))

    assert given == {"Entries": [{}]}


@pytest.mark.parametrize("target", ["AWSEvents.PutEvent", "AWSEvents.", ""])
def test_an_unknown_operation_is_refused(target: str) -> None:
    """Misspelt, empty or absent."""
    assert refusal(EVENTS, targeted(target, {})).code == "UnknownOperationException"


@pytest.mark.parametrize("body", [b"{", b"[]", b'"text"', b"\xff"])
def test_a_body_that_is_not_a_json_object_is_refused(body: bytes) -> None:
    """Truncated, of another type, not UTF-8."""
    refused = refusal(EVENTS, targeted("AWSEvents.PutEvents", body))

    assert refused.code == "SerializationException"


@pytest.mark.parametrize(
    "entries", ["text", 1, {"a": 1}, [1], [[]], [{"Source": 1}], [{"Resources": "a"}]]
)
def test_a_value_of_another_type_is_refused(entries: object) -> None:
    """At every depth."""
    refused = refusal(EVENTS, targeted("AWSEvents.PutEvents", {"Entries": entries}))

    assert refused.code == "SerializationException"


def test_a_value_that_breaks_a_pattern_is_named_with_its_place() -> None:
    """AWS counts members from 1 [recorded]."""
    targets = [{"Id": "fine", "Arn": "arn"}, {"Id": "a b", "Arn": "arn"}]

    refused = refusal(EVENTS, targeted("AWSEvents.PutTargets", {"Rule": "r", "Targets": targets}))

    assert refused.code == "ValidationException"
    assert refused.message == (
        "1 validation error detected: Value 'a b' at 'targets.2.member.id' failed to satisfy"
        r" constraint: Member must satisfy regular expression pattern: [\.\-_A-Za-z0-9]+"
    )


def test_too_many_entries_are_shown_as_java_shows_them() -> None:
    """With all members, null if absent [recorded]."""
    entry = {"Source": "a", "DetailType": "b", "Detail": "{}"}

    refused = refusal(EVENTS, targeted("AWSEvents.PutEvents", {"Entries": [entry] * 11}))

    start = "1 validation error detected: Value '[PutEventsRequestEntry(time=null, source=a, "
    assert refused.message.startswith(start)
    constraint = "Member must have length less than or equal to 10"
    assert refused.message.endswith(f"at 'entries' failed to satisfy constraint: {constraint}")


def test_every_violation_is_counted() -> None:
    """Not only the first."""
    refused = refusal(EVENTS, targeted("AWSEvents.PutRule", {"Name": "x" * 65, "State": "ON"}))

    assert refused.message.startswith("2 validation errors detected: ")


def test_a_missing_member_is_named() -> None:
    """boto3 would refuse it; other clients send it."""
    refused = refusal(EVENTS, targeted("AWSEvents.PutTargets", {"Rule": "r"}))

    assert "Value null at 'targets' failed to satisfy constraint: Member must not be null" in (
        refused.message
    )


def test_binary_message_attributes_are_bytes() -> None:
    """They travel as base64."""
    attributes = {"a": {"DataType": "Binary", "BinaryValue": "AAE="}}
    request = {"QueueUrl": "q", "MessageBody": "m", "MessageAttributes": attributes}

    _, given = QUEUES.read(targeted("AmazonSQS.SendMessage", request))

    assert given["MessageAttributes"]["a"]["BinaryValue"] == b"\x00\x01"


def test_path_query_header_and_payload_of_a_rest_request_are_read() -> None:
    """All four places at once."""
    path = "/2015-03-31/functions/a%2Db/invocations?Qualifier=live"
    request = rest("POST", path, b'{"a": 1}', {"X-Amz-Invocation-Type": "Event"})

    operation, given = FUNCTIONS.read(request)

    assert operation == "Invoke"
    assert given == {
        "FunctionName": "a-b",
        "Qualifier": "live",
        "InvocationType": "Event",
        "Payload": b'{"a": 1}',
    }


def test_a_number_in_a_query_is_a_number() -> None:
    """A query is text."""
    _, given = FUNCTIONS.read(rest("GET", "/2015-03-31/functions/?MaxItems=5"))

    assert given == {"MaxItems": 5}


def test_a_list_in_a_query_is_a_list() -> None:
    """Names that occur repeatedly."""
    path = "/2017-03-31/tags/arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Af"

    _, given = FUNCTIONS.read(rest("DELETE", f"{path}?tagKeys=a&tagKeys=b"))

    assert given["TagKeys"] == ["a", "b"]


@pytest.mark.parametrize("path", ["/", "/2015-03-31/nothing", "/2015-03-31/functions/f/none"])
def test_a_path_of_no_operation_is_not_found(path: str) -> None:
    """Unknown, too short, too long."""
    assert refusal(FUNCTIONS, rest("GET", path)).status == 404


def test_a_literal_path_is_preferred_to_a_label() -> None:
    """Whatever their order in the model."""
    assert SCHEDULES.read(rest("GET", "/schedule-groups"))[0] == "ListScheduleGroups"
    assert SCHEDULES.read(rest("GET", "/schedules/name"))[0] == "GetSchedule"


def test_a_response_carries_status_headers_and_payload_where_the_model_says() -> None:
    """As Invoke answers."""
    answer = {"StatusCode": 202, "FunctionError": "Unhandled", "Payload": b"null"}

    written = FUNCTIONS.write("Invoke", answer)

    assert (written.status, written.body) == (202, b"null")
    assert written.headers["X-Amz-Function-Error"] == "Unhandled"


def test_a_response_leaves_out_what_is_none() -> None:
    """The last page has no token."""
    written = EVENTS.write("ListRules", {"Rules": [], "NextToken": None})

    assert json.loads(written.body) == {"Rules": []}


def test_the_status_of_an_error_comes_from_the_model() -> None:
    """And the spelling of its message."""
    written = FUNCTIONS.write_error(ApiError("ResourceNotFoundException", "no"))

    assert written.status == 404
    assert json.loads(written.body)["Message"] == "no"


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ApiError("ResourceNotFoundException", "no"), "User"),
        (ApiError("ServiceException", "no", 500), "Service"),
    ],
)
def test_errors_of_functions_say_who_is_at_fault(error: ApiError, kind: str) -> None:
    """In the member Type, as AWS does."""
    assert json.loads(FUNCTIONS.write_error(error).body)["Type"] == kind


def test_errors_of_queues_carry_the_older_code() -> None:
    """boto3 shows it as the code."""
    written = QUEUES.write_error(ApiError("QueueDoesNotExist", "no"))

    assert json.loads(written.body)["__type"] == "com.amazonaws.sqs#QueueDoesNotExist"
    assert written.headers["x-amzn-query-error"] == (
        "AWS.SimpleQueueService.NonExistentQueue;Sender"
    )


@pytest.mark.parametrize("protocol", [EVENTS, QUEUES, FUNCTIONS, SCHEDULES])
def test_every_operation_of_the_model_can_be_checked(protocol: AwsProtocol) -> None:
    """Java's patterns compile, and only required members are missing."""
    for operation in protocol.operations:
        with contextlib.suppress(ApiError):
            protocol.check(operation, {})
