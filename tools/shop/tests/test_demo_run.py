"""Tests how long the demo waits for orders, in virtual time."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

import pytest

from shop.demo_run import Watch
from shop.order_clients import OrderClients, OrderResponse, ResponseKind
from shop.shop_state import DeadLetter, ShopState
from trunklab import effects

RETRY_S_MAX = 300


@dataclass
class Orders:
    """Orders that were all answered already."""

    responses: list[OrderResponse]
    is_done: bool = True
    told_first: int = 0

    def first_is_done(self) -> None:
        """Count how often it was told."""
        self.told_first += 1


@dataclass
class Shelf:
    """Books and queues whose content changes with the clock: by second, what is there then."""

    clock: list[float]
    paid_at_s: dict[str, float] = field(default_factory=dict)
    dead_at_s: dict[str, float] = field(default_factory=dict)
    retry_s_max: int = RETRY_S_MAX

    def statuses(self, order_ids: Sequence[str]) -> dict[str, str]:
        """Say which are paid by now."""
        return {
            one: "PAID" if self.paid_at_s.get(one, 1e9) <= self.clock[0] else "PLACED"
            for one in order_ids
        }

    def dead_letters(self) -> tuple[DeadLetter, ...]:
        """Say which were given up by now."""
        return tuple(
            DeadLetter("dlq", one, None, "broken", None)
            for one, at_s in self.dead_at_s.items()
            if at_s <= self.clock[0]
        )


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Make time pass by sleeping alone."""
    seconds = [0.0]

    def sleep(pause_s: float) -> None:
        seconds[0] += pause_s

    monkeypatch.setattr(effects, "monotonic", lambda: seconds[0])
    monkeypatch.setattr(effects, "sleep", sleep)
    return seconds


def test_it_ends_with_the_last_order(clock: list[float]) -> None:
    """Nothing is waited for that is known already."""
    shelf = Shelf(clock, paid_at_s={"o-1": 3, "o-2": 50})
    orders = _accepted("o-1", "o-2")

    watch = _followed(orders, shelf)

    assert watch.done == 2
    assert orders.told_first >= 1
    assert clock[0] == pytest.approx(50, abs=0.5)


def test_an_order_in_a_dead_letter_queue_is_not_waited_for(clock: list[float]) -> None:
    """Its end is known, although its row never changes."""
    shelf = Shelf(clock, paid_at_s={"o-1": 3}, dead_at_s={"o-2": 20})

    watch = _followed(_accepted("o-1", "o-2"), shelf)

    assert watch.done == 1
    assert clock[0] == pytest.approx(21, abs=2.5)


def test_an_order_that_never_ends_is_waited_for_within_bounds(clock: list[float]) -> None:
    """A queue may still be retrying for that long; after it nothing can come."""
    shelf = Shelf(clock, paid_at_s={"o-1": 3})

    watch = _followed(_accepted("o-1", "o-2"), shelf)

    assert watch.done == 1
    assert RETRY_S_MAX < clock[0] < RETRY_S_MAX + 60


def test_refused_orders_are_not_waited_for(clock: list[float]) -> None:
    """They have had their answer."""
    watch = _followed(
        Orders([OrderResponse(1, ResponseKind.REFUSED), OrderResponse(2, ResponseKind.FAILED)]),
        Shelf(clock),
    )

    assert (watch.done, watch.first_done_at) == (0, None)
    assert clock[0] < 1


def _accepted(*order_ids: str) -> Orders:
    return Orders(
        [OrderResponse(n, ResponseKind.ACCEPTED, one) for n, one in enumerate(order_ids, start=1)]
    )


def _followed(orders: Orders, shelf: Shelf) -> Watch:
    watch = Watch(cast("OrderClients", orders), cast("ShopState", shelf))
    watch.follow(lambda: None, lambda: None)
    return watch
