"""Event source mappings of SQS as in chapter 6.5 of the reference."""

import json
from typing import Any

import pytest

from tests.virtual_aws import START, VirtualAws
from tests.virtual_consumer import REPORTS, Consumer
from trunklab.local.delivery.steps import ApiError

fact = pytest.mark.fact


@pytest.fixture
def aws() -> VirtualAws:
    """An account in virtual time."""
    return VirtualAws()


def fail(_records: Any) -> Any:
    """Raises, as a handler does."""
    raise ValueError("no")


@fact("6.5", "As")
def test_a_record_holds_what_the_message_has(aws: VirtualAws) -> None:
    """With exactly AWS's keys."""
    consumer = Consumer(aws)
    attribute = {"a": {"DataType": "String", "StringValue": "v"}}

    consumer.send("body", MessageAttributes=attribute)

    (record,) = consumer.records
    assert set(record) == {
        *("messageId", "receiptHandle", "body", "attributes", "messageAttributes", "md5OfBody"),
        *("md5OfMessageAttributes", "eventSource", "eventSourceARN", "awsRegion"),
    }
    assert set(record["attributes"]) == {
        *("ApproximateReceiveCount", "SentTimestamp", "SenderId"),
        "ApproximateFirstReceiveTimestamp",
    }
    assert record["messageAttributes"]["a"]["stringValue"] == "v"
    assert (record["eventSource"], record["eventSourceARN"]) == ("aws:sqs", consumer.queue)


@fact("6.5", "Ad")
def test_a_batch_that_succeeds_is_deleted(aws: VirtualAws) -> None:
    """All of it."""
    consumer = Consumer(aws)

    consumer.send("1", "2", "3")

    assert consumer.batches == [["1", "2", "3"]]
    assert consumer.left == 0


@fact("6.5", "Ad")
def test_a_batch_that_fails_comes_again_after_its_visibility(aws: VirtualAws) -> None:
    """With a higher receive count."""
    consumer = Consumer(aws, fail)
    consumer.send("1", "2")
    aws.advance(29.9)
    assert len(consumer.batches) == 1

    aws.advance(0.1)

    assert consumer.batches == [["1", "2"], ["1", "2"]]
    assert consumer.records[-1]["attributes"]["ApproximateReceiveCount"] == "2"


@fact("6.5", "As")
@pytest.mark.parametrize(
    "answer",
    [{}, None, [], "", {"batchItemFailures": []}, {"batchItemFailures": None}, {"other": 1}],
)
def test_an_answer_without_failures_is_a_success(aws: VirtualAws, answer: Any) -> None:
    """Also where failures are reported."""
    consumer = Consumer(aws, answer, **REPORTS)

    consumer.send("1", "2")

    assert consumer.left == 0


@fact("6.5", "As")
@pytest.mark.parametrize(
    "answer",
    [
        {"batchItemFailures": [{"foo": "bar"}]},
        {"batchItemFailures": [{"itemIdentifier": ""}]},
        {"batchItemFailures": [{"itemIdentifier": None}]},
        {"batchItemFailures": [{"itemIdentifier": []}]},
        {"batchItemFailures": 1},
        {"batchItemFailures": [{"itemIdentifier": "unknown"}]},
        {"batchItemFailures": ["text"]},
        {"batchItemFailures": "text"},
        "text",
        [1],
    ],
)
def test_an_answer_that_names_no_message_fails_the_whole_batch(
    aws: VirtualAws, answer: Any
) -> None:
    """Nothing is deleted."""
    consumer = Consumer(aws, answer, **REPORTS)

    consumer.send("1", "2")

    assert consumer.left == 2


@fact("6.5", "As")
def test_reported_messages_stay_and_the_others_are_deleted(aws: VirtualAws) -> None:
    """Partial failure."""

    def first(records: list[dict[str, Any]]) -> Any:
        return {"batchItemFailures": [{"itemIdentifier": records[0]["messageId"]}]}

    consumer = Consumer(aws, first, **REPORTS)

    consumer.send("1", "2", "3")

    assert consumer.left == 1
    consumer.answer = None
    aws.advance(30)
    assert consumer.batches == [["1", "2", "3"], ["1"]]


@fact("6.5", "Ad")
def test_reported_failures_are_ignored_unless_the_mapping_says_so(aws: VirtualAws) -> None:
    """The whole batch is deleted."""

    def all_of(records: list[dict[str, Any]]) -> Any:
        return {"batchItemFailures": [{"itemIdentifier": one["messageId"]} for one in records]}

    consumer = Consumer(aws, all_of)

    consumer.send("1", "2")

    assert consumer.left == 0


