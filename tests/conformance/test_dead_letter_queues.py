"""Dead letters of SQS and the tasks that move them, as in chapter 7.1 of the reference."""

import json

import pytest

from tests.virtual_aws import START, VirtualAws
from trunklab.local.delivery.steps import ApiError

fact = pytest.mark.fact
FIFO = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}


@pytest.fixture
def aws() -> VirtualAws:
    """An account in virtual time."""
    return VirtualAws()


def redrive(dead_letters: str, receives: int = 1) -> str:
    """Returns a redrive policy."""
    return json.dumps({"deadLetterTargetArn": dead_letters, "maxReceiveCount": receives})


def exhaust(aws: VirtualAws, queue: str, receives: int = 1) -> None:
    """Receives all messages without deleting them, until they are dead-lettered."""
    for _ in range(receives + 1):
        aws.receive(queue)
        aws.advance(30)


@pytest.mark.parametrize("receives", [1, 2, 5])
@fact("7.1", "Am")
def test_each_queue_of_a_chain_delivers_as_often_as_its_policy_says(
    aws: VirtualAws, receives: int
) -> None:
    """The receives in the queues before do not count, though the attribute shows them."""
    last = aws.queue("last")
    middle = aws.queue("middle", RedrivePolicy=redrive(last, receives))
    first = aws.queue("first", RedrivePolicy=redrive(middle, 2))
    aws.send(first, "body")
    exhaust(aws, first, 2)

    received = []
    for _ in range(receives + 1):
        received.append(len(aws.receive(middle)))
        aws.advance(30)

    assert received == [1] * receives + [0]
    (letter,) = aws.receive(last)
    assert letter["Attributes"]["ApproximateReceiveCount"] == str(2 + receives + 1)


@fact("7.1", "Am")
def test_a_message_that_is_deleted_in_time_is_not_dead_lettered(aws: VirtualAws) -> None:
    """Nor counted in the dead-letter queue."""
    dead = aws.queue("dead")
    queue = aws.queue("queue", RedrivePolicy=redrive(dead))
    aws.send(queue, "body")
    aws.drain(queue)
    aws.advance(30)

    assert aws.receive(queue) == aws.receive(dead) == []


@fact("7.1", "C")
def test_a_standard_dead_letter_keeps_its_age(aws: VirtualAws) -> None:
    """Its retention goes on from when it was first sent."""
    dead = aws.queue("dead", MessageRetentionPeriod="100")
    queue = aws.queue("queue", RedrivePolicy=redrive(dead))
    aws.send(queue, "body")
    exhaust(aws, queue)

    aws.advance(39)
    (letter,) = aws.receive(dead, VisibilityTimeout=0)
    aws.advance(1)

    assert letter["Attributes"]["SentTimestamp"] == str(int(START * 1000))
    assert aws.receive(dead) == []


def test_a_fifo_dead_letter_begins_its_retention_anew(aws: VirtualAws) -> None:
    """Its time of sending is that of the move [SQS Developer Guide]."""
    dead = aws.queue("dead.fifo", **FIFO)
    queue = aws.queue("queue.fifo", RedrivePolicy=redrive(dead), **FIFO)
    aws.send(queue, "body", MessageGroupId="g")
    exhaust(aws, queue)

    (letter,) = aws.receive(dead)

    moved = START + 30  # the second receive
    assert letter["Attributes"]["SentTimestamp"] == str(int(moved * 1000))
    assert letter["Attributes"]["MessageGroupId"] == "g"


def test_a_queue_that_is_its_own_dead_letter_queue_goes_on_delivering(aws: VirtualAws) -> None:
    """A receive ends, and the message is there once."""
    queue = aws.queue("queue")
    policy = {"RedrivePolicy": redrive(queue)}
    aws.call("sqs", "SetQueueAttributes", QueueUrl=aws.url(queue), Attributes=policy)
    aws.send(queue, "body")
    exhaust(aws, queue, 3)

    assert [one["Body"] for one in aws.drain(queue)] == ["body"]
    aws.advance(30)
    assert aws.drain(queue) == []


@pytest.mark.parametrize(
    ("policy", "reason"),
    [
        ("text", "not a valid JSON map"),
        ("[]", "not a valid JSON map"),
        ('{"maxReceiveCount": 1}', "mandatory attribute: deadLetterTargetArn"),
        ('{"deadLetterTargetArn": "DEAD"}', "mandatory attribute: maxReceiveCount"),
        ('{"deadLetterTargetArn": "DEAD", "maxReceiveCount": 0}', "from 1 to 1000"),
        ('{"deadLetterTargetArn": "DEAD", "maxReceiveCount": 1001}', "from 1 to 1000"),
        ('{"deadLetterTargetArn": "DEAD", "maxReceiveCount": "x"}', "from 1 to 1000"),
        ('{"deadLetterTargetArn": "DEAD.fifo", "maxReceiveCount": 1}', "must be same type"),
        ('{"deadLetterTargetArn": "DEADgone", "maxReceiveCount": 1}', "target does not exist"),
        ('{"deadLetterTargetArn": 1, "maxReceiveCount": 1}', "target does not exist"),
    ],
)
@pytest.mark.parametrize("operation", ["CreateQueue", "SetQueueAttributes"])
@fact("7.1", "Am")
def test_a_redrive_policy_that_cannot_be_is_refused(
    aws: VirtualAws, policy: str, reason: str, operation: str
) -> None:
    """When a queue is created as when it is changed; no queue is left behind."""
    aws.queue("dead.fifo", **FIFO)
    attributes = {"RedrivePolicy": policy.replace("DEAD", aws.queue("dead"))}

    names = {"QueueName": "new", "QueueUrl": aws.url(aws.queue("queue"))}

    with pytest.raises(ApiError, match=reason) as caught:
        aws.call("sqs", operation, **names, Attributes=attributes)

    assert caught.value.code == "InvalidParameterValue"
    assert "QueueUrls" not in aws.call("sqs", "ListQueues", QueueNamePrefix="new")
