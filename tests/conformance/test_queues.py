"""SQS as in chapter 7.1 of the reference."""

import json

import pytest

from tests.virtual_aws import VirtualAws

fact = pytest.mark.fact


@pytest.fixture
def aws() -> VirtualAws:
    """An account in virtual time."""
    return VirtualAws()


@fact("7.1", "Am")
def test_a_message_is_invisible_until_its_timeout_ends(aws: VirtualAws) -> None:
    """And no earlier; then it is received again with another handle."""
    queue = aws.queue("queue", VisibilityTimeout="30")
    aws.send(queue, "body")

    (first,) = aws.receive(queue)
    aws.advance(29.9)
    assert aws.receive(queue) == []
    aws.advance(0.1)

    (second,) = aws.receive(queue)
    assert second["MessageId"] == first["MessageId"]
    assert second["ReceiptHandle"] != first["ReceiptHandle"]
    assert second["Attributes"]["ApproximateReceiveCount"] == "2"


@fact("7.1", "Am")
def test_a_visibility_of_zero_releases_at_once(aws: VirtualAws) -> None:
    """By ChangeMessageVisibility."""
    queue = aws.queue("queue")
    aws.send(queue, "body")
    (message,) = aws.receive(queue)

    handle = {"QueueUrl": aws.url(queue), "ReceiptHandle": message["ReceiptHandle"]}
    aws.call("sqs", "ChangeMessageVisibility", VisibilityTimeout=0, **handle)

    assert len(aws.receive(queue)) == 1


@fact("7.1", "Am")
def test_a_changed_visibility_counts_from_the_call(aws: VirtualAws) -> None:
    """Not from the receive."""
    queue = aws.queue("queue", VisibilityTimeout="10")
    aws.send(queue, "body")
    (message,) = aws.receive(queue)
    aws.advance(9)

    handle = {"QueueUrl": aws.url(queue), "ReceiptHandle": message["ReceiptHandle"]}
    aws.call("sqs", "ChangeMessageVisibility", VisibilityTimeout=10, **handle)

    aws.advance(9.9)
    assert aws.receive(queue) == []
    aws.advance(0.1)
    assert len(aws.receive(queue)) == 1


@fact("7.1", "Am")
def test_a_visibility_ends_twelve_hours_after_the_first_receive(aws: VirtualAws) -> None:
    """In total."""
    queue = aws.queue("queue", VisibilityTimeout="43200")
    aws.send(queue, "body")
    (message,) = aws.receive(queue)
    aws.advance(10)

    handle = {"QueueUrl": aws.url(queue), "ReceiptHandle": message["ReceiptHandle"]}
    error = aws.refusal("sqs", "ChangeMessageVisibility", VisibilityTimeout=43_200, **handle)

    assert "Total VisibilityTimeout for the message is beyond the limit" in error.message


@fact("7.1", "C")
def test_a_stale_handle_does_not_delete(aws: VirtualAws) -> None:
    """The call succeeds; the message is somebody else's by now."""
    queue = aws.queue("queue", VisibilityTimeout="1")
    aws.send(queue, "body")
    (stale,) = aws.receive(queue)
    aws.advance(1)
    aws.receive(queue)

    aws.delete(queue, stale)

    aws.advance(1)
    assert len(aws.receive(queue)) == 1


@fact("7.1", "Am")
def test_an_invented_handle_is_refused(aws: VirtualAws) -> None:
    """With its own error."""
    queue = aws.queue("queue")

    error = aws.refusal("sqs", "DeleteMessage", QueueUrl=aws.url(queue), ReceiptHandle="none")

    assert error.code == "ReceiptHandleIsInvalid"


@fact("7.1", "Am")
def test_a_message_is_delivered_as_often_as_the_redrive_policy_says(aws: VirtualAws) -> None:
    """The next receive moves it; id, body and time of sending stay."""
    queue, dead = aws.with_dead_letters(receives=2)
    sent = aws.send(queue, "body")
    received = []
    for _ in range(3):
        received.append(len(aws.receive(queue)))
        aws.advance(30)

    (letter,) = aws.receive(dead)

    assert received == [1, 1, 0]
    assert letter["MessageId"] == sent["MessageId"]
    assert letter["Attributes"]["DeadLetterQueueSourceArn"] == queue
    assert letter["Attributes"]["SentTimestamp"] == str(int((aws.now - 90) * 1000))


