"""Queues where clients, settings and whole queues come and go."""

import json
from typing import Any

import pytest

from tests.virtual_aws import VirtualAws
from trunklab.local.delivery import queue as queue_module
from trunklab.local.delivery.steps import ApiError, CallEnded

FIFO = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}


@pytest.fixture
def aws() -> VirtualAws:
    """An account in virtual time."""
    return VirtualAws()


def recreate(aws: VirtualAws, queue: str) -> None:
    """Deletes a queue and creates it again."""
    aws.call("sqs", "DeleteQueue", QueueUrl=aws.url(queue))
    aws.queue(queue.rpartition(":")[2])


def poll(aws: VirtualAws, queue: str, **given: Any) -> int:
    """Begins a long poll."""
    return aws.begin("sqs", "ReceiveMessage", QueueUrl=aws.url(queue), WaitTimeSeconds=20, **given)


def test_a_refused_message_is_not_taken_for_sent(aws: VirtualAws) -> None:
    """Sent again without its mistake, it is not a duplicate."""
    queue = aws.queue("queue.fifo", **FIFO)
    with pytest.raises(ApiError, match="not valid for this queue type"):
        aws.send(queue, "body", MessageGroupId="g", DelaySeconds=1)

    aws.send(queue, "body", MessageGroupId="g")

    assert [one["Body"] for one in aws.receive(queue)] == ["body"]


def test_the_answer_to_a_duplicate_has_the_digest_of_what_was_sent(aws: VirtualAws) -> None:
    """SDKs compare it; id and sequence number are those of the first."""
    queue = aws.queue("queue.fifo", FifoQueue="true")
    same = {"MessageGroupId": "g", "MessageDeduplicationId": "d"}
    digest = aws.send(queue, "second", MessageGroupId="g", MessageDeduplicationId="other")
    first = aws.send(queue, "first", **same)

    second = aws.send(queue, "second", **same)

    assert second["MD5OfMessageBody"] == digest["MD5OfMessageBody"]
    assert (second["MessageId"], second["SequenceNumber"]) == (
        first["MessageId"],
        first["SequenceNumber"],
    )


def test_a_long_poll_survives_that_its_queue_is_created_again(aws: VirtualAws) -> None:
    """The old poll ends without a message; a new one is answered."""
    queue = aws.queue("queue")
    old = poll(aws, queue)
    recreate(aws, queue)

    new = poll(aws, queue)
    aws.send(queue, "body")

    assert aws.answer_of(old) == {}
    answer = aws.answer_of(new)
    assert answer is not None
    assert answer["Messages"][0]["Body"] == "body"


def test_a_fifo_queue_with_messages_in_flight_can_be_deleted(aws: VirtualAws) -> None:
    """Although its group becomes free in that moment."""
    queue = aws.queue("queue.fifo", **FIFO)
    poll(aws, queue)
    aws.send(queue, "1", MessageGroupId="g")

    aws.call("sqs", "DeleteQueue", QueueUrl=aws.url(queue))

    assert "QueueUrls" not in aws.call("sqs", "ListQueues")


def test_a_mapping_goes_on_with_a_queue_that_is_created_again(aws: VirtualAws) -> None:
    """It knows the queue by its ARN."""
    queue = aws.queue("queue")
    aws.function("f")
    aws.call("lambda", "CreateEventSourceMapping", FunctionName="f", EventSourceArn=queue)
    aws.advance(1)
    recreate(aws, queue)

    aws.send(queue, "body")
    aws.advance(0)

    (start,) = [start for _, start in aws.invoked]
    assert json.loads(start.payload)["Records"][0]["body"] == "body"


def test_a_message_is_not_given_to_a_client_that_has_gone(aws: VirtualAws) -> None:
    """The next poll has it."""
    queue = aws.queue("queue")
    gone = poll(aws, queue)
    aws.core.step(CallEnded(gone), aws.now)
    waiting = poll(aws, queue)

    aws.send(queue, "body")

    assert aws.answer_of(gone) is None
    assert aws.answer_of(waiting) is not None


