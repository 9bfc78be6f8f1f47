"""Tests that a rule with a condition on the content tells the right customers, and only them."""

from collections.abc import Callable

from shop.tests.e2e.examples import an_order
from shop.tests.e2e.shop import Shop

Eventually = Callable[[Callable[[], object]], object]


def test_a_declined_customer_is_told_but_for_fraud(shop: Shop, eventually: Eventually) -> None:
    """Nobody is tipped off: the rule keeps suspected fraud away from notifications."""
    fraud = an_order(card_token="tok_fraud")  # noqa: S106  # a test token
    too_much = an_order(amount_minor=100_001)

    fraud_id = shop.place(fraud)
    eventually(lambda: shop.status(fraud_id) == "DECLINED")
    too_much_id = shop.place(too_much)
    eventually(lambda: shop.status(too_much_id) == "DECLINED")

    eventually(lambda: shop.rows("notifications", f"inbox#{too_much['customer']['id']}"))
    (message,) = shop.rows("notifications", f"inbox#{too_much['customer']['id']}")
    assert message["order_id"]["S"] == too_much_id
    assert "limit" in message["text"]["S"]
    assert shop.rows("notifications", f"inbox#{fraud['customer']['id']}") == []