@fact("7.1", "Am")
def test_a_long_poll_is_answered_when_a_message_arrives(aws: VirtualAws) -> None:
    """At once, not at its end."""
    queue = aws.queue("queue")
    poll = aws.begin("sqs", "ReceiveMessage", QueueUrl=aws.url(queue), WaitTimeSeconds=20)
    aws.advance(5)
    assert aws.answer_of(poll) is None

    aws.send(queue, "body")

    answer = aws.answer_of(poll)
    assert answer is not None
    assert answer["Messages"][0]["Body"] == "body"


@fact("7.1", "Am")
def test_a_long_poll_ends_without_a_message(aws: VirtualAws) -> None:
    """After the time that it asked for."""
    queue = aws.queue("queue", ReceiveMessageWaitTimeSeconds="3")
    poll = aws.begin("sqs", "ReceiveMessage", QueueUrl=aws.url(queue))

    aws.advance(2.9)
    assert aws.answer_of(poll) is None
    aws.advance(0.1)
    assert aws.answer_of(poll) == {}


@fact("7.1", "Am")
def test_a_long_poll_is_answered_when_a_message_becomes_visible_again(aws: VirtualAws) -> None:
    """Nothing is sent meanwhile."""
    queue = aws.queue("queue", VisibilityTimeout="5")
    aws.send(queue, "body")
    aws.receive(queue)

    poll = aws.begin("sqs", "ReceiveMessage", QueueUrl=aws.url(queue), WaitTimeSeconds=20)
    aws.advance(5)

    assert aws.answer_of(poll) is not None


@fact("7.1", "Am")
def test_a_delayed_message_is_invisible_until_then(aws: VirtualAws) -> None:
    """By the message's own delay, or the queue's."""
    queue = aws.queue("queue", DelaySeconds="10")
    aws.send(queue, "by queue")
    aws.send(queue, "by itself", DelaySeconds=5)

    aws.advance(5)
    assert [one["Body"] for one in aws.receive(queue)] == ["by itself"]
    aws.advance(5)
    assert [one["Body"] for one in aws.receive(queue)] == ["by queue"]


@fact("7.1", "Am")
def test_a_message_is_dropped_after_its_retention(aws: VirtualAws) -> None:
    """Received or not."""
    queue = aws.queue("queue", MessageRetentionPeriod="60")
    aws.send(queue, "body")

    aws.advance(60)

    assert aws.receive(queue) == []
    assert aws.attributes(queue)["ApproximateNumberOfMessages"] == "0"


@fact("7.1", "Am")
def test_a_receive_returns_one_message_unless_it_asks_for_more(aws: VirtualAws) -> None:
    """MaxNumberOfMessages."""
    queue = aws.queue("queue")
    for body in ("1", "2"):
        aws.send(queue, body)

    answer = aws.call("sqs", "ReceiveMessage", QueueUrl=aws.url(queue))

    assert len(answer["Messages"]) == 1


@fact("7.1", "Am")
def test_creating_a_queue_again_returns_it_if_nothing_differs(aws: VirtualAws) -> None:
    """Otherwise the name is taken."""
    aws.queue("queue", VisibilityTimeout="10")

    same = {"QueueName": "queue", "Attributes": {"VisibilityTimeout": "10"}}
    assert aws.call("sqs", "CreateQueue", **same)["QueueUrl"].endswith("/queue")
    other = {"QueueName": "queue", "Attributes": {"VisibilityTimeout": "11"}}
    error = aws.refusal("sqs", "CreateQueue", **other)
    assert error.code == "QueueNameExists"
    assert "VisibilityTimeout" in error.message


@fact("7.1", "Am")
def test_a_batch_fails_entry_by_entry(aws: VirtualAws) -> None:
    """The others are sent."""
    queue = aws.queue("queue")
    entries = [
        {"Id": "good", "MessageBody": "x"},
        {"Id": "late", "MessageBody": "x", "DelaySeconds": 901},
    ]

    answer = aws.call("sqs", "SendMessageBatch", QueueUrl=aws.url(queue), Entries=entries)

    assert [one["Id"] for one in answer["Successful"]] == ["good"]
    assert [(one["Id"], one["SenderFault"]) for one in answer["Failed"]] == [("late", True)]