@fact("6.5", "Am")
def test_a_window_collects_a_larger_batch(aws: VirtualAws) -> None:
    """Until it ends, or the batch is full."""
    consumer = Consumer(aws, BatchSize=25, MaximumBatchingWindowInSeconds=5)
    for number in range(2):
        consumer.send(*(f"{number}.{n}" for n in range(10)))
    assert consumer.batches == []

    aws.advance(5)
    for number in range(3):
        consumer.send(*(f"{number}.{n}" for n in range(10)))

    assert [len(batch) for batch in consumer.batches] == [20, 25]
    assert aws.invoked[0][0] == START + 6


@fact("6.5", "Am")
@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"BatchSize": 11}, "Maximum batch window in seconds must be greater than 0"),
        ({"FilterCriteria": {"Filters": [{"Pattern": '{"body":"x"}'}]}}, "Invalid filter pattern"),
        ({"fifo": True, "MaximumBatchingWindowInSeconds": 1}, "not supported for FIFO"),
        ({"fifo": True, "BatchSize": 11}, "10"),
        (
            {
                "ScalingConfig": {"MaximumConcurrency": 2},
                "ProvisionedPollerConfig": {"MinimumPollers": 2},
            },
            "exclude each other",
        ),
    ],
)
def test_a_mapping_that_cannot_be_is_refused(
    aws: VirtualAws, given: dict[str, Any], text: str
) -> None:
    """In Lambda's words."""
    with pytest.raises(ApiError, match=text) as caught:
        Consumer(aws, **given)

    assert caught.value.code == "InvalidParameterValueException"


@fact("6.5", "As")
def test_a_mapping_of_a_missing_queue_is_refused(aws: VirtualAws) -> None:
    """With the words of both services."""
    aws.function("f")
    arn = "arn:aws:sqs:us-east-1:000000000000:gone"

    with pytest.raises(ApiError, match="The specified queue does not exist"):
        aws.call("lambda", "CreateEventSourceMapping", FunctionName="f", EventSourceArn=arn)


@fact("6.5", "C")
def test_a_queue_that_is_more_impatient_than_its_function_is_refused(aws: VirtualAws) -> None:
    """Its messages would come twice."""
    queue = aws.queue("queue", VisibilityTimeout="10")
    aws.function("f", Timeout=11)

    with pytest.raises(ApiError, match="is less than Function timeout"):
        aws.call("lambda", "CreateEventSourceMapping", FunctionName="f", EventSourceArn=queue)


@fact("6.5", "As")
def test_the_same_mapping_twice_is_a_conflict(aws: VirtualAws) -> None:
    """The first is named."""
    consumer = Consumer(aws)

    with pytest.raises(ApiError) as caught:
        aws.call(
            "lambda", "CreateEventSourceMapping", FunctionName="f", EventSourceArn=consumer.queue
        )

    assert caught.value.code == "ResourceConflictException"
    assert consumer.mapping["UUID"] in caught.value.message


@fact("6.5", "As")
def test_a_mapping_is_created_and_then_enabled(aws: VirtualAws) -> None:
    """Its answer says creating."""
    consumer = Consumer(aws)

    found = aws.call("lambda", "GetEventSourceMapping", UUID=consumer.mapping["UUID"])

    assert (consumer.mapping["State"], found["State"]) == ("Creating", "Enabled")
    assert found["FunctionResponseTypes"] == []
    assert found["StateTransitionReason"] == "USER_INITIATED"


@fact("6.5", "Ad")
def test_a_message_that_no_filter_lets_through_is_deleted(aws: VirtualAws) -> None:
    """Bodies that are JSON are matched by their fields."""
    pattern = json.dumps({"body": {"amount": [{"numeric": [">", 10]}]}})
    consumer = Consumer(aws, FilterCriteria={"Filters": [{"Pattern": pattern}]})

    consumer.send('{"amount": 11}', '{"amount": 10}', "text")

    assert consumer.batches == [['{"amount": 11}']]
    assert consumer.left == 0


@fact("6.5", "Am")
def test_a_maximum_concurrency_is_kept(aws: VirtualAws) -> None:
    """The rest waits in the queue."""
    consumer = Consumer(aws, BatchSize=1, ScalingConfig={"MaximumConcurrency": 2})
    aws.held = []

    consumer.send(*(str(number) for number in range(5)))

    assert len(aws.held) == 2
    while aws.held:
        aws.end(aws.held.pop(0))
    assert consumer.left == 0


