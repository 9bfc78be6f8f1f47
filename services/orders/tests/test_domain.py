"""Tests of an order's total, state and history."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders import domain
from orders.domain import DECLINED, PAID, PLACED, Order, Step
from orders.request import PlaceOrder
from schemas.money import Money
from schemas.orders import OrderLine
from schemas.payments import PaymentCaptured, PaymentDeclined
from services.orders.tests.requests import an_order

CAPTURED = PaymentCaptured.examples()[0]
REFUSED = PaymentDeclined.examples()[0]


def a_line(quantity: int, amount_minor: int) -> OrderLine:
    """Returns one line in francs."""
    price = Money(amount_minor=amount_minor, currency="CHF")
    return OrderLine(sku="A", title="Article", quantity=quantity, unit_price=price)


def a_placed_order() -> Order:
    """Returns an order that waits for its payment."""
    total = Money(amount_minor=1, currency="EUR")
    return Order("order-1", PLACED, total, (Step(PLACED, "t0", "OrderPlaced", None),))


@given(st.lists(st.tuples(st.integers(1, 1_000), st.integers(0, 10**6)), min_size=1, max_size=9))
def test_the_total_is_the_sum_of_all_lines(lines: list[tuple[int, int]]) -> None:
    """Quantity times price, in whole minor units of the lines' currency."""
    total = domain.total_of([a_line(quantity, price) for quantity, price in lines])

    assert total.amount_minor == sum(quantity * price for quantity, price in lines)
    assert total.currency == "CHF"


def test_a_placed_order_says_what_was_ordered() -> None:
    """The event contains the request, the id and the total."""
    request = PlaceOrder.model_validate(an_order())

    placed = domain.place("order-1", request.customer, request.lines, request.payment)

    assert (placed.order_id, placed.subject) == ("order-1", "order-1")
    assert placed.total == Money(amount_minor=2_500, currency="EUR")
    assert (placed.customer, placed.lines) == (request.customer, request.lines)
    assert placed.to_data()["payment"] == {"method": "card", "card_token": "tok_ok"}


def test_an_opened_order_is_placed_and_has_one_step() -> None:
    """Its only cause is the request."""
    request = PlaceOrder.model_validate(an_order())
    placed = domain.place("order-1", request.customer, request.lines, request.payment)

    order = domain.opened(placed, "t0")

    assert order == Order(
        "order-1", PLACED, placed.total, (Step(PLACED, "t0", "OrderPlaced", None),)
    )


@pytest.mark.parametrize(
    ("payment", "status", "cause"),
    [(CAPTURED, PAID, "PaymentCaptured"), (REFUSED, DECLINED, "PaymentDeclined")],
)
def test_an_order_follows_the_decision_on_its_payment(
    payment: PaymentCaptured | PaymentDeclined, status: str, cause: str
) -> None:
    """Status and history contain the decision and its event."""
    order = domain.follow(a_placed_order(), payment, "t1", "e-1")

    assert order.status == status
    assert order.history == (*a_placed_order().history, Step(status, "t1", cause, "e-1"))


@pytest.mark.parametrize(("first", "then"), [(CAPTURED, REFUSED), (REFUSED, CAPTURED)])
def test_the_first_decision_stands(
    first: PaymentCaptured | PaymentDeclined, then: PaymentCaptured | PaymentDeclined
) -> None:
    """A later one is added to the history only."""
    decided = domain.follow(a_placed_order(), first, "t1", "e-1")

    order = domain.follow(decided, then, "t2", "e-2")

    assert order.status == decided.status
    assert order.history[-1] == Step(decided.status, "t2", then.detail_type, "e-2")


@pytest.mark.parametrize("order_id", ["a", "order-1", "x" * 64, "0F"])
def test_an_order_id_is_known_by_its_form(order_id: str) -> None:
    """Only the format in the contract is valid."""
    assert domain.is_order_id(order_id)