@fact("7.1", "Am")
def test_ten_thousand_messages_drain_completely(aws: VirtualAws) -> None:
    """And nothing of them stays in memory."""
    queue = aws.queue("queue")
    for number in range(1_000):
        entries = [{"Id": str(n), "MessageBody": f"{number}.{n}"} for n in range(10)]
        aws.call("sqs", "SendMessageBatch", QueueUrl=aws.url(queue), Entries=entries)

    bodies = [one["Body"] for one in aws.drain(queue)]

    assert len(bodies) == len(set(bodies)) == 10_000
    found = aws.core.queues.find(queue)
    assert found is not None
    assert found.messages == {}
    counts = aws.attributes(queue)
    assert counts["ApproximateNumberOfMessages"] == "0"
    assert counts["ApproximateNumberOfMessagesNotVisible"] == "0"


@fact("7.1", "Am")
def test_the_sources_of_a_dead_letter_queue_are_listed(aws: VirtualAws) -> None:
    """By their URLs."""
    queue, dead = aws.with_dead_letters()

    answer = aws.call("sqs", "ListDeadLetterSourceQueues", QueueUrl=aws.url(dead))

    assert answer == {"queueUrls": [aws.url(queue)]}


@fact("7.1", "Am")
def test_a_purge_removes_everything_once_a_minute(aws: VirtualAws) -> None:
    """Messages in flight too."""
    queue = aws.queue("queue")
    aws.send(queue, "in flight")
    aws.receive(queue)
    aws.send(queue, "waiting")

    aws.call("sqs", "PurgeQueue", QueueUrl=aws.url(queue))
    error = aws.refusal("sqs", "PurgeQueue", QueueUrl=aws.url(queue))

    aws.advance(60)
    assert aws.receive(queue) == []
    assert error.code == "PurgeQueueInProgress"


@fact("7.1", "Am")
def test_a_batch_with_a_lone_surrogate_fails_in_that_entry(aws: VirtualAws) -> None:
    """In a body or in an attribute."""
    queue = aws.queue("queue")
    attribute = {"a": {"DataType": "String", "StringValue": "\ud800"}}
    entries = [
        {"Id": "good", "MessageBody": "x"},
        {"Id": "body", "MessageBody": "\ud800"},
        {"Id": "attribute", "MessageBody": "x", "MessageAttributes": attribute},
    ]

    answer = aws.call("sqs", "SendMessageBatch", QueueUrl=aws.url(queue), Entries=entries)

    assert [one["Id"] for one in answer["Successful"]] == ["good"]
    assert {one["Code"] for one in answer["Failed"]} == {"InvalidMessageContents"}


@pytest.mark.parametrize("is_list", [True, False])
def test_a_permission_is_added_and_removed(aws: VirtualAws, is_list: object) -> None:
    """Beside the statements of the policy that is there; one may be an object of its own."""
    queue = aws.queue("queue")
    url = aws.url(queue)
    own = {"Sid": "own", "Effect": "Deny", "Principal": "*", "Action": "*", "Resource": queue}
    policy = {"Policy": json.dumps({"Statement": [own] if is_list else own})}
    aws.call("sqs", "SetQueueAttributes", QueueUrl=url, Attributes=policy)

    given = {"AWSAccountIds": ["111111111111"], "Actions": ["SendMessage"]}
    aws.call("sqs", "AddPermission", QueueUrl=url, Label="label", **given)
    added = json.loads(aws.attributes(queue)["Policy"])["Statement"]
    twice = aws.refusal("sqs", "AddPermission", QueueUrl=url, Label="label", **given)
    aws.call("sqs", "RemovePermission", QueueUrl=url, Label="label")
    gone = aws.refusal("sqs", "RemovePermission", QueueUrl=url, Label="label")

    assert [one["Sid"] for one in added] == ["own", "label"]
    assert added[1]["Principal"] == {"AWS": "arn:aws:iam::111111111111:root"}
    assert json.loads(aws.attributes(queue)["Policy"])["Statement"] == [own]
    assert (twice.code, gone.code) == ("InvalidParameterValue", "InvalidParameterValue")
