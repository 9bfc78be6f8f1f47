"""Whether a side did its work: every order decided rightly, recorded once and told once."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from benchmarks.errors import BenchmarkError
from benchmarks.orders import Order
from benchmarks.sides import BUS, Side
from benchmarks.stub.process import Seen

_FAULTS_SHOWN: Final = 5


def require_right(side: Side, orders: Sequence[Order], seen: Seen) -> None:
    """Raise BenchmarkError, naming the first faults: fast but wrong is no result."""
    found = list(faults(orders, seen))
    if found:
        shown = "\n".join(found[:_FAULTS_SHOWN])
        raise BenchmarkError(f"{side.name} came to {len(found)} wrong results:\n{shown}")


def faults(orders: Sequence[Order], seen: Seen) -> Iterator[str]:
    """Everything that is missing, double or wrong."""
    rows = {item["pk"]["S"]: item for item in seen.tables["payments"]}
    details = [(entry, json.loads(entry["Detail"])) for entry in seen.events]
    told = Counter(detail["data"]["order_id"] for _, detail in details)
    ids = Counter(detail["metadata"]["event_id"] for _, detail in details)
    events = {detail["data"]["order_id"]: (entry, detail) for entry, detail in details}
    for order in orders:
        if told[order.order_id] != 1:
            yield f"{order.order_id}: {told[order.order_id]} events instead of one"
            continue
        row = rows.get(f"payment#{order.order_id}")
        yield from _wrong(order, row, *events[order.order_id])
    yield from (f"{one}: {count} events with this id" for one, count in ids.items() if count > 1)
    unexpected = told.keys() - {order.order_id for order in orders}
    yield from (f"{one}: an event that no order caused" for one in sorted(unexpected))
    left = [pk for pk in rows if pk.startswith("trunkline#outbox#")]
    yield from (f"{pk}: an outbox row was left" for pk in left)
    if seen.messages:
        yield f"{len(seen.messages)} messages were dead-lettered or postponed"


def _wrong(
    order: Order,
    row: Mapping[str, Any] | None,
    entry: Mapping[str, Any],
    detail: Mapping[str, Any],
) -> Iterator[str]:
    amount = {"amount_minor": order.amount_minor, "currency": "EUR"}
    expected: dict[str, Any] = {
        "order_id": order.order_id,
        "customer_id": order.customer_id,
        "amount": amount,
        "method": order.method,
    }
    if order.reason:
        expected["reason"] = order.reason
    data = dict(detail["data"])
    payment_id = data.pop("payment_id")
    address = (entry["EventBusName"], entry["Source"], entry["DetailType"])
    if address != (BUS, "shop.payments", order.detail_type):
        yield f"{order.order_id}: its event is {address}"
    if data != expected or not payment_id:
        yield f"{order.order_id}: its event says {data}"
    if detail["metadata"]["causation_id"] != order.event_id:
        yield f"{order.order_id}: its event names another cause"
    if row is None:
        yield f"{order.order_id}: no payment is recorded"
    elif _recorded(row) != {"outcome": order.detail_type, "payment_id": payment_id, **expected}:
        yield f"{order.order_id}: the recorded payment is {_recorded(row)}"


def _recorded(row: Mapping[str, Any]) -> dict[str, Any]:
    own = {name for name in row if name in {"pk", "sk"} or name.startswith("_")}
    return {name: _plain(value) for name, value in row.items() if name not in own}


def _plain(attribute: Mapping[str, Any]) -> Any:
    ((kind, value),) = attribute.items()
    if kind == "M":
        return {name: _plain(inner) for name, inner in value.items()}
    return int(value) if kind == "N" else value
