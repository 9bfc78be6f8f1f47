"""Throttles and refusals are worded as AWS words them: the AWS SDK reads them back."""

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from trunklab import settings
from trunklab.testing.wire import Call, Reply, Wire, refused, throttled

ONCE = Config(retries={"total_max_attempts": 1})
ITEM = {"TableName": "t", "Key": {"pk": {"S": "a"}}}
DELETE = {"t": [{"DeleteRequest": {"Key": ITEM["Key"]}}]}
EVENT = {"Source": "test", "DetailType": "T", "Detail": "{}"}
MESSAGE = {"QueueUrl": "https://sqs.us-east-1.amazonaws.com/1/q", "MessageBody": "m"}

Call_ = tuple[str, str, dict[str, Any]]
"""Service, method of its client, and parameters."""


def answer_of(fault: Callable[[Call], Reply], call: Call_) -> dict[str, Any]:
    """What the SDK makes of the fault; raises ClientError."""
    service, method, parameters = call
    with Wire("http://127.0.0.1:1", lambda asked, _forward: fault(asked)).open() as wire:
        client = boto3.client(
            service,
            endpoint_url=wire.endpoint,
            region_name=settings.LOCAL_REGION,
            aws_access_key_id=settings.LOCAL_CREDENTIAL,
            aws_secret_access_key=settings.LOCAL_CREDENTIAL,
            config=ONCE,
        )
        if service == "sqs":
            parameters = {**parameters, "QueueUrl": f"{wire.endpoint}/1/q"}
        answer: dict[str, Any] = getattr(client, method)(**parameters)
        client.close()
        return answer


@pytest.mark.parametrize(
    ("fault", "call", "code"),
    [
        (throttled, ("dynamodb", "get_item", ITEM), "ProvisionedThroughputExceededException"),
        (throttled, ("sqs", "send_message", MESSAGE), "RequestThrottled"),
        (throttled, ("events", "list_rules", {}), "ThrottlingException"),
        (throttled, ("sns", "publish", {"TopicArn": "a", "Message": "m"}), "Throttling"),
        (throttled, ("scheduler", "list_schedules", {}), "400"),
        (refused, ("dynamodb", "get_item", ITEM), "AccessDeniedException"),
        (refused, ("events", "put_events", {"Entries": [EVENT]}), "AccessDeniedException"),
        (refused, ("sqs", "send_message", MESSAGE), "AccessDeniedException"),
        (refused, ("sns", "publish", {"TopicArn": "a", "Message": "m"}), "AccessDenied"),
    ],
)
def test_a_call_fails_with_the_code_of_its_service(
    fault: Callable[[Call], Reply], call: Call_, code: str
) -> None:
    """In the service's own protocol; the REST protocols read the status."""
    with pytest.raises(ClientError) as caught:
        answer_of(fault, call)

    assert caught.value.response["Error"]["Code"] == code


def test_a_throttled_transaction_is_cancelled_with_a_reason_for_each_action() -> None:
    """Its reasons are what clients look at."""
    actions = [{"Delete": ITEM}, {"Delete": {**ITEM, "TableName": "u"}}]

    with pytest.raises(ClientError) as caught:
        answer_of(throttled, ("dynamodb", "transact_write_items", {"TransactItems": actions}))

    response: dict[str, Any] = dict(caught.value.response)
    assert response["Error"]["Code"] == "TransactionCanceledException"
    assert [one["Code"] for one in response["CancellationReasons"]] == ["ThrottlingError"] * 2


@pytest.mark.parametrize(
    ("call", "field", "left"),
    [
        (("dynamodb", "batch_write_item", {"RequestItems": DELETE}), "UnprocessedItems", DELETE),
        (
            ("dynamodb", "batch_get_item", {"RequestItems": {"t": {"Keys": [ITEM["Key"]]}}}),
            "UnprocessedKeys",
            {"t": {"Keys": [ITEM["Key"]]}},
        ),
        (("events", "put_events", {"Entries": [EVENT, EVENT]}), "FailedEntryCount", 2),
    ],
)
def test_a_batch_is_answered_with_what_was_throttled(call: Call_, field: str, left: object) -> None:
    """The call itself succeeds: who looks only at its status loses the batch."""
    assert answer_of(throttled, call)[field] == left


def test_the_entries_of_a_throttled_put_events_have_no_event_id() -> None:
    """In the order of the request."""
    body = throttled(
        Call("PutEvents", {"Entries": [EVENT]}, headers={"x-amz-target": "AWSEvents.PutEvents"})
    ).body

    (entry,) = json.loads(body)["Entries"]
    assert (entry["ErrorCode"], "EventId" in entry) == ("ThrottlingException", False)


@pytest.mark.parametrize(("fault", "status"), [(throttled, 429), (refused, 503)])
def test_a_provider_says_so_with_a_status_that_may_pass(
    fault: Callable[[Call], Reply], status: int
) -> None:
    """Another status would end the event for good."""
    assert fault(Call("POST /charges", {}, is_aws=False)).status == status
