"""A customer with a broken item in the payments table: their orders fail until it is fixed."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from shop.tests.e2e.examples import an_order
from shop.tests.e2e.shop import Shop

Eventually = Callable[[Callable[[], Any]], Any]

RECEIVES_MAX = 2
REDELIVERY_S = 3


def break_limit(shop: Shop, customer_id: str) -> None:
    """A row that a faulty tool wrote: the handler that reads it fails with a plain TypeError."""
    shop.stage.client("dynamodb").put_item(
        TableName=shop.resource("payments", "Table"),
        Item={
            "pk": {"S": f"customer#{customer_id}"},
            "sk": {"S": "limit"},
            "card_minor": {"S": "plenty"},
            "invoice_minor": {"N": "1"},
        },
    )


def mend_limit(shop: Shop, customer_id: str) -> None:
    """Without a row of its own a customer has the usual limit."""
    shop.stage.client("dynamodb").delete_item(
        TableName=shop.resource("payments", "Table"),
        Key={"pk": {"S": f"customer#{customer_id}"}, "sk": {"S": "limit"}},
    )


@contextmanager
def impatient_queue(shop: Shop, eventually: Eventually) -> Iterator[None]:
    """Lets the queue redeliver after REDELIVERY_S and give up after RECEIVES_MAX receives."""
    # A cold start within that time would use up the receives of events that are well.
    warm = shop.place(an_order())
    eventually(lambda: shop.status(warm) == "PAID")
    sqs, url = shop.stage.client("sqs"), queue(shop)
    names = ["VisibilityTimeout", "RedrivePolicy"]
    usual = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    policy = json.loads(usual["RedrivePolicy"]) | {"maxReceiveCount": RECEIVES_MAX}
    hasty = {"VisibilityTimeout": str(REDELIVERY_S), "RedrivePolicy": json.dumps(policy)}
    sqs.set_queue_attributes(QueueUrl=url, Attributes=hasty)
    try:
        yield
    finally:
        sqs.set_queue_attributes(QueueUrl=url, Attributes=usual)


def queue(shop: Shop) -> str:
    """The queue of placed orders."""
    return shop.resource("payments", "DecidePaymentQueue")


def take_letters(shop: Shop, marker: str) -> list[Any]:
    """Removes and returns the dead letters that contain the marker."""
    return shop.take_dead_letters("payments", "DecidePaymentDeadLetters", marker)


def redrive(shop: Shop, letter: Any) -> None:
    """Sends a dead letter to its queue again, as SQS's move task does."""
    header = letter.get("Attributes", {}).get("AWSTraceHeader", "")
    traced = {"AWSTraceHeader": {"DataType": "String", "StringValue": header}}
    shop.stage.client("sqs").send_message(
        QueueUrl=queue(shop),
        MessageBody=letter["Body"],
        MessageSystemAttributes=traced if header else {},
    )
