"""Tests that what the demo reads after the fact is what lies there, and stays there."""

from collections.abc import Callable
from typing import Any

from shop.books import Books, Payment
from shop.dead_letters import DeadLetter, Queues
from shop.tests.e2e.examples import an_order, order_placed
from shop.tests.e2e.shop import Shop
from trunklab import effects

Eventually = Callable[[Callable[[], Any]], Any]


def test_the_ledger_has_orders_and_payments(shop: Shop, eventually: Eventually) -> None:
    """Statuses come from the table of orders, decisions from that of payments."""
    captured = shop.place(an_order())
    declined = shop.place(an_order(card_token="tok_refused"))  # noqa: S106  # a test token
    books = Books(shop.stage)

    eventually(
        lambda: books.statuses([captured, declined]) == {captured: "PAID", declined: "DECLINED"}
    )
    ledger = books.read()
    assert (ledger.statuses[captured], ledger.statuses[declined]) == ("PAID", "DECLINED")
    assert ledger.payments[captured] == (Payment("PaymentCaptured", None),)
    assert ledger.payments[declined] == (Payment("PaymentDeclined", "card_refused"),)


def test_dead_letters_are_read_and_left(shop: Shop, eventually: Eventually) -> None:
    """Looking at them twice shows the same: a look is no redrive."""
    order_id = f"broken-{effects.random_hex(12)}"
    shop.publish(order_placed(order_id, f"event-{order_id}", total=None))
    queues = Queues(shop.stage)

    (letter,) = eventually(lambda: _of(queues, order_id))

    assert (letter.detail_type, letter.handler) == ("OrderPlaced", "decide-payment")
    assert "total" in letter.reason
    assert _of(queues, order_id) == [letter]
    shop.take_dead_letters("payments", "DecidePaymentDeadLetters", order_id)


def test_the_longest_retry_is_what_the_queues_say(shop: Shop) -> None:
    """How long a demo waits without progress follows the templates."""
    assert Queues(shop.stage).retry_s_max > 0


def _of(queues: Queues, order_id: str) -> list[DeadLetter]:
    return [letter for letter in queues.dead_letters() if letter.subject == order_id]
