"""Filters, records and bounds of queue mappings as in chapter 6.5 of the reference."""

import base64
import json
from typing import Any

import pytest

from tests.virtual_aws import VirtualAws
from tests.virtual_consumer import Consumer
from trunklab.local.delivery.steps import ApiError

fact = pytest.mark.fact


@pytest.fixture
def aws() -> VirtualAws:
    """An account in virtual time."""
    return VirtualAws()


def filters(*patterns: Any) -> dict[str, Any]:
    """Returns filter criteria."""
    listed = [{"Pattern": one if isinstance(one, str) else json.dumps(one)} for one in patterns]
    return {"Filters": listed}


@fact("6.5", "As")
@pytest.mark.parametrize(
    ("pattern", "body", "is_handled"),
    [
        ({"body": {"a": ["x"]}}, '{"a": "x"}', True),
        ({"body": {"a": ["x"]}}, '{"a": "y"}', False),
        ({"body": {"a": [{"exists": False}]}}, '{"b": 1}', True),
        ({"body": ["plain"]}, "plain", True),
        ({"body": [{"prefix": "pl"}]}, "plain", True),
        ({"body": ["plain"]}, "other", False),
        ({"body": ["plain"]}, '{"a": "plain"}', False),
        ({"body": {"a": ["x"]}}, "x", False),
        ({"body": {"a": ["x"]}}, '{"a": "x"', False),
        ({"body": {"a": ["x"]}}, "[" * 50_000, False),
        ({"body": {"a": ["x"]}}, '{"a":' * 900 + "1" + "}" * 900, False),
        ({"body": {"a": ["x"]}}, "NaN", False),
        ({"messageAttributes": {"k": {"stringValue": ["v"]}}}, "any", True),
        ({"messageAttributes": {"k": {"stringValue": ["w"]}}}, "any", False),
        ({"awsRegion": ["us-east-1"]}, "any", True),
    ],
)
def test_a_filter_lets_through_what_it_matches_and_the_rest_is_deleted(
    aws: VirtualAws, pattern: Any, body: str, is_handled: object
) -> None:
    """A body that is not of the kind of the pattern, too."""
    consumer = Consumer(aws, FilterCriteria=filters(pattern))

    attribute = {"DataType": "String", "StringValue": "v"}
    consumer.send(body, MessageAttributes={"k": attribute})

    assert consumer.batches == ([[body]] if is_handled else [])
    assert consumer.left == 0


@fact("6.5", "Ad")
def test_a_message_is_handled_if_any_filter_matches(aws: VirtualAws) -> None:
    """Filters are alternatives."""
    consumer = Consumer(aws, FilterCriteria=filters({"body": ["a"]}, {"body": ["b"]}))

    consumer.send("a", "b", "c")

    assert consumer.batches == [["a", "b"]]


@fact("6.5", "As")
@pytest.mark.parametrize(
    "pattern",
    [
        *("", "text", "[]", '{"body": "x"}', '{"body": []}', '{"body": [{"like": "x"}]}'),
        '{"body": [{"numeric": ["<"]}]}',
    ],
)
def test_an_invalid_filter_is_refused(aws: VirtualAws, pattern: str) -> None:
    """In AWS's words, and without a mapping."""
    with pytest.raises(ApiError) as caught:
        Consumer(aws, FilterCriteria=filters(pattern))

    assert caught.value.code == "InvalidParameterValueException"
    assert caught.value.message == "Invalid filter pattern definition."
    assert aws.call("lambda", "ListEventSourceMappings")["EventSourceMappings"] == []


@fact("6.5", "Ad")
def test_a_mapping_has_at_most_five_filters(aws: VirtualAws) -> None:
    """A sixth is refused."""
    with pytest.raises(ApiError, match="at most 5"):
        Consumer(aws, FilterCriteria=filters(*({"body": [str(n)]} for n in range(6))))


@fact("6.5", "As")
def test_a_record_of_a_fifo_queue_names_group_duplicate_and_sequence(aws: VirtualAws) -> None:
    """And the trace of its sender."""
    consumer = Consumer(aws, fifo=True)
    trace = {"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1-a-b"}}

    consumer.send("body", MessageGroupId="g", MessageSystemAttributes=trace)

    (record,) = consumer.records
    assert set(record["attributes"]) == {
        *("ApproximateReceiveCount", "SentTimestamp", "SenderId"),
        *("ApproximateFirstReceiveTimestamp", "MessageGroupId", "MessageDeduplicationId"),
        *("SequenceNumber", "AWSTraceHeader"),
    }
    assert record["messageAttributes"] == {}
    assert "md5OfMessageAttributes" not in record


@fact("6.5", "As")
def test_a_binary_attribute_is_in_base64(aws: VirtualAws) -> None:
    """With empty lists, as AWS has them."""
    consumer = Consumer(aws)
    value = base64.b64encode(b"\x00\xff").decode()

    consumer.send("body", MessageAttributes={"k": {"DataType": "Binary", "BinaryValue": value}})

    assert consumer.records[0]["messageAttributes"]["k"] == {
        "binaryValue": value,
        "stringListValues": [],
        "binaryListValues": [],
        "dataType": "Binary",
    }


