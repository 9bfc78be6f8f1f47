"""Queue mappings that are changed, deleted or throttled while they run."""

import json
from typing import Any

import pytest

from tests.virtual_aws import VirtualAws
from tests.virtual_consumer import Consumer
from trunklab.local.delivery.steps import ApiError


@pytest.fixture
def aws() -> VirtualAws:
    """An account in virtual time."""
    return VirtualAws()


def reserve(aws: VirtualAws, executions: int) -> None:
    """Bounds the function's concurrency."""
    given = {"FunctionName": "f", "ReservedConcurrentExecutions": executions}
    aws.call("lambda", "PutFunctionConcurrency", **given)


def with_dead_letters(aws: VirtualAws, receives: int) -> dict[str, str]:
    """Returns attributes of a queue with a dead-letter queue."""
    policy = {"deadLetterTargetArn": aws.queue("dead"), "maxReceiveCount": receives}
    return {"RedrivePolicy": json.dumps(policy)}


def test_a_deleted_mapping_takes_nothing_more_after_its_last_batch(aws: VirtualAws) -> None:
    """The batch that runs is still deleted from the queue when it succeeds."""
    consumer = Consumer(aws, BatchSize=1, ScalingConfig={"MaximumConcurrency": 2})
    aws.held = []
    consumer.send("1", "2", "3")

    assert consumer.delete()["State"] == "Deleting"
    for start in list(aws.held):
        aws.end(start)
    aws.advance(60)

    assert len(aws.invoked) == 2
    assert [one["Body"] for one in aws.drain(consumer.queue)] == ["3"]


def test_a_mapping_deleted_before_it_was_enabled_never_runs(aws: VirtualAws) -> None:
    """Its creation does not settle afterwards."""
    consumer = Consumer(aws)
    consumer.update(BatchSize=5)
    consumer.delete()

    consumer.send("1")
    aws.advance(5)

    assert consumer.batches == []


def test_a_second_update_does_not_undo_the_first(aws: VirtualAws) -> None:
    """Disabled and then changed within its transition, it stays disabled."""
    consumer = Consumer(aws)

    consumer.update(Enabled=False)
    consumer.update(BatchSize=5)
    aws.advance(5)

    assert (consumer.shown()["State"], consumer.shown()["BatchSize"]) == ("Disabled", 5)


@pytest.mark.parametrize(
    "given",
    [
        {"BatchSize": 11},
        {"FilterCriteria": {"Filters": [{"Pattern": "text"}]}},
        {"FunctionName": "slow"},
        {"FunctionName": "gone"},
        {"FunctionName": "other", "BatchSize": 11},
    ],
)
def test_a_refused_update_changes_nothing(aws: VirtualAws, given: dict[str, Any]) -> None:
    """The mapping goes on as before."""
    consumer = Consumer(aws)
    aws.function("slow", Timeout=31)
    aws.function("other")
    before = consumer.shown()

    with pytest.raises(ApiError):
        consumer.update(**given)

    assert consumer.shown() == before
    consumer.send("1")
    assert consumer.batches == [["1"]]


def test_a_listing_by_function_leaves_out_functions_whose_names_begin_alike(
    aws: VirtualAws,
) -> None:
    """`f` and `foo` are two functions."""
    consumer = Consumer(aws)
    aws.function("foo")
    other = aws.queue("other")
    aws.call("lambda", "CreateEventSourceMapping", FunctionName="foo", EventSourceArn=other)

    listed = aws.call("lambda", "ListEventSourceMappings", FunctionName="f")

    assert [one["UUID"] for one in listed["EventSourceMappings"]] == [consumer.mapping["UUID"]]


def test_a_listing_has_pages(aws: VirtualAws) -> None:
    """Of the size that was asked for; all mappings are in one of them."""
    aws.function("f")
    for number in range(5):
        arn = aws.queue(f"q{number}")
        aws.call("lambda", "CreateEventSourceMapping", FunctionName="f", EventSourceArn=arn)

    sizes = []
    marker: dict[str, str] = {}
    while True:
        page = aws.call("lambda", "ListEventSourceMappings", MaxItems=2, **marker)
        sizes.append(len(page["EventSourceMappings"]))
        if "NextMarker" not in page:
            break
        marker = {"Marker": page["NextMarker"]}

    assert sizes == [2, 2, 1]


