"""What SQS refuses, and its bounds, as in chapter 7.1 of the reference."""

from typing import Any

import pytest

from tests.virtual_aws import VirtualAws

fact = pytest.mark.fact


@pytest.fixture
def aws() -> VirtualAws:
    """An account in virtual time."""
    return VirtualAws()


@fact("7.1", "Am")
@pytest.mark.parametrize(
    ("operation", "given", "code", "text"),
    [
        ("SendMessage", {"MessageBody": ""}, "MissingParameter", "MessageBody"),
        ("SendMessage", {"MessageBody": "\x00"}, "InvalidMessageContents", "Invalid characters"),
        ("SendMessage", {"MessageBody": "x" * 1_048_577}, "InvalidParameterValue", "shorter than"),
        (
            "SendMessage",
            {
                "MessageBody": "x" * 1_048_000,
                "MessageAttributes": {"a": {"DataType": "String", "StringValue": "v" * 600}},
            },
            *("InvalidParameterValue", "shorter than 1048576 bytes"),
        ),
        ("SendMessage", {"MessageBody": "x", "DelaySeconds": 901}, "InvalidParameterValue", "900"),
        (
            "SendMessage",
            {"MessageBody": "x", "MessageDeduplicationId": "d"},
            *("InvalidParameterValue", "not valid for this queue type"),
        ),
        (
            "SendMessage",
            {"MessageBody": "x", "MessageAttributes": {"a": {"DataType": "String"}}},
            *("InvalidParameterValue", "non-empty"),
        ),
        (
            "SendMessage",
            {
                "MessageBody": "x",
                "MessageAttributes": {"a": {"DataType": "Text", "StringValue": "v"}},
            },
            *("InvalidParameterValue", "type"),
        ),
        (
            "ReceiveMessage",
            {"MaxNumberOfMessages": 11},
            "InvalidParameterValue",
            "between 1 and 10",
        ),
        ("ReceiveMessage", {"WaitTimeSeconds": 21}, "InvalidParameterValue", "<= 20"),
        ("ReceiveMessage", {"VisibilityTimeout": 43_201}, "InvalidParameterValue", "43200"),
        ("SetQueueAttributes", {"Attributes": {"Color": "red"}}, "InvalidAttributeName", "Color"),
        (
            "SetQueueAttributes",
            {"Attributes": {"VisibilityTimeout": "-1"}},
            *("InvalidAttributeValue", "Invalid value for the parameter VisibilityTimeout"),
        ),
        *(
            (
                *("SetQueueAttributes", {"Attributes": {name: value}}),
                *("InvalidAttributeValue", f"Invalid value for the parameter {name}"),
            )
            for name, value in (
                ("VisibilityTimeout", "9" * 5_000),
                ("VisibilityTimeout", "\u0663"),
                ("VisibilityTimeout", "1.5"),
                ("Policy", "text"),
                ("Policy", "[]"),
                ("Policy", "[" * 100_000),
                ("Policy", '{"Version": "2012-10-17"}'),
                ("RedriveAllowPolicy", "text"),
                ("SqsManagedSseEnabled", "yes"),
            )
        ),
        (
            "SetQueueAttributes",
            {"Attributes": {"RedrivePolicy": "[" * 100_000}},
            *("InvalidParameterValue", "not a valid JSON map"),
        ),
        (
            "SendMessage",
            {
                "MessageBody": "x",
                "MessageAttributes": {"a": {"DataType": "String", "StringValue": "\x00"}},
            },
            *("InvalidMessageContents", "Invalid characters"),
        ),
        (
            "SetQueueAttributes",
            {"Attributes": {"RedrivePolicy": "{}"}},
            *("InvalidParameterValue", "mandatory attribute: maxReceiveCount"),
        ),
        ("SendMessageBatch", {"Entries": []}, "EmptyBatchRequest", "at least one"),
        (
            "SendMessageBatch",
            {"Entries": [{"Id": "a", "MessageBody": "x"}] * 2},
            *("BatchEntryIdsNotDistinct", "Id a repeated"),
        ),
        (
            "SendMessageBatch",
            {"Entries": [{"Id": "a b", "MessageBody": "x"}]},
            *("InvalidBatchEntryId", "alphanumeric"),
        ),
        (
            "SendMessageBatch",
            {"Entries": [{"Id": str(n), "MessageBody": "x"} for n in range(11)]},
            *("TooManyEntriesInBatchRequest", "You have sent 11"),
        ),
        (
            "SendMessageBatch",
            {"Entries": [{"Id": str(n), "MessageBody": "x" * 600_000} for n in range(2)]},
            *("BatchRequestTooLong", "cannot be longer than 1048576"),
        ),
        (
            "SendMessageBatch",
            {
                "Entries": [
                    {
                        "Id": str(number),
                        "MessageBody": "x" * 500_000,
                        "MessageAttributes": {
                            "a": {"DataType": "String", "StringValue": "v" * 30_000}
                        },
                    }
                    for number in range(2)
                ]
            },
            *("BatchRequestTooLong", "You have sent 1060014 bytes"),
        ),
    ],
)
def test_what_sqs_refuses_is_refused(
    aws: VirtualAws, operation: str, given: dict[str, Any], code: str, text: str
) -> None:
    """With its code and words."""
    queue = aws.queue("queue")

    error = aws.refusal("sqs", operation, QueueUrl=aws.url(queue), **given)

    assert error.code == code
    assert text in error.message