@fact("6.5", "As")
def test_a_batch_closes_before_its_payload_exceeds_six_megabytes(aws: VirtualAws) -> None:
    """The rest is in the next batch, and nothing is lost."""
    consumer = Consumer(aws, BatchSize=100, MaximumBatchingWindowInSeconds=20)
    for number in range(8):
        consumer.send(f"{number}" + "x" * 1_000_000)
    aws.advance(20)

    assert [len(batch) for batch in consumer.batches] == [6, 2]
    assert all(len(start.payload) <= 6 * 1024 * 1024 for _, start in aws.invoked)
    assert consumer.left == 0


@fact("6.5", "As")
def test_a_body_that_grows_in_json_counts_as_it_is_in_the_payload(aws: VirtualAws) -> None:
    """Each quote takes two bytes there."""
    consumer = Consumer(aws, BatchSize=10)

    for _ in range(5):
        aws.send(consumer.queue, '"' * 1_000_000)
    aws.advance(0)

    assert sum(len(batch) for batch in consumer.batches) == 5
    assert all(len(start.payload) <= 6 * 1024 * 1024 for _, start in aws.invoked)


@fact("6.5", "Am")
@pytest.mark.parametrize(
    "given",
    [
        {"BatchSize": 0},
        {"BatchSize": 10_001, "MaximumBatchingWindowInSeconds": 1},
        {"MaximumBatchingWindowInSeconds": 301},
        {"MaximumBatchingWindowInSeconds": -1},
        {"ScalingConfig": {"MaximumConcurrency": 1}},
        {"ScalingConfig": {"MaximumConcurrency": 1_001}},
        {"ProvisionedPollerConfig": {"MinimumPollers": 0}},
        {"ProvisionedPollerConfig": {"MaximumPollers": 10_001}},
        {"FunctionResponseTypes": ["Other"]},
    ],
)
def test_a_setting_out_of_bounds_is_refused(aws: VirtualAws, given: dict[str, Any]) -> None:
    """By the service model."""
    with pytest.raises(ApiError) as caught:
        Consumer(aws, **given)

    assert caught.value.code in {"ValidationException", "InvalidParameterValueException"}


@fact("6.5", "Am")
@pytest.mark.parametrize(
    "given",
    [
        {"BatchSize": 10_000, "MaximumBatchingWindowInSeconds": 300},
        {"ScalingConfig": {"MaximumConcurrency": 1_000}},
        {"ProvisionedPollerConfig": {"MinimumPollers": 2, "MaximumPollers": 2_000}},
        {"FunctionResponseTypes": ["ReportBatchItemFailures"]},
    ],
)
def test_the_settings_of_a_mapping_are_shown(aws: VirtualAws, given: dict[str, Any]) -> None:
    """As they were given."""
    consumer = Consumer(aws, **given)

    assert {name: consumer.shown()[name] for name in given} == given


@fact("6.5", "C")
@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"FunctionName": "gone"}, "Function does not exist"),
        ({"FunctionName": "f:live"}, "Function does not exist"),
        ({"EventSourceArn": ""}, "Unrecognized event source."),
        ({"StartingPosition": "LATEST"}, "StartingPosition is not valid for SQS event sources."),
    ],
)
def test_a_mapping_of_what_is_not_there_is_refused(
    aws: VirtualAws, given: dict[str, Any], text: str
) -> None:
    """The function, its alias or the source."""
    aws.function("f")
    valid = {"FunctionName": "f", "EventSourceArn": aws.queue("queue")}
    given = {name: value for name, value in {**valid, **given}.items() if value}

    error = aws.refusal("lambda", "CreateEventSourceMapping", **given)

    assert (error.code, error.message) == ("InvalidParameterValueException", text)


@fact("6.5", "C")
@pytest.mark.parametrize("operation", ["Get", "Update", "Delete"])
def test_a_mapping_that_does_not_exist_is_not_found(aws: VirtualAws, operation: str) -> None:
    """By its id."""
    error = aws.refusal("lambda", f"{operation}EventSourceMapping", UUID="none")

    assert (error.code, error.message) == (
        "ResourceNotFoundException",
        "The resource you requested does not exist.",
    )


@fact("6.5", "C")
@pytest.mark.parametrize(
    ("given", "count"),
    [
        ({}, 1),
        ({"FunctionName": "f"}, 1),
        ({"FunctionName": "arn:aws:lambda:us-east-1:000000000000:function:f"}, 1),
        ({"FunctionName": "f:live"}, 0),
        ({"FunctionName": "gone"}, 0),
        ({"EventSourceArn": "arn:aws:sqs:us-east-1:000000000000:gone"}, 0),
    ],
)
def test_mappings_are_listed_by_function_and_source(
    aws: VirtualAws, given: dict[str, str], count: int
) -> None:
    """Neither needs to exist."""
    Consumer(aws)

    listed = aws.call("lambda", "ListEventSourceMappings", **given)

    assert len(listed["EventSourceMappings"]) == count


@fact("6.5", "C")
@pytest.mark.parametrize("emptied", [{}, {"Filters": []}])
def test_empty_criteria_remove_the_filters(aws: VirtualAws, emptied: dict[str, Any]) -> None:
    """Of an update; every message is handled from then on."""
    consumer = Consumer(aws, FilterCriteria=filters({"body": ["a"]}))

    updated = consumer.update(FilterCriteria=emptied)
    aws.advance(1)
    consumer.send("b")

    assert "FilterCriteria" not in updated
    assert consumer.batches == [["b"]]
