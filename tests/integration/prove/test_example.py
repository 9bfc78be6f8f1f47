"""The example of docs/testing.md: a team's tests of its service."""

from schemas.orders import OrderPlaced
from schemas.payments import PaymentCaptured, PaymentDeclined
from trunklab.testing.plugin import StartService


def test_an_order_by_card_is_captured(start_service: StartService) -> None:
    """The event is typed, and what the handler wrote lies in a table."""
    payments = start_service("services/payments")
    order = OrderPlaced.examples()[0]

    handled = payments.handle(order)

    captured = handled.only(PaymentCaptured)
    assert captured.amount == order.total
    payment = payments.item(f"payment#{order.order_id}", "payment")
    assert payment is not None
    assert payment["payment_id"] == captured.payment_id


def test_an_order_above_the_limit_of_its_customer_is_declined(start_service: StartService) -> None:
    """What must be there before is put into the table."""
    payments = start_service("services/payments")
    order = OrderPlaced.examples()[0]
    payments.put(f"customer#{order.customer.id}", "limit", card_minor=100, invoice_minor=0)

    handled = payments.handle(order)

    assert handled.only(PaymentDeclined).reason == "limit_exceeded"


def test_an_order_that_comes_twice_is_paid_once(start_service: StartService) -> None:
    """Events have the ids event-1, event-2, …, so the second delivery is the same event."""
    payments = start_service("services/payments")
    order = OrderPlaced.examples()[0]
    payments.handle(order)

    again = payments.handle(order)

    assert (again.events, again.failed) == ((), 0)
    assert len(payments.items()) == 1
