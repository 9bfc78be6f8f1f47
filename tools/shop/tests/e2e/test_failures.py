"""Tests that a handler which fails costs its own event time, and no other event anything."""

from collections.abc import Callable
from typing import Any

from shop.shop_state import ShopState
from shop.tests.e2e.broken_limit import (
    RECEIVES_MAX,
    break_limit,
    impatient_queue,
    mend_limit,
    redrive,
    take_letters,
)
from shop.tests.e2e.examples import an_order, order_placed
from shop.tests.e2e.shop import Shop
from trunklab import effects

Eventually = Callable[[Callable[[], Any]], Any]

BATCH = 5


def test_a_failing_event_is_retried_then_dead_lettered_and_the_rest_of_its_batch_is_done(
    shop: Shop, eventually: Eventually
) -> None:
    """The failed message alone goes back to its queue, and after its last receive into the DLQ."""
    marker = effects.random_hex(12)
    ids = [f"{marker}-{number}" for number in range(BATCH)]
    customer = an_order()["customer"] | {"id": f"cust-{marker}"}
    break_limit(shop, customer["id"])
    events = [order_placed(ids[0], f"event-{ids[0]}", customer=customer)]
    events += [order_placed(order_id, f"event-{order_id}") for order_id in ids[1:]]

    with impatient_queue(shop, eventually):
        _publish_at_once(shop, events)
        letters = eventually(lambda: take_letters(shop, ids[0]))

    assert len(letters) == 1
    assert "MessageAttributes" not in letters[0]  # SQS moved it: the runtime had not given it up
    failed = [line for line in shop.log_lines(f"event-{ids[0]}") if line.message == "event failed"]
    assert len(failed) == RECEIVES_MAX
    assert shop.rows("payments", f"payment#{ids[0]}") == []
    assert eventually(lambda: all(shop.rows("payments", f"payment#{one}") for one in ids[1:]))


def test_an_accepted_order_whose_event_fails_is_in_the_books_and_is_paid_after_a_redrive(
    shop: Shop, eventually: Eventually
) -> None:
    """Nothing accepted is lost: it waits in the dead-letter queue until its cause is fixed."""
    order = an_order()
    break_limit(shop, order["customer"]["id"])

    with impatient_queue(shop, eventually):
        order_id = shop.place(order)
        found = eventually(lambda: [one for one in _dead(shop) if one.subject == order_id])
    assert found[0].detail_type == "OrderPlaced"
    assert ShopState(shop.stage).statuses([order_id]) == {order_id: "PLACED"}

    mend_limit(shop, order["customer"]["id"])
    (letter,) = eventually(lambda: take_letters(shop, order_id))
    redrive(shop, letter)
    assert eventually(lambda: shop.status(order_id) == "PAID")


def _publish_at_once(shop: Shop, events: list[dict[str, str]]) -> None:
    answer = shop.stage.client("events").put_events(
        Entries=[{"EventBusName": shop.bus, **event} for event in events]
    )
    assert answer["FailedEntryCount"] == 0, answer


def _dead(shop: Shop) -> list[Any]:
    return list(ShopState(shop.stage).dead_letters())