@fact("7.1", "Am")
@pytest.mark.parametrize(
    ("name", "kind", "value"),
    [
        ("", "String", "v"),
        ("AWS.a", "String", "v"),
        ("amazon.a", "String", "v"),
        (".a", "String", "v"),
        ("a.", "String", "v"),
        ("a..b", "String", "v"),
        ("ä", "String", "v"),
        ("a" * 257, "String", "v"),
        ("a", "Number", "x"),
        ("a", "Number", "1.2.3"),
        ("a", "Number", "."),
        ("a", "Number", "\u0661"),
        ("a", "", "v"),
        ("a", "Stringlike", "v"),
        ("a", "Binary", "v"),
    ],
)
def test_an_attribute_that_sqs_refuses_is_refused(
    aws: VirtualAws, name: str, kind: str, value: str
) -> None:
    """By its name, its type or its value."""
    given = {name: {"DataType": kind, "StringValue": value}}
    url = aws.url(aws.queue("queue"))

    error = aws.refusal(
        "sqs", "SendMessage", QueueUrl=url, MessageBody="x", MessageAttributes=given
    )

    assert error.code == "InvalidParameterValue"


@fact("7.1", "Am")
@pytest.mark.parametrize("size", [1, 1_048_576])
def test_a_message_of_the_least_and_of_the_greatest_size_is_sent(
    aws: VirtualAws, size: int
) -> None:
    """Both bounds are inclusive; system attributes do not count."""
    queue = aws.queue("queue")
    trace = {"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1-a-b"}}

    aws.send(queue, "x" * size, MessageSystemAttributes=trace)

    assert len(aws.receive(queue)[0]["Body"]) == size


@fact("7.1", "Am")
@pytest.mark.parametrize(
    ("attribute", "low", "high", "default"),
    [
        ("DelaySeconds", 0, 900, 0),
        ("MessageRetentionPeriod", 60, 1_209_600, 345_600),
        ("VisibilityTimeout", 0, 43_200, 30),
        ("ReceiveMessageWaitTimeSeconds", 0, 20, 0),
        ("MaximumMessageSize", 1_024, 1_048_576, 1_048_576),
    ],
)
def test_the_bounds_of_an_attribute_are_inclusive(
    aws: VirtualAws, attribute: str, low: int, high: int, default: int
) -> None:
    """One beyond is refused; the default is AWS's."""
    queue = aws.queue("queue")
    assert aws.attributes(queue)[attribute] == str(default)

    for value in (low, high):
        given = {"QueueUrl": aws.url(queue), "Attributes": {attribute: str(value)}}
        aws.call("sqs", "SetQueueAttributes", **given)
        assert aws.attributes(queue)[attribute] == str(value)
    for value in (low - 1, high + 1):
        given = {"QueueUrl": aws.url(queue), "Attributes": {attribute: str(value)}}
        assert aws.refusal("sqs", "SetQueueAttributes", **given).code == "InvalidAttributeValue"


@fact("7.1", "Am")
@pytest.mark.parametrize("name", ["", "a b", "a/b", "x" * 81, "a.fifo", "ä"])
def test_a_name_that_sqs_refuses_is_refused(aws: VirtualAws, name: str) -> None:
    """Letters, digits, hyphens and underscores, 80 at most."""
    assert aws.refusal("sqs", "CreateQueue", QueueName=name).code == "InvalidParameterValue"


@fact("7.1", "Am")
@pytest.mark.parametrize(
    "operation",
    ["SendMessage", "ReceiveMessage", "DeleteQueue", "GetQueueAttributes", "PurgeQueue"],
)
def test_a_queue_that_does_not_exist_is_named(aws: VirtualAws, operation: str) -> None:
    """By every operation."""
    given = {"MessageBody": "x"} if operation == "SendMessage" else {}

    error = aws.refusal("sqs", operation, QueueUrl=aws.url("arn:gone"), **given)

    assert (error.code, error.message) == (
        "QueueDoesNotExist",
        "The specified queue does not exist.",
    )


@fact("7.1", "Am")
@pytest.mark.parametrize("body", ["\ufffe", "\x0b", "\x1f", "a\x00b", "\ud800"])
def test_characters_that_xml_does_not_allow_are_refused(aws: VirtualAws, body: str) -> None:
    """Emoji and line breaks are sent."""
    queue = aws.queue("queue")
    url = aws.url(queue)

    error = aws.refusal("sqs", "SendMessage", QueueUrl=url, MessageBody=body)
    aws.send(queue, "\t\n\r\U0001f600")

    assert error.code == "InvalidMessageContents"
    assert len(aws.receive(queue)) == 1
