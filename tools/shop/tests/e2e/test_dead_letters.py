"""Tests that an event which can never succeed ends where it can be seen, with the reason."""

import json
from collections.abc import Callable
from typing import Any

from shop.tests.e2e.examples import entry, metadata, order_placed
from shop.tests.e2e.shop import Shop
from trunklab import effects

Eventually = Callable[[Callable[[], Any]], Any]


def test_an_event_that_breaks_its_contract_is_dead_lettered(
    shop: Shop, eventually: Eventually
) -> None:
    """The consumer's queue keeps the event as it was, and says why, by which rule and for whom."""
    order_id = f"broken-{effects.random_hex(12)}"
    event = order_placed(order_id, f"event-{order_id}", total=None, payment={"method": "barter"})

    shop.publish(event)

    letter, *_ = eventually(lambda: _letters_of_payments(shop, order_id))  # at least once
    attributes = _attributes(letter)
    assert "total" in attributes["reason"]
    assert "payment.method" in attributes["reason"]
    assert "barter" not in attributes["reason"]
    assert attributes["rule"].endswith(f"/trunkline-{shop.stage.name}-payments-decide-payment")
    assert attributes["handler"] == "decide-payment"
    assert attributes["event_id"] == f"event-{order_id}"
    assert json.loads(letter["Body"])["detail"] == json.loads(event["Detail"])
    assert shop.rows("payments", f"payment#{order_id}") == []


def test_an_event_with_a_broken_envelope_is_dead_lettered(
    shop: Shop, eventually: Eventually
) -> None:
    """Every fault of what decides is named; what only describes is repaired."""
    marker = f"broken-{effects.random_hex(12)}"

    shop.publish(entry({"metadata": {"event_id": marker, "subject": 7}, "data": []}))

    (letter,) = eventually(lambda: _letters_of_payments(shop, marker))
    attributes = _attributes(letter)
    assert "detail.metadata.subject" in attributes["reason"]
    assert "detail.metadata.traceparent" not in attributes["reason"]
    assert "detail.data" in attributes["reason"]
    assert attributes["rule"].endswith(f"/trunkline-{shop.stage.name}-payments-decide-payment")
    assert attributes["handler"] == "decide-payment"


def test_a_detail_type_that_nobody_handles_is_dead_lettered(
    shop: Shop, eventually: Eventually
) -> None:
    """No rule of ours lets it through, so it is put into the queue itself."""
    order_id = f"unknown-{effects.random_hex(12)}"
    event = {
        "source": "shop.orders",
        "detail-type": "OrderForgotten",
        "detail": {"metadata": metadata(order_id, f"event-{order_id}"), "data": {}},
    }

    shop.stage.client("sqs").send_message(
        QueueUrl=shop.resource("payments", "DecidePaymentQueue"),
        MessageBody=json.dumps(event),
    )

    (letter,) = eventually(lambda: _letters_of_payments(shop, order_id))
    assert "OrderForgotten" in _attributes(letter)["reason"]


def test_what_is_no_event_at_all_is_dead_lettered(shop: Shop, eventually: Eventually) -> None:
    """A message from elsewhere does not block the queue."""
    marker = f"noise-{effects.random_hex(12)}"

    shop.stage.client("sqs").send_message(
        QueueUrl=shop.resource("payments", "DecidePaymentQueue"), MessageBody=marker
    )

    (letter,) = eventually(lambda: _letters_of_payments(shop, marker))
    assert "JSON" in _attributes(letter)["reason"]


def _letters_of_payments(shop: Shop, marker: str) -> list[Any]:
    return shop.take_dead_letters("payments", "DecidePaymentDeadLetters", marker)


def _attributes(letter: Any) -> dict[str, str]:
    return {name: value["StringValue"] for name, value in letter["MessageAttributes"].items()}
