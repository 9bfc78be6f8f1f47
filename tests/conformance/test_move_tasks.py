"""Message move tasks as in chapter 7.1 of the reference."""

import base64
import json
from typing import Any

import pytest

from tests.virtual_aws import START, VirtualAws
from trunklab.local.delivery.steps import ApiError

fact = pytest.mark.fact
FIFO = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}


@pytest.fixture
def aws() -> VirtualAws:
    """An account in virtual time."""
    return VirtualAws()


@fact("7.1", "As")
def test_a_move_task_sends_dead_letters_back_to_their_queues(aws: VirtualAws) -> None:
    """As new messages with a receive count of zero."""
    queue, dead = aws.with_dead_letters(receives=1)
    sent = aws.send(queue, "body")
    aws.receive(queue)
    aws.advance(30)
    aws.receive(queue)

    aws.call("sqs", "StartMessageMoveTask", SourceArn=dead)
    aws.advance(1)

    (task,) = aws.call("sqs", "ListMessageMoveTasks", SourceArn=dead)["Results"]
    assert task["Status"] == "COMPLETED"
    assert task["ApproximateNumberOfMessagesMoved"] == 1
    assert "TaskHandle" not in task
    (moved,) = aws.receive(queue)
    assert moved["MessageId"] != sent["MessageId"]
    assert moved["Attributes"]["ApproximateReceiveCount"] == "1"


@fact("7.1", "As")
def test_a_move_task_fails_where_no_source_is_known(aws: VirtualAws) -> None:
    """For example what EventBridge itself dead-lettered: the message stays."""
    _, dead = aws.with_dead_letters()
    aws.send(dead, "body")

    aws.call("sqs", "StartMessageMoveTask", SourceArn=dead)
    aws.advance(1)

    (task,) = aws.call("sqs", "ListMessageMoveTasks", SourceArn=dead)["Results"]
    assert (task["Status"], task["FailureReason"]) == ("FAILED", "CouldNotDetermineMessageSource")
    assert len(aws.receive(dead)) == 1


@fact("7.1", "As")
def test_a_move_task_moves_at_the_rate_that_was_asked_for(aws: VirtualAws) -> None:
    """And can be cancelled in between."""
    _, dead = aws.with_dead_letters()
    other = aws.queue("other")
    for number in range(10):
        aws.send(dead, str(number))

    given = {"SourceArn": dead, "DestinationArn": other, "MaxNumberOfMessagesPerSecond": 2}
    handle = aws.call("sqs", "StartMessageMoveTask", **given)["TaskHandle"]
    aws.advance(1.9)
    moved = aws.call("sqs", "CancelMessageMoveTask", TaskHandle=handle)
    aws.advance(60)

    assert moved["ApproximateNumberOfMessagesMoved"] == 4
    assert len(aws.drain(other)) == 4
    (task,) = aws.call("sqs", "ListMessageMoveTasks", SourceArn=dead)["Results"]
    assert task["Status"] == "CANCELLED"


@fact("7.1", "As")
@pytest.mark.parametrize(
    ("source", "destination", "text"),
    [
        ("queue", None, "Source queue must be configured as a Dead Letter Queue."),
        (
            "gone",
            None,
            "The resource that you specified for the SourceArn parameter doesn't exist.",
        ),
        ("dead", "gone", "specified for the DestinationArn parameter doesn't exist."),
    ],
)
def test_a_move_task_that_cannot_be_is_refused(
    aws: VirtualAws, source: str, destination: str | None, text: str
) -> None:
    """In the words of SQS."""
    queue, _ = aws.with_dead_letters()
    prefix = queue.rpartition(":")[0]
    target = {"DestinationArn": f"{prefix}:{destination}"} if destination else {}

    error = aws.refusal("sqs", "StartMessageMoveTask", SourceArn=f"{prefix}:{source}", **target)

    assert text in error.message


@fact("7.1", "As")
def test_one_move_task_runs_for_a_queue(aws: VirtualAws) -> None:
    """A second is refused."""
    _, dead = aws.with_dead_letters()
    for number in range(3):
        aws.send(dead, str(number))
    given = {"SourceArn": dead, "MaxNumberOfMessagesPerSecond": 1}
    other = {"DestinationArn": aws.queue("other")}
    aws.call("sqs", "StartMessageMoveTask", **given, **other)

    second = aws.refusal("sqs", "StartMessageMoveTask", **given)

    assert "There is already a task running." in second.message


@fact("7.1", "As")
@pytest.mark.parametrize(
    ("source", "code", "text"),
    [
        ("dead", "ResourceNotFoundException", "Task does not exist."),
        (
            *("gone", "ResourceNotFoundException"),
            "The resource that you specified for the SourceArn parameter doesn't exist.",
        ),
        ("", "InvalidParameterValue", "Value for parameter TaskHandle is invalid."),
    ],
)
def test_a_task_that_is_not_there_cannot_be_cancelled(
    aws: VirtualAws, source: str, code: str, text: str
) -> None:
    """By its handle: unknown, of an unknown queue, or not a handle."""
    _, dead = aws.with_dead_letters()
    named = {"taskId": "none", "sourceArn": dead.replace("dead", source)} if source else "text"
    handle = base64.b64encode(json.dumps(named).encode()).decode()

    error = aws.refusal("sqs", "CancelMessageMoveTask", TaskHandle=handle)

    assert (error.code, error.message) == (code, text)


@fact("7.1", "Am")
@pytest.mark.parametrize("size", [0, 11])
def test_at_most_ten_tasks_are_listed(aws: VirtualAws, size: int) -> None:
    """And at least one."""
    _, dead = aws.with_dead_letters()

    error = aws.refusal("sqs", "ListMessageMoveTasks", SourceArn=dead, MaxResults=size)

    assert error.code == "InvalidParameterValue"


