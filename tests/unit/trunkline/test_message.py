"""The messages of an invocation."""

from typing import Any

import pytest

from trunkline.errors import ConfigurationError
from trunkline.message import Message

RECORD: dict[str, Any] = {
    "messageId": "m-1",
    "receiptHandle": "r-1",
    "body": "{}",
    "attributes": {"ApproximateReceiveCount": "3"},
    "eventSource": "aws:sqs",
    "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:queue",
}

NO_BATCHES: dict[str, Any] = {
    "nothing": {},
    "no object": [],
    "a text": "Records",
    "null": None,
    "records that are no list": {"Records": {}},
    "a record that is no object": {"Records": [RECORD, "m-2"]},
    "an event of the bus": {"source": "shop.orders", "detail-type": "OrderPlaced", "detail": {}},
    "an HTTP request": {"version": "2.0", "rawPath": "/orders", "body": "{}"},
    "a notification of SNS": {"Records": [{"EventSource": "aws:sns", "Sns": {"Message": "{}"}}]},
    "records of a stream": {"Records": [{"eventSource": "aws:dynamodb", "dynamodb": {}}]},
    "records of two sources": {"Records": [RECORD, RECORD | {"eventSource": "aws:kinesis"}]},
}


def test_messages_come_in_the_order_of_the_batch() -> None:
    """Each with its id, its text, how often it was delivered and from where."""
    batch = Message.batch({"Records": [RECORD, RECORD | {"messageId": "m-2", "attributes": {}}]})

    assert batch == [
        Message("m-1", "{}", 3, "arn:aws:sqs:us-east-1:000000000000:queue"),
        Message("m-2", "{}", 1, "arn:aws:sqs:us-east-1:000000000000:queue"),
    ]


def test_an_empty_batch_has_no_messages() -> None:
    """Lambda does not send one; a test by hand may."""
    assert Message.batch({"Records": []}) == []


@pytest.mark.parametrize("event", NO_BATCHES.values(), ids=NO_BATCHES.keys())
def test_an_invocation_that_is_no_batch_is_refused_as_a_whole(event: Any) -> None:
    """Nothing could be reported back, so nothing is tried; the message says what to mend."""
    with pytest.raises(ConfigurationError, match="SQS event source in its template"):
        Message.batch(event)
