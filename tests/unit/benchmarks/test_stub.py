"""The stub answers boto3 as AWS would, and tells what came in."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from benchmarks.stub.process import Stub, running

PAYMENT = {"pk": {"S": "payment#1"}, "sk": {"S": "payment"}}


@pytest.fixture(scope="module")
def started() -> Iterator[Stub]:
    """One stub for the tests of this file."""
    with running() as stub:
        yield stub


@pytest.fixture
def stub(started: Stub) -> Stub:
    """The same, empty."""
    started.reset({})
    return started


def client(stub: Stub, service: str) -> Any:
    """boto3's client of the stub."""
    return boto3.client(
        service,
        endpoint_url=stub.endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 - checked by nobody
    )


def test_it_begins_with_the_items_that_a_reset_brings(stub: Stub) -> None:
    """They cost nothing, and what was there before is gone."""
    stub.reset({"payments": [PAYMENT]})

    assert client(stub, "dynamodb").get_item(TableName="payments", Key=PAYMENT)["Item"] == PAYMENT
    assert dict(stub.seen().units) == {"half_read": 1}


def test_calls_are_counted_by_operation(stub: Stub) -> None:
    """Whatever becomes of them."""
    dynamodb = client(stub, "dynamodb")
    dynamodb.put_item(TableName="payments", Item=PAYMENT)
    dynamodb.get_item(TableName="payments", Key=PAYMENT)
    with pytest.raises(ClientError, match="ValidationException"):
        dynamodb.get_item(TableName="nothing", Key=PAYMENT)

    assert stub.seen().calls == {"PutItem": 1, "GetItem": 2}


def test_a_condition_that_fails_is_boto3s_own_error(stub: Stub) -> None:
    """Powertools recognises a duplicate by it."""
    dynamodb = client(stub, "dynamodb")
    put = {"TableName": "payments", "Item": PAYMENT}
    dynamodb.put_item(**put)

    with pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException):
        dynamodb.put_item(**put, ConditionExpression="attribute_not_exists(pk)")


def test_events_have_ids_of_their_own_and_are_kept(stub: Stub) -> None:
    """In the order in which they came."""
    entries = [{"Source": "shop", "DetailType": name, "Detail": "{}"} for name in ("A", "B")]

    answer = client(stub, "events").put_events(Entries=entries)

    assert answer["FailedEntryCount"] == 0
    assert len({entry["EventId"] for entry in answer["Entries"]}) == 2
    assert stub.seen().events == entries


def test_messages_to_queues_are_kept(stub: Stub) -> None:
    """A dead letter is no success."""
    sqs = client(stub, "sqs")

    sqs.send_message(QueueUrl=f"{stub.endpoint}/dead-letters", MessageBody="{}")

    assert [message["operation"] for message in stub.seen().messages] == ["SendMessage"]