def redrive(dead_letters: str, receives: int = 1) -> str:
    """Returns a redrive policy."""
    return json.dumps({"deadLetterTargetArn": dead_letters, "maxReceiveCount": receives})


def exhaust(aws: VirtualAws, queue: str, receives: int = 1) -> None:
    """Receives all messages without deleting them, until they are dead-lettered."""
    for _ in range(receives + 1):
        aws.receive(queue)
        aws.advance(30)


def start_move(aws: VirtualAws, source: str, **given: Any) -> str:
    """Starts a move task and returns its handle."""
    handle: str = aws.call("sqs", "StartMessageMoveTask", SourceArn=source, **given)["TaskHandle"]
    return handle


def tasks(aws: VirtualAws, source: str) -> list[dict[str, Any]]:
    """Returns the move tasks of a queue."""
    answer = aws.call("sqs", "ListMessageMoveTasks", SourceArn=source, MaxResults=10)
    listed: list[dict[str, Any]] = answer["Results"]
    return listed


@fact("7.1", "As")
def test_a_move_task_finds_each_of_several_sources(aws: VirtualAws) -> None:
    """Each message returns to the queue that gave it up."""
    dead = aws.queue("dead")
    sources = [aws.queue(name, RedrivePolicy=redrive(dead)) for name in ("a", "b")]
    for source in sources:
        aws.send(source, source)
        exhaust(aws, source)

    start_move(aws, dead)
    aws.advance(1)

    assert [[one["Body"] for one in aws.drain(source)] for source in sources] == [
        [source] for source in sources
    ]


@fact("7.1", "As")
def test_a_running_move_task_shows_its_handle_and_progress(aws: VirtualAws) -> None:
    """Only while it runs."""
    dead = aws.queue("dead")
    aws.queue("queue", RedrivePolicy=redrive(dead))
    other = aws.queue("other")
    for number in range(3):
        aws.send(dead, str(number))

    handle = start_move(aws, dead, DestinationArn=other, MaxNumberOfMessagesPerSecond=1)
    aws.advance(1.5)

    (running,) = tasks(aws, dead)
    assert running == {
        "TaskHandle": handle,
        "Status": "RUNNING",
        "SourceArn": dead,
        "DestinationArn": other,
        "MaxNumberOfMessagesPerSecond": 1,
        "ApproximateNumberOfMessagesMoved": 2,
        "ApproximateNumberOfMessagesToMove": 3,
        "StartedTimestamp": int(START * 1000),
    }


@fact("7.1", "As")
def test_a_move_task_fails_when_its_destination_is_deleted(aws: VirtualAws) -> None:
    """What was not moved stays, and can be received at once."""
    dead = aws.queue("dead")
    aws.queue("queue", RedrivePolicy=redrive(dead))
    other = aws.queue("other")
    for number in range(3):
        aws.send(dead, str(number))
    start_move(aws, dead, DestinationArn=other, MaxNumberOfMessagesPerSecond=1)

    aws.advance(0.5)
    aws.call("sqs", "DeleteQueue", QueueUrl=aws.url(other))
    aws.advance(10)

    (failed,) = tasks(aws, dead)
    assert failed["Status"] == "FAILED"
    assert failed["FailureReason"] == "AWS.SimpleQueueService.NonExistentQueue"
    assert failed["ApproximateNumberOfMessagesMoved"] == 1
    assert len(aws.receive(dead)) == 2


@fact("7.1", "As")
def test_a_second_move_task_may_follow_the_first(aws: VirtualAws) -> None:
    """One at a time; the newest is listed first."""
    dead = aws.queue("dead")
    aws.queue("queue", RedrivePolicy=redrive(dead))
    other = aws.queue("other")
    start_move(aws, dead, DestinationArn=other)
    aws.advance(1)

    aws.send(dead, "no source")
    start_move(aws, dead)
    aws.advance(1)

    assert [task["Status"] for task in tasks(aws, dead)] == ["FAILED", "COMPLETED"]


def test_a_move_task_onto_its_own_queue_is_refused(aws: VirtualAws) -> None:
    """It would never end."""
    dead = aws.queue("dead")
    aws.queue("queue", RedrivePolicy=redrive(dead))
    aws.send(dead, "body")

    with pytest.raises(ApiError, match="cannot be the same"):
        start_move(aws, dead, DestinationArn=dead)


@pytest.mark.parametrize("rate", [0, -1, 501])
@fact("7.1", "Am")
def test_a_move_task_moves_at_most_500_messages_a_second(aws: VirtualAws, rate: int) -> None:
    """And at least one."""
    dead = aws.queue("dead")
    aws.queue("queue", RedrivePolicy=redrive(dead))

    with pytest.raises(ApiError, match="from 1 to 500"):
        start_move(aws, dead, MaxNumberOfMessagesPerSecond=rate)


@fact("7.1", "As")
def test_a_fifo_move_task_keeps_group_and_order(aws: VirtualAws) -> None:
    """Within five minutes of the first sending, too: nothing is taken for a duplicate."""
    dead = aws.queue("dead.fifo", **FIFO)
    queue = aws.queue("queue.fifo", RedrivePolicy=redrive(dead), **FIFO)
    for body in ("1", "2", "3"):
        aws.send(queue, body, MessageGroupId="g")
    exhaust(aws, queue)

    start_move(aws, dead)
    aws.advance(1)

    moved = aws.receive(queue)
    assert [one["Body"] for one in moved] == ["1", "2", "3"]
    assert {one["Attributes"]["MessageGroupId"] for one in moved} == {"g"}