def test_a_throttled_batch_is_not_dead_lettered_before_its_visibility_ends(
    aws: VirtualAws,
) -> None:
    """It counts as one receive for each visibility timeout, as on AWS."""
    consumer = Consumer(aws, queue=with_dead_letters(aws, receives=2))
    reserve(aws, 0)
    consumer.send("1")
    aws.advance(50)
    assert aws.receive(consumer.queue.replace("queue", "dead")) == []

    aws.call("lambda", "DeleteFunctionConcurrency", FunctionName="f")
    aws.advance(1)

    assert consumer.batches == [["1"]]
    assert consumer.records[0]["attributes"]["ApproximateReceiveCount"] == "2"


def test_a_batch_that_is_throttled_forever_is_dead_lettered(aws: VirtualAws) -> None:
    """After as many visibility timeouts as its queue says."""
    consumer = Consumer(aws, queue=with_dead_letters(aws, receives=2))
    reserve(aws, 0)
    consumer.send("1")

    aws.advance(62)

    (letter,) = aws.receive(consumer.queue.replace("queue", "dead"))
    assert letter["Body"] == "1"
    assert consumer.batches == []


def test_a_mapping_survives_that_its_function_is_deleted_and_created_again(
    aws: VirtualAws,
) -> None:
    """The message waits."""
    consumer = Consumer(aws)
    aws.call("lambda", "DeleteFunction", FunctionName="f")
    consumer.send("1")
    assert "not found" in consumer.shown()["LastProcessingResult"]

    aws.function("f", consumer.handle)
    aws.advance(2)

    assert consumer.batches == [["1"]]
    assert consumer.shown()["LastProcessingResult"] == "OK"


def test_a_late_success_does_not_delete_what_another_batch_has_received(
    aws: VirtualAws,
) -> None:
    """A message that became visible meanwhile is held by its newer receive."""
    consumer = Consumer(aws, BatchSize=1)
    aws.held = []
    consumer.send("1")
    aws.advance(30)
    late, second = aws.held

    aws.end(late)
    assert consumer.left == 1
    aws.end(second)

    assert consumer.left == 0


def test_a_message_received_twice_within_a_window_is_in_its_batch_once(aws: VirtualAws) -> None:
    """Its visibility is shorter than the window."""
    window = {"BatchSize": 100, "MaximumBatchingWindowInSeconds": 40}
    consumer = Consumer(aws, **window)

    consumer.send("1", "2")
    aws.advance(40)

    assert [sorted(batch) for batch in consumer.batches] == [["1", "2"]]
    assert consumer.left == 0


def test_a_burst_is_handled_completely(aws: VirtualAws) -> None:
    """Five thousand messages, each once."""
    consumer = Consumer(aws)
    for number in range(500):
        consumer.send(*(f"{number}.{n}" for n in range(10)))

    handled = [body for batch in consumer.batches for body in batch]
    assert len(handled) == len(set(handled)) == 5_000
    assert consumer.left == 0


def test_a_smaller_batch_size_holds_for_what_was_collected_before(aws: VirtualAws) -> None:
    """Messages that wait for the end of a window."""
    consumer = Consumer(aws, BatchSize=100, MaximumBatchingWindowInSeconds=20)
    for _ in range(2):
        consumer.send(*(str(number) for number in range(10)))

    consumer.update(BatchSize=8)
    aws.advance(60)

    assert max(len(batch) for batch in consumer.batches) == 8
    assert consumer.left == 0


@pytest.mark.parametrize("header", ["\udcff", "Root=\x00"])
def test_a_trace_header_that_is_not_text_is_dropped(aws: VirtualAws, header: str) -> None:
    """Its message is sent and handled all the same."""
    consumer = Consumer(aws)
    given = {"QueueUrl": aws.url(consumer.queue), "MessageBody": "1"}

    aws.begin("sqs", "SendMessage", header, **given)
    aws.advance(0)

    assert consumer.batches == [["1"]]
    assert "AWSTraceHeader" not in consumer.records[0]["attributes"]
