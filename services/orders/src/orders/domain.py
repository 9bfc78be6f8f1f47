"""What an order is worth and how it changes when its payment is decided."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from schemas.identifier import CHARACTERS_MAX, ORDER_ID
from schemas.money import Money
from schemas.orders import Customer, OrderLine, OrderPlaced, Payment
from schemas.payments import PaymentCaptured, PaymentDeclined

PLACED, PAID, DECLINED = "PLACED", "PAID", "DECLINED"


@dataclass(frozen=True)
class Step:
    """One change of an order: its status from then on, when, and what caused it."""

    status: str
    at: str
    cause: str
    event_id: str | None


@dataclass(frozen=True)
class Order:
    """What its customer may know of an order."""

    order_id: str
    status: str
    total: Money
    history: tuple[Step, ...]


def is_order_id(text: str) -> bool:
    """Whether the text can be an order's id at all."""
    # fullmatch: `$` alone would let a line break at the end pass.
    return len(text) <= CHARACTERS_MAX and re.fullmatch(ORDER_ID, text) is not None


def amount_minor_of(lines: Sequence[OrderLine]) -> int:
    """The sum of all lines in minor units, however large."""
    return sum(line.quantity * line.unit_price.amount_minor for line in lines)


def total_of(lines: Sequence[OrderLine]) -> Money:
    """The sum of all lines, which share one currency."""
    return Money(amount_minor=amount_minor_of(lines), currency=lines[0].unit_price.currency)


def place(
    order_id: str, customer: Customer, lines: Sequence[OrderLine], payment: Payment
) -> OrderPlaced:
    """The fact that this order was placed."""
    return OrderPlaced(
        order_id=order_id,
        customer=customer,
        lines=tuple(lines),
        total=total_of(lines),
        payment=payment,
    )


def opened(placed: OrderPlaced, at: str) -> Order:
    """The order as it is when it was just placed."""
    step = Step(PLACED, at, placed.detail_type, None)
    return Order(placed.order_id, PLACED, placed.total, (step,))


def follow(
    order: Order, payment: PaymentCaptured | PaymentDeclined, at: str, event_id: str
) -> Order:
    """The order after its payment was decided.

    The first decision stands; a later one is kept in the history and changes nothing.
    """
    decided = PAID if isinstance(payment, PaymentCaptured) else DECLINED
    status = decided if order.status == PLACED else order.status
    step = Step(status, at, payment.detail_type, event_id)
    return replace(order, status=status, history=(*order.history, step))
