"""When a message comes back whose call another delivery is making."""

from collections.abc import Callable
from datetime import datetime
from math import ceil
from typing import Any

import pytest

from tests.integration.trunkline.asked import a_batch, an_event
from tests.integration.trunkline.functions import Start
from tests.integration.trunkline.outside import Outside
from tests.integration.trunkline.stage import RECEIVE_TIMES_MAX, Clients
from tests.integration.trunkline.units import fresh
from tests.integration.trunkline.wire import Wire, lost, refused
from trunkline.effects import Effects
from trunkline.items import to_attributes

HOLD_S = 600
"""Seconds that a received message is hidden by default: nobody waits for that."""


class Queue:
    """The consumer's queue with one message, received but not handled."""

    def __init__(self, clients: Clients) -> None:
        self._sqs = clients.sqs
        self.url: str = self._sqs.create_queue(
            QueueName=f"asks-{fresh()}", Attributes={"VisibilityTimeout": str(HOLD_S)}
        )["QueueUrl"]
        self._sqs.send_message(QueueUrl=self.url, MessageBody="{}")
        self.receipt_handle: str = self.received()[0]["ReceiptHandle"]

    def received(self) -> list[dict[str, Any]]:
        """The message, as soon as it is visible."""
        for _ in range(RECEIVE_TIMES_MAX):
            answer = self._sqs.receive_message(QueueUrl=self.url, WaitTimeSeconds=1)
            if "Messages" in answer:
                messages: list[dict[str, Any]] = answer["Messages"]
                return messages
        return []

    def batch(self) -> dict[str, Any]:
        """The message as Lambda hands it over, asking for a charge."""
        batch = a_batch(an_event(act="charge"))
        batch["Records"][0]["receiptHandle"] = self.receipt_handle
        return batch


@pytest.fixture
def queue(clients: Clients) -> Queue:
    """The consumer's queue."""
    return Queue(clients)


@pytest.fixture
def leased(outside: Outside, caller: Start) -> Callable[[float], int]:
    """Makes somebody else hold the lease of the event's call for so many seconds from now."""

    def until(seconds: float) -> int:
        outside.provider.script(outside.provider.held)
        holder = caller()
        holder.begin(a_batch(an_event(act="charge")))
        outside.provider.wait()
        ends_ms = round((Effects.real().now().timestamp() + seconds) * 1_000)
        item = {**outside.item(), "lease_until": ends_ms}
        outside.dynamodb.put_item(TableName=outside.table, Item=to_attributes(item))
        return ends_ms

    return until


def left_s(ends_ms: int, now: datetime) -> int:
    """Whole seconds until then, rounded up."""
    return ceil(ends_ms / 1_000 - now.timestamp())


def test_a_duplicate_under_lease_is_hidden_for_what_is_left_of_it(
    caller: Start, queue: Queue, wire: Wire, leased: Callable[[float], int]
) -> None:
    """Not for the queue's default, and not for a moment less than the lease."""
    ends_ms = leased(90)
    duplicate = caller(TRUNKLINE_QUEUE_URL=queue.url)
    before = Effects.real().now()

    result = duplicate.invoke(queue.batch())

    after = Effects.real().now()
    (call,) = wire.seen("ChangeMessageVisibility")
    assert result.failures == ["m-0"]
    assert call["ReceiptHandle"] == queue.receipt_handle
    assert left_s(ends_ms, after) <= call["VisibilityTimeout"] <= left_s(ends_ms, before)


def test_a_lease_that_just_ended_lets_the_message_come_back_at_once(
    caller: Start, queue: Queue, wire: Wire, outside: Outside
) -> None:
    """It is visible again, and then the call is made or its answer there."""
    duplicate = caller(TRUNKLINE_QUEUE_URL=queue.url)
    wire.script("PutItem", refused("ConditionalCheckFailedException", Item=a_past_lease()))

    duplicate.invoke(queue.batch())

    (call,) = wire.seen("ChangeMessageVisibility")
    assert call["VisibilityTimeout"] == 0
    assert len(queue.received()) == 1
    assert outside.provider.requests == []


def a_past_lease() -> dict[str, Any]:
    """What DynamoDB showed of a lease that ended while its answer was on the way."""
    return {"holder": {"S": "other"}, "lease_until": {"N": "1"}}


@pytest.mark.parametrize("fault", [lost, refused("ReceiptHandleIsInvalid")])
def test_a_message_that_cannot_be_postponed_comes_back_by_itself(
    caller: Start, queue: Queue, wire: Wire, fault: Any
) -> None:
    """The rest of the batch does not hear of it; a log line does."""
    duplicate = caller(TRUNKLINE_QUEUE_URL=queue.url)
    wire.script("PutItem", refused("ConditionalCheckFailedException", Item=a_past_lease()))
    wire.always("ChangeMessageVisibility", fault)

    result = duplicate.invoke(queue.batch())

    (line,) = result.lines("message not postponed")
    assert line["level"] == "WARNING"
    assert line["error_code"]
    assert result.failures == ["m-0"]


def test_without_a_queue_nothing_is_postponed(caller: Start, queue: Queue, wire: Wire) -> None:
    """The function was not told its queue: the queue's own VisibilityTimeout holds."""
    wire.script("PutItem", refused("ConditionalCheckFailedException", Item=a_past_lease()))

    result = caller(TRUNKLINE_QUEUE_URL="").invoke(queue.batch())

    assert result.failures == ["m-0"]
    assert wire.seen("ChangeMessageVisibility") == []


def test_a_message_that_fails_otherwise_is_not_postponed(
    caller: Start, queue: Queue, wire: Wire
) -> None:
    """Its queue says when it is tried again."""
    batch = queue.batch()
    batch["Records"][0]["body"] = a_batch(an_event(act="raise"))["Records"][0]["body"]

    result = caller(TRUNKLINE_QUEUE_URL=queue.url).invoke(batch)

    assert result.failures == ["m-0"]
    assert wire.seen("ChangeMessageVisibility") == []
