"""Subscriptions that would never be served are refused by name."""

from typing import Any
from urllib.parse import urlencode

import pytest

from trunklab.local.delivery.steps import ApiError
from trunklab.local.http import subscriptions

TOPIC = "arn:aws:sns:us-east-1:000000000000:t"


def subscribe(protocol: str = "lambda", policy: str | None = None) -> bytes:
    """Returns a request that subscribes to a topic."""
    given = {"Action": "Subscribe", "TopicArn": TOPIC, "Protocol": protocol, "Endpoint": "e"}
    if policy is not None:
        given |= {"Attributes.entry.1.key": "FilterPolicy", "Attributes.entry.1.value": policy}
    return urlencode(given).encode()


def change(policy: str) -> bytes:
    """Returns a request that changes the filter of a subscription."""
    given = {"Action": "SetSubscriptionAttributes", "AttributeName": "FilterPolicy"}
    return urlencode({**given, "AttributeValue": policy}).encode()


@pytest.mark.parametrize("protocol", ["sqs", "http", "https", "email", ""])
def test_a_subscription_of_another_protocol_is_refused(protocol: str) -> None:
    """By its name: the emulator would accept it and deliver nothing of ours."""
    with pytest.raises(ApiError, match=f"{protocol} subscriptions are not there yet") as caught:
        subscriptions.check_request(subscribe(protocol))

    assert caught.value.code == "InvalidParameter"


@pytest.mark.parametrize(
    "policy",
    ['{"n": []}', '{"a": ["x"], "b": {"c": []}}', "[]", "text", "[" * 100_000],
)
@pytest.mark.parametrize("changed", [True, False])
def test_a_filter_that_matches_nothing_is_refused(policy: str, changed: object) -> None:
    """With the subscription or afterwards."""
    with pytest.raises(ApiError, match="FilterPolicy") as caught:
        subscriptions.check_request(change(policy) if changed else subscribe("lambda", policy))

    assert caught.value.code == "InvalidParameter"


@pytest.mark.parametrize(
    "body",
    [
        *(subscribe(), subscribe("lambda", '{"n": ["x"]}'), change('{"n": [1]}'), change("")),
        *(b"Action=ListTopics", b"", b"\xff"),
    ],
)
def test_other_calls_pass(body: bytes) -> None:
    """Whatever they are."""
    subscriptions.check_request(body)


@pytest.mark.parametrize(
    "resource",
    [
        {"Type": "AWS::SNS::Subscription", "Properties": {"Protocol": "sqs"}},
        {"Type": "AWS::SNS::Topic", "Properties": {"Subscription": [{"Protocol": "sqs"}]}},
    ],
)
def test_a_subscription_in_a_template_is_refused_by_its_name(resource: dict[str, Any]) -> None:
    """Its own, or its topic's."""
    with pytest.raises(ApiError, match=r"^Heard \(AWS::SNS::\w+\): sqs subscriptions"):
        subscriptions.check_resource("Heard", resource)


@pytest.mark.parametrize(
    "resource",
    [
        {"Type": "AWS::SNS::Subscription", "Properties": {"Protocol": "lambda"}},
        {"Type": "AWS::SNS::Subscription", "Properties": {"Protocol": {"Ref": "P"}}},
        {"Type": "AWS::SNS::Topic"},
        {"Type": "AWS::SQS::Queue", "Properties": {"Protocol": "sqs"}},
    ],
)
def test_other_resources_pass(resource: dict[str, Any]) -> None:
    """References are the emulator's to resolve."""
    subscriptions.check_resource("Heard", resource)