def test_polls_are_answered_in_their_order_and_each_message_once(aws: VirtualAws) -> None:
    """Two polls and two messages: one for each."""
    queue = aws.queue("queue")
    polls = [poll(aws, queue), poll(aws, queue)]

    aws.send(queue, "first")
    first = [aws.answer_of(one) is not None for one in polls]
    aws.send(queue, "second")

    assert first == [True, False]
    assert aws.answer_of(polls[1]) is not None


@pytest.mark.parametrize("kind", [{}, FIFO])
def test_too_many_messages_in_flight_end_no_poll_of_another(
    aws: VirtualAws, kind: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A standard queue says OverLimit, a FIFO queue answers with nothing."""
    monkeypatch.setattr(queue_module, "IN_FLIGHT_MAX", 1)
    queue = aws.queue("queue.fifo" if kind else "queue", **kind)
    waiting = poll(aws, queue)
    for body in ("a", "b"):
        aws.send(queue, body, **({"MessageGroupId": body} if kind else {}))

    assert aws.answer_of(waiting) is not None
    if kind:
        assert aws.receive(queue) == []
    else:
        with pytest.raises(ApiError, match="in flight") as caught:
            aws.receive(queue)
        assert caught.value.code == "OverLimit"


def test_a_late_message_of_a_long_life_can_still_be_extended(aws: VirtualAws) -> None:
    """The twelve hours are those of its newest receive."""
    queue = aws.queue("queue")
    aws.send(queue, "body")
    aws.receive(queue)
    aws.advance(50_000)
    (message,) = aws.receive(queue)

    handle = {"QueueUrl": aws.url(queue), "ReceiptHandle": message["ReceiptHandle"]}
    aws.call("sqs", "ChangeMessageVisibility", VisibilityTimeout=60, **handle)

    aws.advance(59.9)
    assert aws.receive(queue) == []


def test_a_fifo_message_cannot_be_deleted_after_its_visibility(aws: VirtualAws) -> None:
    """Its group may have been given to another consumer [service model]."""
    queue = aws.queue("queue.fifo", **FIFO)
    aws.send(queue, "body", MessageGroupId="g")
    (message,) = aws.receive(queue)
    aws.advance(30)

    handle = {"QueueUrl": aws.url(queue), "ReceiptHandle": message["ReceiptHandle"]}
    with pytest.raises(ApiError, match="The receipt handle has expired"):
        aws.call("sqs", "DeleteMessage", **handle)

    assert len(aws.receive(queue)) == 1


def test_a_standard_message_can_be_deleted_until_it_is_received_again(aws: VirtualAws) -> None:
    """Even after its visibility."""
    queue = aws.queue("queue")
    aws.send(queue, "body")
    (message,) = aws.receive(queue)
    aws.advance(30)

    handle = {"QueueUrl": aws.url(queue), "ReceiptHandle": message["ReceiptHandle"]}
    aws.call("sqs", "DeleteMessage", **handle)

    assert aws.receive(queue) == []


@pytest.mark.parametrize("operation", ["SendMessage", "SendMessageBatch"])
def test_the_trace_of_a_request_goes_with_its_message(aws: VirtualAws, operation: str) -> None:
    """As AWSTraceHeader."""
    queue = aws.queue("queue")
    message: dict[str, Any] = {"MessageBody": "body"}
    if operation == "SendMessageBatch":
        message = {"Entries": [{"Id": "1", **message}]}

    aws.begin("sqs", operation, trace_header="Root=1-a-b", QueueUrl=aws.url(queue), **message)

    (received,) = aws.receive(queue)
    assert received["Attributes"]["AWSTraceHeader"] == "Root=1-a-b"


def test_the_trace_of_a_message_is_stronger_than_that_of_its_request(aws: VirtualAws) -> None:
    """A relay sends on what it received."""
    queue = aws.queue("queue")
    own = {"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1-own"}}

    aws.begin(
        *("sqs", "SendMessage", "Root=1-request"),
        QueueUrl=aws.url(queue),
        MessageBody="body",
        MessageSystemAttributes=own,
    )

    (received,) = aws.receive(queue)
    assert received["Attributes"]["AWSTraceHeader"] == "Root=1-own"
