"""Resource policies: who may call what, under which conditions."""

import pytest

from trunklab.local.delivery.resource_policy import allows
from trunklab.local.delivery.steps import JsonObject

ARN = "arn:aws:sqs:eu-west-1:123456789012:q"
RULE = "arn:aws:events:eu-west-1:123456789012:rule/bus/r"
SERVICE = "events.amazonaws.com"
ALLOW: JsonObject = {
    "Effect": "Allow",
    "Principal": {"Service": SERVICE},
    "Action": "sqs:SendMessage",
    "Resource": ARN,
}


def _allowed(*statements: JsonObject) -> bool:
    policy = {"Statement": list(statements)}
    return allows(policy, "sqs:SendMessage", ARN, SERVICE, {"aws:SourceArn": RULE})


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"Principal": "*"},
        {"Principal": {"AWS": "*"}},
        {"Action": ["sqs:Receive*", "SQS:Send*"]},
        {"Resource": "*"},
        {"Condition": {"ArnLike": {"AWS:sourcearn": "arn:aws:events:*:*:rule/bus/*"}}},
        {"Condition": {"StringNotEquals": {"aws:SourceArn": "x"}}},
        {"Condition": {"StringEqualsIfExists": {"aws:SourceOrgID": "o"}}},
        {"Condition": {"Null": {"aws:SourceArn": "false"}}},
        {"Condition": {"ForAnyValue:StringLike": {"aws:SourceArn": ["x", "*rule/bus/?"]}}},
    ],
)
def test_a_statement_that_matches_allows(members: JsonObject) -> None:
    """Every member matches."""
    assert _allowed({**ALLOW, **members})


@pytest.mark.parametrize(
    "members",
    [
        {"Principal": {"Service": "sns.amazonaws.com"}},
        {"Principal": {"AWS": "123456789012"}},
        {"Action": "sqs:ReceiveMessage"},
        {"NotAction": "sqs:*", "Action": None},
        {"Resource": ARN + "2"},
        {"Condition": {"ArnEquals": {"aws:SourceArn": RULE + "2"}}},
        {"Condition": {"ArnLike": {"aws:SourceArn": "*"}}},
        {"Condition": {"ArnNotLike": {"aws:SourceArn": RULE}}},
        {"Condition": {"StringEquals": {"aws:SourceOrgID": "o"}}},
        {"Condition": {"Bool": {"aws:SecureTransport": "true"}}},
        {"Condition": {"Null": {"aws:SourceArn": "true"}}},
        {"Condition": {"ForAnyValue:StringNotEquals": {"aws:SourceOrgID": "o"}}},
        {"Condition": {"NumericLessThan": {"aws:SourceArn": "1"}}},
        {"Condition": {"ForSome:StringEquals": {"aws:SourceArn": RULE}}},
    ],
)
def test_a_statement_that_differs_in_anything_does_not_allow(members: JsonObject) -> None:
    """Operators that are not known fail closed."""
    assert not _allowed({**ALLOW, **members})


@pytest.mark.parametrize("condition", [{}, {"Unknown": {"aws:SourceArn": "x"}}])
def test_an_explicit_deny_wins(condition: JsonObject) -> None:
    """Also where its condition is not understood."""
    assert not _allowed(ALLOW, {**ALLOW, "Effect": "Deny", "Condition": condition})


def test_no_policy_allows_nothing() -> None:
    """As a queue without its policy."""
    assert not allows(None, "sqs:SendMessage", ARN, SERVICE, {})
