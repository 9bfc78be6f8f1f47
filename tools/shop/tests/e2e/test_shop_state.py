"""Tests that what the demo reads after the fact is what lies there, and stays there."""

from collections.abc import Callable
from typing import Any

from shop.shop_state import DeadLetter, Payment, ShopState
from shop.tests.e2e.examples import an_order, order_placed
from shop.tests.e2e.shop import Shop
from trunklab import effects

Eventually = Callable[[Callable[[], Any]], Any]


def test_the_ledger_has_orders_and_payments(shop: Shop, eventually: Eventually) -> None:
    """Statuses come from the table of orders, decisions from that of payments."""
    captured = shop.place(an_order())
    declined = shop.place(an_order(card_token="tok_refused"))  # noqa: S106  # a test token
    books = ShopState(shop.stage)

    eventually(
        lambda: books.statuses([captured, declined]) == {captured: "PAID", declined: "DECLINED"}
    )
    ledger = books.read()
    assert (ledger.statuses[captured], ledger.statuses[declined]) == ("PAID", "DECLINED")
    assert ledger.payments[captured] == (Payment("PaymentCaptured", None),)
    assert ledger.payments[declined] == (Payment("PaymentDeclined", "card_refused"),)


def test_dead_letters_are_read_and_left(shop: Shop, eventually: Eventually) -> None:
    """Reading them twice gives the same: reading is not a redrive."""
    order_id = f"broken-{effects.random_hex(12)}"
    shop.publish(order_placed(order_id, f"event-{order_id}", total=None))
    state = ShopState(shop.stage)

    (letter,) = eventually(lambda: _of(state, order_id))

    assert (letter.detail_type, letter.handler) == ("OrderPlaced", "decide-payment")
    assert "total" in letter.reason
    assert _of(state, order_id) == [letter]
    shop.take_dead_letters("payments", "DecidePaymentDeadLetters", order_id)


def test_the_longest_retry_is_what_the_state_say(shop: Shop) -> None:
    """The timeout of a demo without progress follows the templates."""
    assert ShopState(shop.stage).retry_s_max > 0


def _of(state: ShopState, order_id: str) -> list[DeadLetter]:
    return [letter for letter in state.dead_letters() if letter.subject == order_id]
