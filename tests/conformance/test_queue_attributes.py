"""Attributes that SQS refuses or derives, beside chapter 7.1 of the reference: from memory."""

import json

import pytest

from tests.virtual_aws import VirtualAws

fact = pytest.mark.fact
SOURCE = "arn:aws:sqs:us-east-1:000000000000:queue"

NOT_FIFO = (
    "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores,"
    " must end with .fifo suffix and be 1 to 80 in length."
)
TWO_KEYS = (
    "You can use one type of server-side encryption (SSE) at one time. You can either enable KMS"
    " SSE or SQS SSE."
)


@pytest.fixture
def aws() -> VirtualAws:
    """An account in virtual time."""
    return VirtualAws()


@fact("7.1", "C")
@pytest.mark.parametrize(
    ("name", "attributes", "code", "text"),
    [
        (
            *("queue.fifo", {}, "InvalidParameterValue"),
            "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
        ),
        (
            *("queue", {"FifoQueue": "true"}, "InvalidParameterValue"),
            NOT_FIFO,
        ),
        (
            *("queue", {"FifoQueue": "false"}, "InvalidAttributeName"),
            "Unknown Attribute FifoQueue.",
        ),
        (
            *("queue", {"ContentBasedDeduplication": "true"}, "InvalidAttributeName"),
            "Unknown Attribute ContentBasedDeduplication.",
        ),
        *(
            (
                *("queue", {name: value}, "InvalidAttributeName"),
                f"You can specify the {name} only when FifoQueue is set to true.",
            )
            for name, value in (
                ("DeduplicationScope", "queue"),
                ("FifoThroughputLimit", "perQueue"),
            )
        ),
        (
            *("q.fifo", {"FifoQueue": "true", "DeduplicationScope": "x"}, "InvalidAttributeValue"),
            "Invalid value for the parameter DeduplicationScope.",
        ),
        (
            "queue",
            {"KmsMasterKeyId": "alias/aws/sqs", "SqsManagedSseEnabled": "true"},
            "InvalidAttributeName",
            TWO_KEYS,
        ),
    ],
)
def test_a_queue_with_attributes_that_do_not_fit_is_refused(
    aws: VirtualAws, name: str, attributes: dict[str, str], code: str, text: str
) -> None:
    """And not created."""
    error = aws.refusal("sqs", "CreateQueue", QueueName=name, Attributes=attributes)

    assert (error.code, error.message) == (code, text)
    assert "QueueUrls" not in aws.call("sqs", "ListQueues")


@fact("7.1", "C")
def test_the_type_of_a_queue_cannot_be_changed(aws: VirtualAws) -> None:
    """Not even to what it is."""
    url = aws.url(aws.queue("q.fifo", FifoQueue="true"))

    error = aws.refusal("sqs", "SetQueueAttributes", QueueUrl=url, Attributes={"FifoQueue": "true"})

    assert error.message.endswith("Modifying queue type is not supported.")


@fact("7.1", "C")
def test_one_kind_of_encryption_replaces_the_other(aws: VirtualAws) -> None:
    """A key of KMS turns the key of SQS off, and the other way round."""
    queue = aws.queue("queue")
    url = aws.url(queue)
    before = aws.attributes(queue)

    aws.call("sqs", "SetQueueAttributes", QueueUrl=url, Attributes={"KmsMasterKeyId": "alias/k"})
    changed = aws.attributes(queue)
    own = {"SqsManagedSseEnabled": "true"}
    aws.call("sqs", "SetQueueAttributes", QueueUrl=url, Attributes=own)

    assert changed["SqsManagedSseEnabled"] == "false"
    assert changed["KmsDataKeyReusePeriodSeconds"] == "300"
    assert aws.attributes(queue) == before


@fact("7.1", "C")
@pytest.mark.parametrize(
    ("policy", "is_allowed"),
    [
        ({"redrivePermission": "allowAll"}, True),
        ({"redrivePermission": "denyAll"}, False),
        ({"redrivePermission": "byQueue", "sourceQueueArns": [SOURCE]}, True),
        ({"redrivePermission": "byQueue", "sourceQueueArns": [SOURCE + "2"]}, False),
    ],
)
def test_a_dead_letter_queue_decides_who_uses_it(
    aws: VirtualAws,
    policy: dict[str, object],
    is_allowed: bool,  # noqa: FBT001 - a case
) -> None:
    """RedriveAllowPolicy."""
    dead = aws.queue("dead", RedriveAllowPolicy=json.dumps(policy))
    redrive = json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": 1})
    given = {"QueueName": "queue", "Attributes": {"RedrivePolicy": redrive}}

    if is_allowed:
        assert aws.call("sqs", "CreateQueue", **given)["QueueUrl"]
    else:
        assert "does not allow" in aws.refusal("sqs", "CreateQueue", **given).message


@fact("7.1", "C")
@pytest.mark.parametrize(
    "policy",
    [
        {},
        {"redrivePermission": "some"},
        {"redrivePermission": []},
        {"redrivePermission": "byQueue"},
        {"redrivePermission": "byQueue", "sourceQueueArns": []},
        {"redrivePermission": "byQueue", "sourceQueueArns": [SOURCE] * 11},
        {"redrivePermission": "denyAll", "sourceQueueArns": [SOURCE]},
    ],
)
def test_a_redrive_allow_policy_that_cannot_be_is_refused(
    aws: VirtualAws, policy: dict[str, object]
) -> None:
    """Sources are named with byQueue alone, ten at most."""
    attributes = {"RedriveAllowPolicy": json.dumps(policy)}

    error = aws.refusal("sqs", "CreateQueue", QueueName="dead", Attributes=attributes)

    assert error.code == "InvalidAttributeValue"


@fact("7.1", "C")
@pytest.mark.parametrize(
    ("given", "value", "parameter", "reason"),
    [
        (
            *({"Actions": ["Nope"]}, "SQS:Nope", "ActionName"),
            "Please refer to the appropriate WSDL for a list of valid actions.",
        ),
        (
            *({"Actions": ["SendMessage", "CreateQueue"]}, "SQS:CreateQueue", "ActionName"),
            "Only the queue owner is allowed to invoke this action.",
        ),
        (
            *({"Label": "a b"}, "a b", "Label"),
            "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
        ),
        ({"AWSAccountIds": ["1", "2"]}, "[1, 2]", "PrincipalId", "Unable to verify."),
    ],
)
def test_a_permission_that_sqs_refuses_is_refused(
    aws: VirtualAws, given: dict[str, object], value: str, parameter: str, reason: str
) -> None:
    """Its action, its label or its account; the policy stays away."""
    queue = aws.queue("queue")
    before = aws.attributes(queue)
    valid = {"Label": "l", "AWSAccountIds": ["1" * 12], "Actions": ["*"]}

    error = aws.refusal("sqs", "AddPermission", QueueUrl=aws.url(queue), **{**valid, **given})

    assert error.code == "InvalidParameterValue"
    assert error.message == f"Value {value} for parameter {parameter} is invalid. Reason: {reason}"
    assert aws.attributes(queue) == before
