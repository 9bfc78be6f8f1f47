"""Tests that an event counts once, however often the bus brings it."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from shop.tests.e2e.examples import order_placed
from shop.tests.e2e.shop import Shop
from trunklab import effects
from trunklab.observe.log_lines import LogLine, Message

Eventually = Callable[[Callable[[], object]], object]


@pytest.fixture
def order_id(shop: Shop) -> Iterator[str]:
    """Give the id of an order that the orders service does not know.

    What payments decides of it ends in the dead-letter queue of orders, which so shows how many
    effects its events had; the fixture takes away what is left there.
    """
    fresh = f"unknown-{effects.random_hex(12)}"
    yield fresh
    shop.take_dead_letters("orders", "FollowPaymentsDeadLetters", fresh)


def test_the_same_event_one_after_the_other_is_paid_once(
    shop: Shop, eventually: Eventually, order_id: str
) -> None:
    """The second one finds the mark of the first, although EventBridge gave it another id."""
    event = order_placed(order_id, event_id=f"event-{order_id}")

    first = shop.publish(event)
    eventually(lambda: shop.rows("payments", f"payment#{order_id}"))
    second = shop.publish(event)

    eventually(lambda: _lines(shop, order_id, Message.DUPLICATE))
    assert first != second
    _assert_one_effect(shop, eventually, order_id)


def test_the_same_event_at_the_same_time_is_paid_once(
    shop: Shop, eventually: Eventually, order_id: str
) -> None:
    """Two functions may run side by side: one of them commits."""
    event = order_placed(order_id, event_id=f"event-{order_id}")
    copies = 4

    with ThreadPoolExecutor(copies) as threads:
        ids = set(threads.map(shop.publish, [event] * copies))

    eventually(lambda: len(_lines(shop, order_id, Message.DUPLICATE)) == copies - 1)
    assert len(ids) == copies
    _assert_one_effect(shop, eventually, order_id)


def _assert_one_effect(shop: Shop, eventually: Eventually, order_id: str) -> None:
    mark = f"trunkline#inbox#decide-payment#event-{order_id}"
    letters: list[object] = []

    def captured_arrived() -> bool:
        letters.extend(shop.take_dead_letters("orders", "FollowPaymentsDeadLetters", order_id))
        return bool(letters)

    eventually(captured_arrived)
    # The event may arrive before the log of the function that sent it is there.
    eventually(lambda: _lines(shop, order_id, Message.PUBLISHED))
    captured = {line.event_id for line in _lines(shop, order_id, Message.PUBLISHED)}
    assert len(captured) == 1
    assert len(_lines(shop, order_id, Message.HANDLED)) == 1
    assert len(shop.rows("payments", f"payment#{order_id}")) == 1
    assert len(shop.rows("payments", mark)) == 1
    assert len(letters) == 1


def _lines(shop: Shop, order_id: str, message: Message) -> list[LogLine]:
    return [line for line in shop.log_lines(order_id) if line.message is message]
