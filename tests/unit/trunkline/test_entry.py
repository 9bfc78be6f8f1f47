"""The forms in which events reach a consumer."""

import json
from typing import Any

import pytest

from trunkline.entry import DirectEvent, SqsBatch, entry_of
from trunkline.errors import ConfigurationError, RetryableError
from trunkline.message import Message

QUEUE = "arn:aws:sqs:us-east-1:000000000000:queue"

RECORD: dict[str, Any] = {
    "messageId": "m-1",
    "receiptHandle": "r-1",
    "body": "{}",
    "attributes": {"ApproximateReceiveCount": "3"},
    "eventSource": "aws:sqs",
    "eventSourceARN": QUEUE,
}

EVENT: dict[str, Any] = {
    "id": "b-1",
    "source": "shop.orders",
    "detail-type": "OrderPlaced",
    "detail": {"data": {"name": "Zoë"}},
}

NO_ENTRIES: dict[str, Any] = {
    "nothing": {},
    "no object": [],
    "a text": "Records",
    "null": None,
    "records that are no list": {"Records": {}},
    "a record that is no object": {"Records": [RECORD, "m-2"]},
    "an event without its detail": {"source": "shop.orders", "detail-type": "OrderPlaced"},
    "an event without its type": {"source": "shop.orders", "detail": {}},
    "an HTTP request": {"version": "2.0", "rawPath": "/orders", "body": "{}"},
    "a notification of SNS": {"Records": [{"EventSource": "aws:sns", "Sns": {"Message": "{}"}}]},
    "records of a stream": {"Records": [{"eventSource": "aws:dynamodb", "dynamodb": {}}]},
    "records of two sources": {"Records": [RECORD, RECORD | {"eventSource": "aws:kinesis"}]},
}


def test_messages_come_in_the_order_of_the_batch() -> None:
    """Each with its id, its text, how often it was delivered, from where, and its receipt."""
    second = RECORD | {"messageId": "m-2", "attributes": {}, "receiptHandle": "r-2"}

    entry = entry_of({"Records": [RECORD, second]})

    assert entry.messages == [
        Message("m-1", "{}", 3, QUEUE, "r-1"),
        Message("m-2", "{}", 1, QUEUE, "r-2"),
    ]


def test_an_empty_batch_has_no_messages() -> None:
    """Lambda does not send one; a test by hand may."""
    assert entry_of({"Records": []}).messages == []


def test_a_batch_is_answered_with_what_failed_in_its_own_order() -> None:
    """However the messages were worked through."""
    messages = [Message(f"m-{index}", "{}", 1, QUEUE) for index in range(4)]

    answer = SqsBatch(messages).answer([messages[3], messages[1]])

    assert answer == {"batchItemFailures": [{"itemIdentifier": "m-1"}, {"itemIdentifier": "m-3"}]}


def in_groups(*groups: str, queue: str = f"{QUEUE}.fifo") -> SqsBatch:
    """A batch of messages m-0, m-1, … of these message groups."""
    records = [
        RECORD
        | {"messageId": f"m-{index}", "eventSourceARN": queue}
        | {"attributes": {"MessageGroupId": group} if group else {}}
        for index, group in enumerate(groups)
    ]
    entry = entry_of({"Records": records})
    assert isinstance(entry, SqsBatch)
    return entry


BLOCKED: dict[str, tuple[SqsBatch, set[int], list[int]]] = {
    "the case that was reported": (in_groups("a", "a", "b"), {0}, [0, 1]),
    "nothing failed": (in_groups("a", "a", "b"), set(), []),
    "the last of its group": (in_groups("a", "a", "b"), {1}, [1]),
    "groups that alternate": (in_groups("a", "b", "a", "b", "a"), {1}, [1, 3]),
    "a failure in each group": (in_groups("a", "b", "b", "a"), {0, 2}, [0, 2, 3]),
    "two failures in one group": (in_groups("a", "a", "a"), {0, 1}, [0, 1, 2]),
    "one group in all": (in_groups(*["a"] * 10), {4}, [*range(4, 10)]),
    "a FIFO queue without groups": (in_groups("", "", ""), {1}, [1, 2]),
    "a standard queue with groups": (in_groups("a", "a", "b", queue=QUEUE), {0}, [0]),
    "a name with fifo in it": (in_groups("a", "a", queue=f"{QUEUE}.fifo-old"), {0}, [0]),
}


@pytest.mark.parametrize(("batch", "failed", "reported"), BLOCKED.values(), ids=BLOCKED.keys())
def test_what_follows_a_failure_in_its_group_is_reported_with_it(
    batch: SqsBatch, failed: set[int], reported: list[int]
) -> None:
    """Otherwise SQS would delete it, or deliver it before what failed (Lambda guide, FIFO)."""
    answer = batch.answer([batch.messages[index] for index in failed])

    identifiers = [item["itemIdentifier"] for item in answer["batchItemFailures"]]
    assert identifiers == [f"m-{index}" for index in reported]


def test_an_event_of_the_bus_is_one_message_without_a_queue() -> None:
    """A rule may have the function itself as its target."""
    (message,) = entry_of(EVENT).messages

    assert json.loads(message.body) == EVENT
    assert (message.message_id, message.attempt, message.queue) == ("b-1", 1, "")
    assert message.receipt_handle == ""


def test_a_direct_event_that_failed_fails_the_invocation() -> None:
    """An asynchronous invocation is tried again only if it fails as a whole."""
    message = Message("b-1", "{}", 1, "")

    with pytest.raises(RetryableError, match="not handled"):
        DirectEvent([message]).answer([message])


def test_a_direct_event_that_was_handled_answers_nothing() -> None:
    """There is nobody to read it."""
    assert DirectEvent([Message("b-1", "{}", 1, "")]).answer([]) == {}


@pytest.mark.parametrize("event", NO_ENTRIES.values(), ids=NO_ENTRIES.keys())
def test_an_invocation_of_any_other_form_is_refused_as_a_whole(event: Any) -> None:
    """Nothing could be reported back, so nothing is tried; the message says what to mend."""
    with pytest.raises(ConfigurationError, match="in its template"):
        entry_of(event)
