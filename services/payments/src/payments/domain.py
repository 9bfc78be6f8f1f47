"""Decision whether to capture or decline the payment of an order."""

from dataclasses import dataclass
from typing import Final, Literal

from schemas.orders import OrderPlaced
from schemas.payments import PaymentCaptured, PaymentDeclined

Reason = Literal["limit_exceeded", "card_refused", "suspected_fraud"]

CARD_ANSWERS: Final[dict[str, Reason]] = {
    "tok_refused": "card_refused",
    "tok_fraud": "suspected_fraud",
}
"""Results of the card provider's test tokens; every other token is accepted."""


@dataclass(frozen=True)
class Limit:
    """The maximum amount of one order of a customer, in minor units of its currency."""

    card_minor: int
    invoice_minor: int


DEFAULT_LIMIT: Final = Limit(card_minor=100_000, invoice_minor=50_000)
"""The limit of customers without a limit of their own."""


def decide(payment_id: str, order: OrderPlaced, limit: Limit) -> PaymentCaptured | PaymentDeclined:
    """Returns the decision on an order's payment. Limits are inclusive; fraud is checked first."""
    reason = _refusal(order, limit)
    if reason is None:
        return PaymentCaptured(
            payment_id=payment_id,
            order_id=order.order_id,
            customer_id=order.customer.id,
            amount=order.total,
            method=order.payment.method,
        )
    return PaymentDeclined(
        payment_id=payment_id,
        order_id=order.order_id,
        customer_id=order.customer.id,
        amount=order.total,
        method=order.payment.method,
        reason=reason,
    )


def _refusal(order: OrderPlaced, limit: Limit) -> Reason | None:
    by_card = order.payment.method == "card"
    refusal = CARD_ANSWERS.get(order.payment.card_token or "") if by_card else None
    if refusal == "suspected_fraud":
        return refusal
    if order.total.amount_minor > (limit.card_minor if by_card else limit.invoice_minor):
        return "limit_exceeded"
    return refusal
