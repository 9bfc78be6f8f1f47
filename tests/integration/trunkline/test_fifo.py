"""The events of a message group of a FIFO queue take effect in their order, or not yet."""

import json
from typing import Any

import pytest

from tests.integration.trunkline.asked import QUEUE_ARN, a_batch, an_event, in_groups
from tests.integration.trunkline.functions import Result, Start
from tests.integration.trunkline.stage import Clients, Stage
from tests.integration.trunkline.units import fresh
from tests.integration.trunkline.wire import Wire, answered, refused

LEASE_HELD = {"holder": {"S": "other"}, "lease_until": {"N": "1"}}
"""A lease of an external call, as DynamoDB shows it to a second delivery."""


def asking(*acts: str, thing_id: str = "t-1") -> list[dict[str, Any]]:
    """Events that ask for these acts, each with an id of its own."""
    return [an_event(f"{thing_id}-{n}", thing_id=thing_id, act=act) for n, act in enumerate(acts)]


def of_group(group: str, *events: Any) -> list[tuple[str, Any]]:
    """The events as messages of one group."""
    return [(group, event) for event in events]


def handled(result: Result) -> list[str]:
    """The ids of the events that took effect, in that order."""
    return [line["event_id"] for line in result.lines("event handled")]


@pytest.mark.parametrize("function", ["handler", "meet"], ids=["one by one", "in parallel"])
@pytest.mark.parametrize("attempt", [1, 2])
def test_what_follows_a_failure_in_its_group_is_not_handled(
    start: Start, stage: Stage, function: str, attempt: int
) -> None:
    """It is reported with the failure; the other group goes on."""
    first, second = asking("raise", "count", "count"), asking("count", "count", thing_id="t-2")
    batch = in_groups(*of_group("a", *first), *of_group("b", *second), attempt=attempt)

    result = start(function).invoke(batch)

    assert result.failures == ["m-0", "m-1", "m-2"]
    assert handled(result) == ["t-2-0", "t-2-1"]
    assert stage.thing() is None
    (line,) = result.lines("events held back")
    assert (line["level"], line["count"]) == ("WARNING", 2)


def test_a_standard_queue_with_groups_has_no_order(start: Start, stage: Stage) -> None:
    """There a group is a tenant (fair queues): its other events are not held back."""
    events = of_group("a", *asking("raise", "count", "count"))

    result = start().invoke(in_groups(*events, queue=QUEUE_ARN))

    assert result.failures == ["m-0"]
    assert stage.thing() == {"n": 2}


@pytest.mark.parametrize("attempt", [1, 2, 5])
def test_a_group_keeps_its_order(start: Start, attempt: int) -> None:
    """Also where each event reads what the one before it wrote, and all come again."""
    events = of_group("a", *asking(*["count-by-reading", "count"] * 5))

    result = start(TRUNKLINE_QUEUE_URL="").invoke(in_groups(*events, attempt=attempt))

    assert result.failures == []
    assert handled(result) == [f"t-1-{n}" for n in range(10)]


def test_a_group_that_comes_again_in_part_keeps_its_order(start: Start) -> None:
    """What came before is not put behind what is new."""
    batch = in_groups(*of_group("a", *asking(*["count"] * 4)))
    for record, attempt in zip(batch["Records"], ["1", "3", "1", "2"], strict=True):
        record["attributes"]["ApproximateReceiveCount"] = attempt

    assert handled(start().invoke(batch)) == [f"t-1-{n}" for n in range(4)]


def test_first_events_of_groups_are_committed_together(
    start: Start, stage: Stage, wire: Wire
) -> None:
    """Order costs only what it must: three groups of two are two transactions."""
    groups = [of_group(f"g-{n}", *asking("count", "count", thing_id=f"t-{n}")) for n in range(1, 4)]

    result = start().invoke(in_groups(*[message for group in groups for message in group]))

    assert result.failures == []
    assert len(wire.seen("TransactWriteItems")) == 2
    assert [stage.thing(f"t-{n}") for n in range(1, 4)] == [{"n": 2}] * 3


def test_a_member_that_is_taken_out_of_a_transaction_runs_before_its_successor(
    start: Start, stage: Stage
) -> None:
    """Its item changed under it: it runs again alone, and the rest of its group after that."""
    first = asking("changed-once", "count", "count-by-reading")
    second = asking("count", "count", thing_id="t-2")

    result = start().invoke(in_groups(*of_group("a", *first), *of_group("b", *second)))

    assert result.failures == []
    assert [one for one in handled(result) if one.startswith("t-1-")] == ["t-1-0", "t-1-1", "t-1-2"]
    assert stage.thing() == {"n": 103}


