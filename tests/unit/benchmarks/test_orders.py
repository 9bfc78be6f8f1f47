"""The orders under measurement are valid, different, and decided as the domain decides."""

import json
from collections import Counter
from datetime import UTC, datetime

from benchmarks.orders import BATCH, Order, batches, limits, make_orders
from payments.domain import DEFAULT_LIMIT, Limit, decide
from schemas.orders import OrderPlaced
from trunkline.envelope import Envelope

NOW = datetime(2026, 1, 31, tzinfo=UTC)
ORDERS = make_orders(45, 1, NOW)


def decided(order: Order) -> tuple[str, str]:
    """What the domain makes of an order: the event, and the reason of a refusal."""
    rows = {row["pk"]["S"]: row for row in limits(ORDERS)}
    row = rows.get(f"customer#{order.customer_id}")
    own = row and Limit(int(row["card_minor"]["N"]), int(row["invoice_minor"]["N"]))
    data = Envelope.parse(order.message["body"]).data
    outcome = decide("payment", OrderPlaced.from_data(data), own or DEFAULT_LIMIT)
    return outcome.detail_type, getattr(outcome, "reason", "")


def test_every_order_is_what_it_says_to_be() -> None:
    """What must come of it is written beside it, and the domain agrees."""
    assert [decided(order) for order in ORDERS] == [
        (order.detail_type, order.reason) for order in ORDERS
    ]


def test_every_outcome_occurs() -> None:
    """Captured, and refused for each reason, with customers' own limits and without."""
    reasons = Counter(order.reason for order in ORDERS)

    assert reasons.keys() == {"", "limit_exceeded", "card_refused", "suspected_fraud"}
    assert {order.has_limit for order in ORDERS} == {True, False}


def test_no_two_orders_share_an_id() -> None:
    """Else one would be a duplicate of the other."""
    for name in ("order_id", "event_id", "customer_id"):
        assert len({getattr(order, name) for order in ORDERS}) == len(ORDERS)


def test_the_same_seed_makes_the_same_orders() -> None:
    """Both sides are given the same; another round is given others."""
    assert make_orders(3, 1, NOW) == ORDERS[:3]
    assert make_orders(3, 2, NOW) != ORDERS[:3]


def test_batches_are_full() -> None:
    """As Lambda hands them over, the last one with what is left."""
    sizes = [len(batch["Records"]) for batch in batches(ORDERS)]

    assert sizes == [BATCH] * 4 + [5]


def test_an_event_is_about_one_kilobyte() -> None:
    """An order with one line: neither an empty event nor a large one."""
    assert all(900 < len(json.loads(json.dumps(order.message["body"]))) < 1_400 for order in ORDERS)
