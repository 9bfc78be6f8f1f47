"""Tests that every producer's own schedule sends what a crash left in its outbox."""

import json
from datetime import timedelta
from typing import Any, Final

from shop.tests.e2e.examples import an_order, entry, metadata, order_placed
from shop.tests.e2e.shop import Shop
from trunklab import effects

WITHIN_S: Final = 150.0
"""Seconds: a sweep comes every minute and takes rows older than one."""

POLL_S: Final = 0.5


def test_events_that_a_crash_left_are_sent_by_the_schedules(shop: Shop) -> None:
    """One row waits in each producer's table; nobody calls a sweep by hand."""
    paid_twice = shop.place(an_order())
    payment_event = f"left-{effects.random_hex(12)}"
    forgotten = f"left-{effects.random_hex(12)}"

    _leave(shop, "payments", _declined(paid_twice, payment_event))
    _leave(shop, "orders", order_placed(forgotten, f"event-{forgotten}"))

    _wait_until_sent(shop, "payments", payment_event)
    _wait_until_sent(shop, "orders", f"event-{forgotten}")
    give_up_s = effects.monotonic() + WITHIN_S
    while not (
        shop.rows("payments", f"payment#{forgotten}")
        and payment_event in {step["event_id"] for step in _history(shop, paid_twice)}
    ):
        assert effects.monotonic() < give_up_s
        effects.sleep(POLL_S)


def _history(shop: Shop, order_id: str) -> list[dict[str, Any]]:
    history: list[dict[str, Any]] = shop.get(order_id).body["history"]
    return history


def _declined(order_id: str, event_id: str) -> dict[str, str]:
    data = {
        "payment_id": f"pay-{effects.random_hex(12)}",
        "order_id": order_id,
        "customer_id": "cust-left",
        "amount": {"amount_minor": 12_50, "currency": "EUR"},
        "method": "card",
        "reason": "suspected_fraud",
    }
    event = entry({"metadata": metadata(order_id, event_id), "data": data}, "PaymentDeclined")
    return event | {"Source": "shop.payments"}


def _leave(shop: Shop, service: str, event: dict[str, str]) -> None:
    """Puts the event into the outbox as a function does that then dies, two minutes ago."""
    event_id = json.loads(event["Detail"])["metadata"]["event_id"]
    committed_at = effects.now() - timedelta(minutes=2)
    row = {
        "pk": "trunkline#outbox#0",
        "sk": f"{committed_at:%Y-%m-%dT%H:%M:%S.%fZ}#{event_id}",
        "source": event["Source"],
        "detail_type": event["DetailType"],
        "detail": event["Detail"],
    }
    shop.stage.client("dynamodb").put_item(
        TableName=shop.resource(service, "Table"),
        Item={name: {"S": value} for name, value in row.items()},
    )


def _wait_until_sent(shop: Shop, service: str, event_id: str) -> None:
    give_up_s = effects.monotonic() + WITHIN_S
    while any(
        row["sk"]["S"].endswith(event_id) for row in shop.rows(service, "trunkline#outbox#0")
    ):
        assert effects.monotonic() < give_up_s, f"{service} has not sent {event_id}"
        effects.sleep(POLL_S)
