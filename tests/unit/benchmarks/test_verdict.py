"""A side that is fast and wrong has no result."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from benchmarks.errors import BenchmarkError
from benchmarks.orders import Order, make_orders
from benchmarks.sides import BUS, OURS
from benchmarks.stub.process import Seen
from benchmarks.verdict import faults, require_right

NOW = datetime(2026, 1, 31, tzinfo=UTC)
ORDERS = make_orders(4, 1, NOW)
OUTBOX_ROW = {"pk": {"S": "trunkline#outbox#1"}, "sk": {"S": "1"}}


def row_of(order: Order) -> dict[str, Any]:
    """The payment as it must be recorded."""
    item = {
        "pk": {"S": f"payment#{order.order_id}"},
        "sk": {"S": "payment"},
        "_version": {"S": "a commit"},
        "outcome": {"S": order.detail_type},
        "payment_id": {"S": f"pay-{order.order_id}"},
        "order_id": {"S": order.order_id},
        "customer_id": {"S": order.customer_id},
        "amount": {"M": {"amount_minor": {"N": str(order.amount_minor)}, "currency": {"S": "EUR"}}},
        "method": {"S": order.method},
    }
    return item | ({"reason": {"S": order.reason}} if order.reason else {})


def entry_of(order: Order, **given: Any) -> dict[str, Any]:
    """The event as it must be told, but for what is given."""
    said = {
        "payment_id": f"pay-{order.order_id}",
        "order_id": order.order_id,
        "customer_id": order.customer_id,
        "amount": {"amount_minor": order.amount_minor, "currency": "EUR"},
        "method": order.method,
        **({"reason": order.reason} if order.reason else {}),
    }
    metadata = {"event_id": f"event-{order.order_id}", "causation_id": order.event_id}
    detail = {
        "metadata": {name: given.get(name, value) for name, value in metadata.items()},
        "data": {name: given.get(name, value) for name, value in said.items()},
    }
    return {
        "EventBusName": BUS,
        "Source": "shop.payments",
        "DetailType": order.detail_type,
        "Detail": json.dumps(detail),
    }


def right() -> dict[str, Any]:
    """What the stub has seen when all is well."""
    return {
        "calls": {},
        "units": {},
        "tables": {"payments": [row_of(order) for order in ORDERS], "idempotency": []},
        "events": [entry_of(order) for order in ORDERS],
        "messages": [],
        "traces": {},
    }


def test_what_is_right_has_no_faults() -> None:
    """Rows and events of every order."""
    require_right(OURS, ORDERS, Seen(**right()))


ROWS = [row_of(order) for order in ORDERS]
EVENTS = [entry_of(order) for order in ORDERS]
FIRST, *OTHERS = ORDERS
STRANGER = make_orders(1, 9, NOW)[0]

WRONG: dict[str, dict[str, Any]] = {
    "an event is missing": {"events": EVENTS[1:]},
    "an event is told twice": {"events": [*EVENTS, entry_of(FIRST, event_id="event-again")]},
    "an order that nobody placed": {"events": [*EVENTS, entry_of(STRANGER)]},
    "two events with one id": {
        "events": [entry_of(FIRST, event_id=f"event-{OTHERS[0].order_id}"), *EVENTS[1:]]
    },
    "another cause": {"events": [entry_of(FIRST, causation_id="another"), *EVENTS[1:]]},
    "another event": {"events": [EVENTS[0] | {"DetailType": "PaymentRefused"}, *EVENTS[1:]]},
    "another source": {"events": [EVENTS[0] | {"Source": "shop.orders"}, *EVENTS[1:]]},
    "another bus": {"events": [EVENTS[0] | {"EventBusName": "default"}, *EVENTS[1:]]},
    "another amount": {"events": [entry_of(FIRST, amount={"amount_minor": 1}), *EVENTS[1:]]},
    "another payment": {"events": [entry_of(FIRST, payment_id="pay-other"), *EVENTS[1:]]},
    "no row": {"tables": {"payments": ROWS[1:]}},
    "another outcome": {"tables": {"payments": [ROWS[0] | {"outcome": {"S": "X"}}, *ROWS[1:]]}},
    "an attribute too many": {"tables": {"payments": [ROWS[0] | {"x": {"S": "x"}}, *ROWS[1:]]}},
    "an outbox row is left": {"tables": {"payments": [*ROWS, OUTBOX_ROW]}},
    "a dead letter": {"messages": [{"operation": "SendMessage"}]},
}


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG.keys())
def test_what_is_wrong_is_found(change: dict[str, Any]) -> None:
    """Each fault alone is enough to refuse the measurement."""
    seen = Seen(**right() | change)

    assert len(list(faults(ORDERS, seen))) == 1
    with pytest.raises(BenchmarkError, match="1 wrong results"):
        require_right(OURS, ORDERS, seen)
