"""The contract PaymentCaptured."""

from typing import Literal

from schemas.event import Event
from schemas.identifier import CustomerId, OrderId, PaymentId
from schemas.money import Money
from schemas.payments.examples import PAYMENT_CAPTURED


class PaymentCaptured(
    Event,
    source="shop.payments",
    owner="team-payments",
    subject="order_id",
    examples=PAYMENT_CAPTURED,
):
    """The order is paid for: the card was charged, or the invoice accepted."""

    payment_id: PaymentId
    order_id: OrderId
    customer_id: CustomerId
    amount: Money
    method: Literal["card", "invoice"]
