"""Orders: total, state and history."""

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
    """A change of an order: the new status, the time and the cause."""

    status: str
    at: str
    cause: str
    event_id: str | None


@dataclass(frozen=True)
class Order:
    """An order as its customer sees it."""

    order_id: str
    status: str
    total: Money
    history: tuple[Step, ...]


def is_order_id(text: str) -> bool:
    """True if the string has the format of an order id."""
    # fullmatch: `$` alone would accept a line break at the end.
    return len(text) <= CHARACTERS_MAX and re.fullmatch(ORDER_ID, text) is not None


def amount_minor_of(lines: Sequence[OrderLine]) -> int:
    """Returns the sum of all lines in minor units, without a limit."""
    return sum(line.quantity * line.unit_price.amount_minor for line in lines)


def total_of(lines: Sequence[OrderLine]) -> Money:
    """Returns the sum of all lines, which share one currency."""
    return Money(amount_minor=amount_minor_of(lines), currency=lines[0].unit_price.currency)


def place(
    order_id: str, customer: Customer, lines: Sequence[OrderLine], payment: Payment
) -> OrderPlaced:
    """Returns the event of a new order."""
    return OrderPlaced(
        order_id=order_id,
        customer=customer,
        lines=tuple(lines),
        total=total_of(lines),
        payment=payment,
    )


def opened(placed: OrderPlaced, at: str) -> Order:
    """Returns the initial state of an order."""
    step = Step(PLACED, at, placed.detail_type, None)
    return Order(placed.order_id, PLACED, placed.total, (step,))


def follow(
    order: Order, payment: PaymentCaptured | PaymentDeclined, at: str, event_id: str
) -> Order:
    """Returns the order after a payment decision.

    The first decision counts; a later one is added to the history only.
    """
    decided = PAID if isinstance(payment, PaymentCaptured) else DECLINED
    status = decided if order.status == PLACED else order.status
    step = Step(status, at, payment.detail_type, event_id)
    return replace(order, status=status, history=(*order.history, step))
