"""Tests what becomes of an order, from the HTTP answer to its end."""

import json
from collections.abc import Callable

from shop.tests.e2e.examples import an_order
from shop.tests.e2e.shop import Shop
from trunklab import effects

Eventually = Callable[[Callable[[], object]], object]


def test_a_good_order_is_captured(shop: Shop, eventually: Eventually) -> None:
    """It is answered at once, paid for soon after, and its history says both."""
    reply = shop.post(json.dumps(an_order(amount_minor=12_50)).encode())

    order_id = reply.body["order_id"]
    eventually(lambda: shop.status(order_id) == "PAID")
    state = shop.get(order_id)
    (payment,) = shop.rows("payments", f"payment#{order_id}")
    assert (reply.status, reply.body["status"]) == (202, "PLACED")
    assert reply.headers["location"] == reply.body["status_url"]
    assert reply.body["status_url"].endswith(f"/orders/{order_id}")
    assert state.body["total"] == {"amount_minor": 12_50, "currency": "EUR"}
    assert [step["status"] for step in state.body["history"]] == ["PLACED", "PAID"]
    assert [step["cause"] for step in state.body["history"]] == ["OrderPlaced", "PaymentCaptured"]
    assert payment["outcome"]["S"] == "PaymentCaptured"


def test_an_order_above_the_limit_is_declined(shop: Shop, eventually: Eventually) -> None:
    """The limit is inclusive: one cent more and the order is declined, with the reason."""
    at_limit = shop.place(an_order(amount_minor=100_000))
    above_limit = shop.place(an_order(amount_minor=100_001))

    eventually(lambda: shop.status(at_limit) == "PAID")
    eventually(lambda: shop.status(above_limit) == "DECLINED")
    (payment,) = shop.rows("payments", f"payment#{above_limit}")
    assert payment["reason"]["S"] == "limit_exceeded"


def test_an_invalid_order_is_refused_with_every_fault(shop: Shop) -> None:
    """Nothing of it is kept, and no event of it is sent: both are one transaction."""
    amount_minor = 10**9 + int(effects.random_hex(7), 16)
    order = an_order(amount_minor=amount_minor)
    order["lines"][0]["quantity"] = 0
    order["customer"]["address"]["country"] = "Germany"
    order["coupon"] = "SUMMER26"
    del order["payment"]["method"]

    reply = shop.post(json.dumps(order).encode())

    assert reply.status == 400
    assert reply.body["error"] == "invalid_order"
    assert sorted(fault["field"] for fault in reply.body["faults"]) == [
        "coupon",
        "customer.address.country",
        "lines.0.quantity",
        "payment.method",
    ]
    assert shop.rows_with_amount("orders", "total", amount_minor) == []


def test_a_row_can_be_found_by_its_amount(shop: Shop) -> None:
    """Without this, the test above would prove nothing."""
    amount_minor = 10**9 + int(effects.random_hex(7), 16)
    shop.place(an_order(amount_minor=amount_minor))

    assert len(shop.rows_with_amount("orders", "total", amount_minor)) == 1


def test_what_is_no_order_at_all_is_refused(shop: Shop) -> None:
    """Broken JSON, a list, nothing: the response blames the request, not the service."""
    bodies = [b"", b"{", b"[]", b"null", b'"order"', b"\xff\xfe"]

    assert [shop.post(body).status for body in bodies] == [400] * len(bodies)


def test_an_unknown_order_is_not_found(shop: Shop) -> None:
    """The answer names what was asked for."""
    reply = shop.get("no-such-order")

    assert (reply.status, reply.body["error"]) == (404, "unknown_order")
