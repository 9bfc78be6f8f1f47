"""Tests that a handler which fails costs its own event time, and no other event anything."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.e2e.examples import an_order, order_placed
from tests.e2e.shop import Shop
from trunklab import effects
from trunklab.demo.books import Books
from trunklab.demo.dead_letters import Queues

Eventually = Callable[[Callable[[], Any]], Any]

RECEIVES_MAX = 2
REDELIVERY_S = 3
BATCH = 5


def test_a_failing_event_is_retried_then_dead_lettered_and_the_rest_of_its_batch_is_done(
    shop: Shop, eventually: Eventually
) -> None:
    """The failed message alone goes back to its queue, and after its last receive into the DLQ."""
    marker = effects.random_hex(12)
    ids = [f"{marker}-{number}" for number in range(BATCH)]
    customer = _customer_whose_limit_is_broken(shop, f"cust-{marker}")
    events = [order_placed(ids[0], f"event-{ids[0]}", customer=customer)]
    events += [order_placed(order_id, f"event-{order_id}") for order_id in ids[1:]]

    with _impatient_queue(shop, eventually):
        _publish_at_once(shop, events)
        letters = eventually(lambda: _letters(shop, ids[0]))

    assert len(letters) == 1
    assert "MessageAttributes" not in letters[0]  # SQS moved it: the runtime had not given it up
    failed = [line for line in shop.log_lines(f"event-{ids[0]}") if line.message == "event failed"]
    assert len(failed) == RECEIVES_MAX
    assert shop.rows("payments", f"payment#{ids[0]}") == []
    assert eventually(lambda: all(shop.rows("payments", f"payment#{one}") for one in ids[1:]))


def test_an_accepted_order_whose_event_fails_is_in_the_books_and_is_paid_after_a_redrive(
    shop: Shop, eventually: Eventually
) -> None:
    """Nothing accepted is lost: it waits in the dead-letter queue until its cause is mended."""
    order = an_order()
    customer_id = order["customer"]["id"]
    _customer_whose_limit_is_broken(shop, customer_id)

    with _impatient_queue(shop, eventually):
        order_id = shop.place(order)
        found = eventually(lambda: [one for one in _dead(shop) if one.subject == order_id])
    assert found[0].detail_type == "OrderPlaced"
    assert Books(shop.stage).statuses([order_id]) == {order_id: "PLACED"}

    shop.stage.client("dynamodb").delete_item(
        TableName=shop.stage.outputs("payments")["TableName"],
        Key={"pk": {"S": f"customer#{customer_id}"}, "sk": {"S": "limit"}},
    )
    (letter,) = eventually(lambda: _letters(shop, order_id))
    shop.stage.client("sqs").send_message(QueueUrl=_queue(shop), MessageBody=letter["Body"])
    assert eventually(lambda: shop.status(order_id) == "PAID")


def _customer_whose_limit_is_broken(shop: Shop, customer_id: str) -> dict[str, Any]:
    """A row that a faulty tool wrote: the handler that reads it fails with a plain TypeError."""
    shop.stage.client("dynamodb").put_item(
        TableName=shop.stage.outputs("payments")["TableName"],
        Item={
            "pk": {"S": f"customer#{customer_id}"},
            "sk": {"S": "limit"},
            "card_minor": {"S": "plenty"},
            "invoice_minor": {"N": "1"},
        },
    )
    customer: dict[str, Any] = an_order()["customer"] | {"id": customer_id}
    return customer


@contextmanager
def _impatient_queue(shop: Shop, eventually: Eventually) -> Iterator[None]:
    """Lets the queue redeliver after REDELIVERY_S and give up after RECEIVES_MAX receives."""
    # A cold start within that time would use up the receives of events that are well.
    warm = shop.place(an_order())
    eventually(lambda: shop.status(warm) == "PAID")
    sqs, url = shop.stage.client("sqs"), _queue(shop)
    names = ["VisibilityTimeout", "RedrivePolicy"]
    usual = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    policy = json.loads(usual["RedrivePolicy"]) | {"maxReceiveCount": RECEIVES_MAX}
    hasty = {"VisibilityTimeout": str(REDELIVERY_S), "RedrivePolicy": json.dumps(policy)}
    sqs.set_queue_attributes(QueueUrl=url, Attributes=hasty)
    try:
        yield
    finally:
        sqs.set_queue_attributes(QueueUrl=url, Attributes=usual)


def _publish_at_once(shop: Shop, events: list[dict[str, str]]) -> None:
    answer = shop.stage.client("events").put_events(
        Entries=[{"EventBusName": shop.bus, **event} for event in events]
    )
    assert answer["FailedEntryCount"] == 0, answer


def _queue(shop: Shop) -> str:
    return shop.stage.outputs("payments")["DecidePaymentQueueUrl"]


def _letters(shop: Shop, marker: str) -> list[Any]:
    return shop.take_dead_letters("payments", "DecidePaymentDeadLettersUrl", marker)


def _dead(shop: Shop) -> list[Any]:
    return list(Queues(shop.stage).dead_letters())