def test_a_slow_consumer_does_not_delay_another(aws: VirtualAws) -> None:
    """Each has its own workers."""
    slow = Consumer(aws, BatchSize=1)
    queue = aws.queue("other")
    aws.function("other")
    aws.call("lambda", "CreateEventSourceMapping", FunctionName="other", EventSourceArn=queue)
    aws.advance(1)
    aws.held = []
    slow.send(*(str(number) for number in range(10)))

    aws.send(queue, "urgent")
    aws.advance(0)

    assert aws.held[-1].function_arn.endswith(":other")


@fact("6.5", "As")
def test_a_group_is_handled_in_order_and_beside_other_groups(aws: VirtualAws) -> None:
    """FIFO: the next batch of a group waits for the one before."""
    consumer = Consumer(aws, fifo=True, BatchSize=1)
    aws.held = []
    for body in ("a1", "a2", "b1"):
        consumer.send(body, MessageGroupId=body[0])

    bodies = [json.loads(start.payload)["Records"][0]["body"] for start in aws.held]
    assert sorted(bodies) == ["a1", "b1"]
    aws.end(aws.held[bodies.index("a1")])
    assert json.loads(aws.held[-1].payload)["Records"][0]["body"] == "a2"


def test_a_throttled_batch_returns_to_its_queue_and_is_not_lost(aws: VirtualAws) -> None:
    """And is handled when there is room again."""
    consumer = Consumer(aws)
    reserved = {"FunctionName": "f", "ReservedConcurrentExecutions": 0}
    aws.call("lambda", "PutFunctionConcurrency", **reserved)
    consumer.send("1", "2")
    aws.advance(5)
    assert (consumer.batches, consumer.left) == ([], 2)

    aws.call("lambda", "DeleteFunctionConcurrency", FunctionName="f")
    aws.advance(5)

    assert sorted(consumer.batches[0]) == ["1", "2"]
    assert consumer.left == 0


def test_a_deleted_mapping_gives_back_what_it_had_collected(aws: VirtualAws) -> None:
    """At once."""
    consumer = Consumer(aws, MaximumBatchingWindowInSeconds=60, BatchSize=100)
    consumer.send("1", "2")

    aws.call("lambda", "DeleteEventSourceMapping", UUID=consumer.mapping["UUID"])

    assert len(aws.receive(consumer.queue)) == 2


def test_a_disabled_mapping_takes_nothing(aws: VirtualAws) -> None:
    """Until it is enabled."""
    consumer = Consumer(aws)
    given = {"UUID": consumer.mapping["UUID"]}
    aws.call("lambda", "UpdateEventSourceMapping", Enabled=False, **given)
    aws.advance(1)
    consumer.send("1")
    assert consumer.batches == []

    aws.call("lambda", "UpdateEventSourceMapping", Enabled=True, **given)
    aws.advance(1)

    assert consumer.batches == [["1"]]


@fact("6.5", "As")
def test_reported_messages_of_a_group_come_again_in_their_order(aws: VirtualAws) -> None:
    """FIFO: the handler reports the failed message and all that follow it."""

    def from_second(records: list[dict[str, Any]]) -> Any:
        return {"batchItemFailures": [{"itemIdentifier": one["messageId"]} for one in records[1:]]}

    consumer = Consumer(aws, from_second, fifo=True, **REPORTS)
    consumer.send("1", "2", "3", "4", MessageGroupId="g")
    consumer.send("5", MessageGroupId="g")
    consumer.answer = None

    aws.advance(30)

    assert consumer.batches == [["1", "2", "3", "4"], ["2", "3", "4", "5"]]


@fact("6.5", "As")
def test_a_batch_has_ten_messages_by_default(aws: VirtualAws) -> None:
    """And no window."""
    consumer = Consumer(aws)
    consumer.update(Enabled=False)
    aws.advance(1)
    for _ in range(2):
        consumer.send(*(str(number) for number in range(10)))

    consumer.update(Enabled=True)
    aws.advance(1)

    assert [len(batch) for batch in consumer.batches] == [10, 10]
    assert (consumer.shown()["BatchSize"], consumer.shown()["MaximumBatchingWindowInSeconds"]) == (
        10,
        0,
    )
