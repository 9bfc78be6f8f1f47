"""The contract PaymentDeclined."""

from typing import Literal

from schemas.event import Event
from schemas.identifier import CustomerId, OrderId, PaymentId
from schemas.money import Money
from schemas.payments.examples import PAYMENT_DECLINED


class PaymentDeclined(
    Event,
    source="shop.payments",
    owner="team-payments",
    subject="order_id",
    examples=PAYMENT_DECLINED,
):
    """The order will not be paid for; nothing was charged."""

    payment_id: PaymentId
    order_id: OrderId
    customer_id: CustomerId
    amount: Money
    method: Literal["card", "invoice"]
    reason: Literal["limit_exceeded", "card_refused", "suspected_fraud"]
