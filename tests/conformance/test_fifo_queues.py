"""FIFO queues as in chapter 7.1 of the reference."""

import pytest

from tests.virtual_aws import VirtualAws

fact = pytest.mark.fact


@pytest.fixture
def aws() -> VirtualAws:
    """An account in virtual time."""
    return VirtualAws()


FIFO = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}


@fact("7.1", "Am")
def test_a_group_gives_out_nothing_while_a_message_of_it_is_in_flight(aws: VirtualAws) -> None:
    """Other groups go on; a receive takes as many of one group as it can."""
    queue = aws.queue("queue.fifo", **FIFO)
    for body in ("a1", "b1", "a2", "b2"):
        aws.send(queue, body, MessageGroupId=body[0])

    first = aws.receive(queue, 1)
    second = aws.receive(queue)

    assert [one["Body"] for one in first] == ["a1"]
    assert [one["Body"] for one in second] == ["b1", "b2"]
    aws.delete(queue, first[0])
    assert [one["Body"] for one in aws.receive(queue)] == ["a2"]


@fact("7.1", "Am")
def test_messages_of_a_group_return_in_their_order(aws: VirtualAws) -> None:
    """Whatever the order in which they are released."""
    queue = aws.queue("queue.fifo", **FIFO)
    for body in ("1", "2", "3", "4"):
        aws.send(queue, body, MessageGroupId="g")
    taken = aws.receive(queue, 3)

    for message in reversed(taken):
        handle = {"QueueUrl": aws.url(queue), "ReceiptHandle": message["ReceiptHandle"]}
        aws.call("sqs", "ChangeMessageVisibility", VisibilityTimeout=0, **handle)

    assert [one["Body"] for one in aws.receive(queue)] == ["1", "2", "3", "4"]


@fact("7.1", "Am")
def test_a_duplicate_within_five_minutes_is_accepted_and_not_delivered(aws: VirtualAws) -> None:
    """Not even after the first was deleted; then it is a message of its own."""
    queue = aws.queue("queue.fifo", **FIFO)
    first = aws.send(queue, "body", MessageGroupId="g")
    aws.drain(queue)

    second = aws.send(queue, "body", MessageGroupId="other")
    assert (second["MessageId"], aws.drain(queue)) == (first["MessageId"], [])

    aws.advance(300)
    aws.send(queue, "body", MessageGroupId="g")
    assert len(aws.drain(queue)) == 1


@fact("7.1", "Am")
def test_deduplication_can_be_by_group(aws: VirtualAws) -> None:
    """DeduplicationScope."""
    scope = {"DeduplicationScope": "messageGroup", "FifoThroughputLimit": "perMessageGroupId"}
    queue = aws.queue("queue.fifo", **FIFO, **scope)

    for group in ("a", "b", "a"):
        aws.send(queue, "body", MessageGroupId=group)

    assert len(aws.drain(queue)) == 2


@fact("7.1", "Am")
@pytest.mark.parametrize(
    ("given", "text"),
    [({}, "MessageGroupId"), ({"MessageGroupId": "g"}, "ContentBasedDeduplication")],
)
def test_a_fifo_queue_demands_group_and_deduplication(
    aws: VirtualAws, given: dict[str, str], text: str
) -> None:
    """The second unless it is by content."""
    queue = aws.queue("queue.fifo", FifoQueue="true")

    error = aws.refusal("sqs", "SendMessage", QueueUrl=aws.url(queue), MessageBody="x", **given)

    assert text in error.message


@fact("7.1", "Am")
def test_a_group_on_a_standard_queue_orders_nothing(aws: VirtualAws) -> None:
    """It is for fairness alone."""
    queue = aws.queue("queue")
    for body in ("1", "2"):
        aws.send(queue, body, MessageGroupId="g")

    first = aws.receive(queue, 1)
    second = aws.receive(queue, 1)

    assert len(first + second) == 2
    assert first[0]["Attributes"]["MessageGroupId"] == "g"


@fact("7.1", "Am")
def test_a_receive_can_be_repeated_by_its_attempt_id(aws: VirtualAws) -> None:
    """With the same messages and handles; their visibility begins anew."""
    queue = aws.queue("queue.fifo", **FIFO)
    for body in ("1", "2"):
        aws.send(queue, body, MessageGroupId="g")
    first = aws.receive(queue, ReceiveRequestAttemptId="attempt")
    aws.advance(20)

    again = aws.receive(queue, ReceiveRequestAttemptId="attempt")

    assert len(again) == 2
    assert again == first
    aws.advance(29)
    assert aws.receive(queue) == []
    aws.advance(1)
    assert len(aws.receive(queue)) == 2


@fact("7.1", "Am")
@pytest.mark.parametrize("change", ["deleted", "changed", "other attempt", "too late"])
def test_a_receive_cannot_be_repeated_after_a_change(aws: VirtualAws, change: str) -> None:
    """Its messages stay in flight."""
    queue = aws.queue("queue.fifo", VisibilityTimeout="1000", **FIFO)
    for body in ("1", "2"):
        aws.send(queue, body, MessageGroupId="g")
    message, _ = aws.receive(queue, ReceiveRequestAttemptId="attempt")
    handle = {"QueueUrl": aws.url(queue), "ReceiptHandle": message["ReceiptHandle"]}
    if change == "deleted":
        aws.call("sqs", "DeleteMessage", **handle)
    elif change == "changed":
        aws.call("sqs", "ChangeMessageVisibility", VisibilityTimeout=500, **handle)
    elif change == "too late":
        aws.advance(300)

    attempt = "other" if change == "other attempt" else "attempt"
    assert aws.receive(queue, ReceiveRequestAttemptId=attempt) == []


def test_a_repeated_receive_is_repeatable_for_five_minutes_in_all(aws: VirtualAws) -> None:
    """Repetitions do not prolong them."""
    queue = aws.queue("queue.fifo", VisibilityTimeout="1000", **FIFO)
    aws.send(queue, "body", MessageGroupId="g")

    received = []
    for _ in range(4):
        received.append(len(aws.receive(queue, ReceiveRequestAttemptId="attempt")))
        aws.advance(100)

    assert received == [1, 1, 1, 0]