def test_a_message_that_comes_again_is_not_put_off(start: Start, wire: Wire) -> None:
    """It could come back behind the rest of its group; what is done with is deleted at once."""
    wire.always("DeleteMessage", answered({}))
    events = of_group("a", *asking("count", "raise", "count"))

    result = start(TRUNKLINE_QUEUE_URL="https://queue").invoke(in_groups(*events, attempt=2))

    assert result.failures == ["m-1", "m-2"]
    assert wire.seen("ChangeMessageVisibility") == []
    assert [call["ReceiptHandle"] for call in wire.seen("DeleteMessage")] == ["r-0"]


def test_a_message_under_lease_is_not_put_off(caller: Start, wire: Wire) -> None:
    """The queue's VisibilityTimeout brings it back together with its group."""
    wire.script("PutItem", refused("ConditionalCheckFailedException", Item=LEASE_HELD))
    events = of_group("a", *asking("charge", "count"))

    result = caller(TRUNKLINE_QUEUE_URL="https://queue").invoke(in_groups(*events))

    assert result.failures == ["m-0", "m-1"]
    assert wire.seen("ChangeMessageVisibility") == []


@pytest.mark.parametrize(
    "dead", [an_event(act="refuse"), "{}", an_event() | {"detail-type": "Unknown"}]
)
@pytest.mark.parametrize("attempt", [1, 2])
def test_a_dead_lettered_message_leaves_its_group(
    start: Start, stage: Stage, dead: Any, attempt: int
) -> None:
    """The next one is handled, as SQS itself goes on after it moves a message away."""
    events = of_group("a", dead, *asking("count"))

    result = start().invoke(in_groups(*events, attempt=attempt))

    assert result.failures == []
    assert stage.thing() == {"n": 1}
    assert len(stage.dead_letters(1)) == 1


@pytest.mark.parametrize("attempt", [1, 2])
def test_a_message_that_cannot_be_dead_lettered_holds_its_group_back(
    start: Start, stage: Stage, wire: Wire, attempt: int
) -> None:
    """It is still in the queue."""
    wire.always("SendMessage", refused("AccessDenied"))
    events = of_group("a", *asking("refuse", "count"))

    result = start().invoke(in_groups(*events, attempt=attempt))

    assert result.failures == ["m-0", "m-1"]
    assert stage.items() == {}


@pytest.mark.parametrize("attempt", [1, 2])
def test_a_broken_message_behind_a_failure_is_not_dead_lettered_yet(
    start: Start, stage: Stage, attempt: int
) -> None:
    """It comes again with the failure, and would be dead-lettered each time."""
    events = of_group("a", *asking("raise"), "{}")

    result = start().invoke(in_groups(*events, attempt=attempt))

    assert result.failures == ["m-0", "m-1"]
    assert stage.dead_letters(0) == []


def test_a_duplicate_in_its_group_lets_the_group_go_on(start: Start, stage: Stage) -> None:
    """It is done with, now or by the delivery before."""
    (event,) = asking("count")
    start().invoke(a_batch(event))

    later = an_event("later", act="count")
    result = start().invoke(in_groups(*of_group("a", event, event, later)))

    assert result.failures == []
    assert len(result.lines("duplicate event")) == 2
    assert stage.thing() == {"n": 2}


def test_a_fifo_dead_letter_queue_takes_a_message_once_and_in_its_group(
    start: Start, clients: Clients
) -> None:
    """A FIFO queue can have no other; a second delivery of the message adds nothing."""
    url = clients.sqs.create_queue(QueueName=f"{fresh()}.fifo", Attributes={"FifoQueue": "true"})[
        "QueueUrl"
    ]
    function = start(TRUNKLINE_DLQ_URL=url)

    for attempt in (1, 2):
        result = function.invoke(in_groups(*of_group("a", *asking("refuse")), attempt=attempt))
        assert result.failures == []

    messages = clients.sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1, AttributeNames=["All"]
    )["Messages"]
    assert [message["Attributes"]["MessageGroupId"] for message in messages] == ["a"]
    assert json.loads(messages[0]["Body"])["detail"]["metadata"]["event_id"] == "t-1-0"
