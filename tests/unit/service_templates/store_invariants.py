"""What holds event data: how it is encrypted, who may reach it, what outlives its stack."""

from collections.abc import Iterator
from typing import Any, Final

from tests.unit.service_templates.stack import Stack, target_of
from trunkline.retention import EXPIRES_AT

KEPT: Final = {"DeletionPolicy": "RetainExceptOnCreate", "UpdateReplacePolicy": "Retain"}
"""A store that outlives its stack, except when the stack never came to be."""

TABLE_KEY: Final = [
    {"AttributeName": "pk", "KeyType": "HASH"},
    {"AttributeName": "sk", "KeyType": "RANGE"},
]

CALLS_KEY: Final = [{"AttributeName": "pk", "KeyType": "HASH"}]
"""Of the tables in which calls to the outside world are guarded."""


def no_aws_managed_key(stack: Stack) -> Iterator[str]:
    """Nothing can be sent to what lies under an AWS-managed key, and nothing local shows it."""
    keys = {
        "AWS::SQS::Queue": "KmsMasterKeyId",
        "AWS::SNS::Topic": "KmsMasterKeyId",
        "AWS::Events::EventBus": "KmsKeyIdentifier",
        "AWS::Events::Archive": "KmsKeyIdentifier",
    }
    for resource_type, field in keys.items():
        for name, properties in stack.of(resource_type).items():
            if "alias/aws/" in str(properties.get(field, "")):
                yield f"{name} is under an AWS-managed key: nothing can be sent there"


def queues_are_encrypted(stack: Stack) -> Iterator[str]:
    """Every queue says SSE-SQS, and takes nothing over plain HTTP."""
    for name, queue in stack.of("AWS::SQS::Queue").items():
        if queue.get("SqsManagedSseEnabled") is not True:
            yield f"{name} does not say SqsManagedSseEnabled"
        if not _refuses_plain_http(stack, name):
            yield f"{name} takes requests without TLS"


def tables_are_as_the_runtime_needs(stack: Stack) -> Iterator[str]:
    """Marks expire by themselves, and what was lost by mistake can be had back."""
    guarding = {
        target_of(function["Environment"]["Variables"].get("TRUNKLINE_CALLS_TABLE"))
        for function in stack.functions.values()
    }
    for name, table in stack.of("AWS::DynamoDB::Table").items():
        key = CALLS_KEY if name in guarding else TABLE_KEY
        if table.get("KeySchema") != key:
            names = " and ".join(part["AttributeName"] for part in key)
            yield f"{name} does not have the key {names}"
        expiry = table.get("TimeToLiveSpecification")
        if expiry != {"AttributeName": EXPIRES_AT, "Enabled": True}:
            yield f"{name} does not expire rows by {EXPIRES_AT}"
        recovery = table.get("PointInTimeRecoverySpecification", {})
        if recovery.get("PointInTimeRecoveryEnabled") is not True:
            yield f"{name} cannot be restored to a point in time"
        if table.get("BillingMode") != "PAY_PER_REQUEST":
            yield f"{name} does not scale by itself"


def data_outlives_its_stack(stack: Stack) -> Iterator[str]:
    """Deleting a stack deletes no table, no archive and not the bus that the archive hangs on."""
    for resource_type in ("AWS::DynamoDB::Table", "AWS::Events::Archive", "AWS::Events::EventBus"):
        for name in stack.of(resource_type):
            resource = stack.resources[name]
            if {key: resource.get(key) for key in KEPT} != KEPT:
                yield f"{name} is deleted with its stack"


def alarms_have_reason_and_listener(stack: Stack) -> Iterator[str]:
    """Who is woken reads what happened and what to do, and somebody is woken."""
    for name, alarm in stack.of("AWS::CloudWatch::Alarm").items():
        if len(_text(alarm.get("AlarmDescription")).split()) < 15:
            yield f"{name} does not say what happened and what to do"
        if [target_of(action) for action in alarm.get("AlarmActions", [])] != ["AlarmTopic"]:
            yield f"{name} tells nobody"
        if "TreatMissingData" not in alarm:
            yield f"{name} does not say what silence means"


def _refuses_plain_http(stack: Stack, queue: str) -> bool:
    return any(
        statement["Effect"] == "Deny"
        and statement["Principal"] == "*"
        and statement["Action"] == "sqs:*"
        and statement["Condition"] == {"Bool": {"aws:SecureTransport": False}}
        for policy in stack.of("AWS::SQS::QueuePolicy").values()
        if queue in map(target_of, policy["Queues"])
        for statement in policy["PolicyDocument"]["Statement"]
    )


def _text(value: Any) -> str:
    return str(value["Fn::Sub"] if isinstance(value, dict) else value or "")
