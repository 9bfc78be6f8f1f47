"""Tests of payment decisions."""

import pytest

from payments import domain
from payments.domain import DEFAULT_LIMIT, Limit
from schemas.money import Money
from schemas.orders import OrderPlaced, Payment
from schemas.payments import PaymentCaptured, PaymentDeclined


def an_order(amount_minor: int = 1_000, token: str | None = "tok_ok") -> OrderPlaced:  # noqa: S107  # no secret
    """Returns an order by card, or by invoice without a token."""
    example = OrderPlaced.examples()[0]
    payment = Payment(method="card" if token else "invoice", card_token=token)
    total = Money(amount_minor=amount_minor, currency="USD")
    return example.model_copy(update={"total": total, "payment": payment})


CAPTURED = {
    "by card": an_order(),
    "by invoice": an_order(token=None),
    "for free": an_order(0),
    "at the card's limit": an_order(DEFAULT_LIMIT.card_minor),
    "at the invoice's limit": an_order(DEFAULT_LIMIT.invoice_minor, None),
    "above the invoice's limit, by card": an_order(DEFAULT_LIMIT.invoice_minor + 1),
}

DECLINED = {
    "a cent above the card's limit": (an_order(DEFAULT_LIMIT.card_minor + 1), "limit_exceeded"),
    "a cent above the invoice's": (
        an_order(DEFAULT_LIMIT.invoice_minor + 1, None),
        "limit_exceeded",
    ),
    "a refused card": (an_order(token="tok_refused"), "card_refused"),  # noqa: S106  # no secret
    "a refused card above the limit": (
        an_order(10**9, "tok_refused"),
        "limit_exceeded",
    ),
    "a stolen card": (an_order(token="tok_fraud"), "suspected_fraud"),  # noqa: S106  # the same
    "a stolen card above the limit": (an_order(10**9, "tok_fraud"), "suspected_fraud"),
    "a stolen card for free": (an_order(0, "tok_fraud"), "suspected_fraud"),
}


@pytest.mark.parametrize("order", CAPTURED.values(), ids=CAPTURED.keys())
def test_an_order_within_the_limit_is_captured(order: OrderPlaced) -> None:
    """Limits are inclusive, and each payment method has its own."""
    outcome = domain.decide("pay-1", order, DEFAULT_LIMIT)

    assert isinstance(outcome, PaymentCaptured)
    assert (outcome.amount, outcome.method) == (order.total, order.payment.method)


@pytest.mark.parametrize(("order", "reason"), DECLINED.values(), ids=DECLINED.keys())
def test_an_order_that_may_not_be_paid_is_declined_with_its_reason(
    order: OrderPlaced, reason: str
) -> None:
    """Fraud is reported before the limit, the limit before the card's refusal."""
    outcome = domain.decide("pay-1", order, DEFAULT_LIMIT)

    assert isinstance(outcome, PaymentDeclined)
    assert outcome.reason == reason


def test_a_customer_may_have_a_limit_of_their_own() -> None:
    """It replaces the default limit."""
    outcome = domain.decide("pay-1", an_order(500), Limit(card_minor=499, invoice_minor=10**9))

    assert isinstance(outcome, PaymentDeclined)


@pytest.mark.parametrize("order", [an_order(), an_order(10**9)], ids=["captured", "declined"])
def test_a_decision_names_order_and_customer(order: OrderPlaced) -> None:
    """Consumers of the decision need no other source."""
    outcome = domain.decide("pay-1", order, DEFAULT_LIMIT)

    assert outcome.payment_id == "pay-1"
    assert (outcome.order_id, outcome.customer_id) == (order.order_id, order.customer.id)
    assert outcome.subject == order.order_id
    assert outcome.to_data()["amount"] == order.total.model_dump()
