"""Trace headers on their way through buses, queues and functions, as in chapter 6.7."""

import pytest

from tests.virtual_aws import VirtualAws
from tests.virtual_consumer import Consumer

fact = pytest.mark.fact
ROOT = "Root=1-6759e988-bd862e3fe1be46a994272793"
HEADER = f"{ROOT};Parent=53995c3f42cd8ad8;Sampled=1"
OTHER = HEADER.replace("272793", "272794")


@pytest.fixture
def aws() -> VirtualAws:
    """An account in virtual time."""
    return VirtualAws()


def explicit(header: str) -> dict[str, object]:
    """Returns a message's own trace header."""
    attribute = {"DataType": "String", "StringValue": header}
    return {"MessageSystemAttributes": {"AWSTraceHeader": attribute}}


@fact("6.7", "Ad")
@pytest.mark.parametrize(
    ("given", "header"), [({}, HEADER), (explicit(OTHER), OTHER)], ids=["http", "explicit"]
)
def test_a_message_carries_the_header_of_its_request(
    aws: VirtualAws, given: dict[str, object], header: str
) -> None:
    """Unless it has one of its own."""
    queue = aws.queue("queue")
    url = aws.url(queue)

    aws.begin("sqs", "SendMessage", HEADER, QueueUrl=url, MessageBody="x", **given)

    (message,) = aws.receive(queue)
    assert message["Attributes"]["AWSTraceHeader"] == header


@fact("6.7", "Ad")
def test_each_entry_of_a_batch_carries_a_header(aws: VirtualAws) -> None:
    """Its own before the request's."""
    queue = aws.queue("queue")
    entries = [
        {"Id": "a", "MessageBody": "x"},
        {"Id": "b", "MessageBody": "x", **explicit(OTHER)},
    ]

    aws.begin("sqs", "SendMessageBatch", HEADER, QueueUrl=aws.url(queue), Entries=entries)

    found = [one["Attributes"]["AWSTraceHeader"] for one in aws.receive(queue)]
    assert found == [HEADER, OTHER]


@fact("6.7", "Ad")
def test_a_trace_header_does_not_count_towards_the_size(aws: VirtualAws) -> None:
    """Of a message of the greatest size."""
    queue = aws.queue("queue")

    aws.send(queue, "x" * 1_048_576, **explicit(HEADER))

    assert len(aws.receive(queue)) == 1


@fact("6.7", "As")
def test_an_event_keeps_its_root_to_the_function(aws: VirtualAws) -> None:
    """By the header of PutEvents."""
    arn = aws.function("f")
    aws.rule({"Id": "1", "Arn": arn})

    aws.publish(trace_header=HEADER)
    aws.advance(1)

    ((_, start),) = aws.invoked
    assert ROOT in (start.trace_header or "")


@fact("6.7", "Ad")
@pytest.mark.parametrize(("entry", "header"), [({}, HEADER), ({"TraceHeader": OTHER}, OTHER)])
def test_an_event_in_a_queue_carries_its_header(
    aws: VirtualAws, entry: dict[str, str], header: str
) -> None:
    """The entry's own beats the header of the request."""
    queue = aws.queue("queue")
    aws.rule({"Id": "1", "Arn": queue})

    aws.publish(trace_header=HEADER, **entry)
    aws.advance(1)

    (message,) = aws.receive(queue)
    assert message["Attributes"]["AWSTraceHeader"].startswith(header.partition(";")[0])


@fact("6.7", "Ad")
def test_a_batch_begins_a_trace_of_its_own(aws: VirtualAws) -> None:
    """The header of each message is in its record."""
    consumer = Consumer(aws)

    consumer.send("x", **explicit(HEADER))

    ((_, start),) = aws.invoked
    assert start.trace_header is None
    assert consumer.records[0]["attributes"]["AWSTraceHeader"] == HEADER
