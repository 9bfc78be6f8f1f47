"""Tests that nested stacks deploy nothing weaker than the templates from before nesting."""

import copy
from typing import Any, Final

import pytest

from tests.unit.service_templates.stack import SERVICES, Json, stack
from tests.unit.service_templates.weaker import BEFORE, before, now, weaknesses
from trunklab import settings

SERVICES_BEFORE: Final = sorted(path.stem for path in BEFORE.glob("*.yaml"))
PAY: Final = "DecidePayment"
STATEMENTS: Final = "Properties/PolicyDocument/Statement"
LINES_MAX: Final = {"payments": (115, 1), "notifications": (100, 1), "orders": (240, 1)}
"""Lines of each service's template, comments counted, and its rules then."""
LINES_PER_CONSUMER_MAX: Final = 50

RULE_NAME_CHARACTERS_MAX: Final = 64
"""EventBridge, PutRule: Name."""

STAGE_CHARACTERS_MAX: Final = 16
"""The pattern of the parameter Stage."""


@pytest.mark.parametrize("service", SERVICES_BEFORE)
def test_nothing_is_weaker_than_before_nesting(service: str) -> None:
    """Every statement, condition, alarm and attribute of the old form is in the new one."""
    assert list(weaknesses(before(service), now(service))) == []


WEAKENED: Final = {
    "TLS denial": (f"{PAY}QueuePolicy/{STATEMENTS}/1/Effect", "Allow", "lost"),
    "TLS condition": (f"{PAY}DeadLettersPolicy/{STATEMENTS}/1/Condition", {}, "lost"),
    "ArnEquals": (f"{PAY}QueuePolicy/{STATEMENTS}/0/Condition", {"ArnLike": {}}, "added"),
    "sender": (f"{PAY}QueuePolicy/{STATEMENTS}/0/Principal", "*", "added"),
    "events:source": (
        "OutboxSweepRole/Properties/Policies/0/PolicyDocument/Statement/4/Condition",
        {},
        "added",
    ),
    "own bus": (
        f"{PAY}Role/Properties/Policies/0/PolicyDocument/Statement/6/Resource",
        "*",
        "added",
    ),
    "action": (
        f"{PAY}Role/Properties/Policies/0/PolicyDocument/Statement/2/Action",
        "sqs:*",
        "added",
    ),
    "visibility": (f"{PAY}Queue/Properties/VisibilityTimeout", 30, "VisibilityTimeout"),
    "receives": (f"{PAY}Queue/Properties/RedrivePolicy/maxReceiveCount", 1, "maxReceiveCount"),
    "encryption": (f"{PAY}DeadLetters/Properties/SqsManagedSseEnabled", False, "SseEnabled"),
    "alarm": (f"{PAY}DeadLettersAlarm/Properties/Threshold", 9, "Threshold"),
    "silence": (
        "OutboxOldestRowAlarm/Properties/TreatMissingData",
        "notBreaching",
        "TreatMissingData",
    ),
    "target": (f"{PAY}Rule/Properties/Targets", [], "Targets"),
    "table": ("Table/DeletionPolicy", "Delete", "DeletionPolicy"),
    "time-out": ("OutboxSweepFunction/Properties/Timeout", 3, "Timeout"),
    "resource": ("OutboxDeadLettersAlarm", {"Type": "AWS::SNS::Topic"}, "is gone"),
    "contract": ("ContractsPaymentCapturedSchema/Properties/Content", "{}", "Content"),
}


@pytest.mark.parametrize("name", WEAKENED)
def test_a_weakened_template_is_found(name: str) -> None:
    """Each planted weakening is named."""
    place, value, finding = WEAKENED[name]
    weakened = copy.deepcopy(now("payments"))
    _set(weakened["Resources"], place.split("/"), value)

    found = list(weaknesses(before("payments"), weakened))

    assert found
    assert any(finding in one for one in found)


def _set(body: Any, path: list[str], value: object) -> None:
    for step in path[:-1]:
        body = body[int(step)] if isinstance(body, list) else body[step]
    body[path[-1]] = value


@pytest.mark.parametrize("service", LINES_MAX)
def test_a_template_stays_short(service: str) -> None:
    """A service's template holds what its team decides and what holds state."""
    path = settings.REPOSITORY / "services" / service / "template.yaml"
    lines_max, rules = LINES_MAX[service]
    added = len(stack(service).of("AWS::Events::Rule")) - rules

    lines = len(path.read_text("utf-8").splitlines())
    assert lines <= lines_max + added * LINES_PER_CONSUMER_MAX


@pytest.mark.parametrize("service", SERVICES)
def test_rule_names_fit_the_longest_stage(service: str) -> None:
    """A name that EventBridge refuses would fail only in the stage with the longest name."""
    stack_name = f"trunkline-{'s' * STAGE_CHARACTERS_MAX}-{service}"
    rules: dict[str, Json] = stack(service).of("AWS::Events::Rule")

    names = [
        one["Name"]["Fn::Sub"].replace("${AWS::StackName}", stack_name) for one in rules.values()
    ]

    assert rules
    assert [one for one in names if len(one) > RULE_NAME_CHARACTERS_MAX or "$" in one] == []


@pytest.mark.parametrize("service", SERVICES)
def test_dead_letters_outlive_their_stack(service: str) -> None:
    """An event that waits for somebody is not deleted with the stack that gave up on it."""
    queues = {
        name: one
        for name, one in stack(service).resources.items()
        if one["Type"] == "AWS::SQS::Queue" and "RedrivePolicy" not in one["Properties"]
    }

    assert queues
    assert {one["DeletionPolicy"] for one in queues.values()} == {"RetainExceptOnCreate"}
    assert {one["UpdateReplacePolicy"] for one in queues.values()} == {"Retain"}
