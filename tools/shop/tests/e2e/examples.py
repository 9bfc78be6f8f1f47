"""Orders and events of the tests: valid ones, to be changed at the place a test is about."""

import json
from typing import Any

from trunklab import effects


def an_order(*, amount_minor: int = 12_50, card_token: str = "tok_good") -> dict[str, Any]:  # noqa: S107  # a test token of no provider
    """Return an order of a customer of its own, paid by card."""
    return {
        "customer": {
            "id": f"cust-{effects.random_hex(12)}",
            "name": "Test Customer",
            "email": "customer@example.com",
            "address": {
                "street": "Teststrasse 1",
                "postcode": "20457",
                "city": "Hamburg",
                "country": "DE",
            },
        },
        "lines": [
            {
                "sku": "LAMP-BRASS-01",
                "title": "Desk lamp, brass",
                "quantity": 1,
                "unit_price": {"amount_minor": amount_minor, "currency": "EUR"},
            }
        ],
        "payment": {"method": "card", "card_token": card_token},
    }


def order_placed(order_id: str, event_id: str, **changes: Any) -> dict[str, str]:
    """Return a PutEvents entry of the event that orders publishes; None removes a field."""
    order = an_order()
    data = order | {
        "order_id": order_id,
        "total": order["lines"][0]["unit_price"],
        **changes,
    }
    return entry(
        {
            "metadata": metadata(order_id, event_id),
            "data": {name: value for name, value in data.items() if value is not None},
        }
    )


def metadata(subject: str, event_id: str) -> dict[str, str | None]:
    """Return the metadata of an event that has no cause."""
    return {
        "event_id": event_id,
        "subject": subject,
        "occurred_at": effects.now().isoformat(timespec="milliseconds"),
        "correlation_id": f"corr-{event_id}",
        "causation_id": None,
        "traceparent": f"00-{effects.random_hex(32)}-{effects.random_hex(16)}-01",
        "producer": "tests",
    }


def entry(detail: Any, detail_type: str = "OrderPlaced") -> dict[str, str]:
    """Return a PutEvents entry as the orders service would send it."""
    return {"Source": "shop.orders", "DetailType": detail_type, "Detail": json.dumps(detail)}
