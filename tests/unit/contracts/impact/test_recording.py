"""An event that notes what is read of it is still the event."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from schemas.money import Money
from schemas.orders import OrderPlaced, Payment
from schemas.payments import PaymentCaptured
from trunklab.contracts.impact.field_paths import text_of
from trunklab.testing.recording_events import Recording


def _method(order: OrderPlaced) -> str:
    match order.payment:
        case Payment(method=method):
            return method


READS: dict[str, tuple[Callable[[OrderPlaced], Any], list[str]]] = {
    "nothing": (lambda _order: None, []),
    "a field": (lambda order: order.order_id, ["order_id"]),
    "a part that is passed on": (lambda order: order.total, ["total"]),
    "a field of a part": (lambda order: order.total.currency, ["total.currency"]),
    "two fields": (
        lambda order: (order.payment.method, order.payment.card_token),
        ["payment.card_token", "payment.method"],
    ),
    "a field of every element": (
        lambda order: [line.unit_price.amount_minor for line in order.lines],
        ["lines.unit_price.amount_minor"],
    ),
    "one element": (lambda order: order.lines[0].sku, ["lines.sku"]),
    "the subject": (lambda order: order.subject, ["order_id"]),
    "what the class says": (lambda order: (order.detail_type, order.source), []),
    "a dump": (lambda order: order.model_dump(), ["*"]),
    "a dump as JSON": (lambda order: order.model_dump_json(), ["*"]),
    "what is sent": (lambda order: order.to_data(), ["*"]),
    "a dump of a part": (lambda order: order.total.model_dump(), ["total.*"]),
    "a copy": (lambda order: order.model_copy(update={"order_id": "a"}).order_id, ["*"]),
    "a comparison": (
        lambda order: order.total == Money(amount_minor=1, currency="EUR"),
        ["total.*"],
    ),
    "a hash": (lambda order: hash(order.total), ["total.*"]),
    "its text": (lambda order: f"{order.payment}", ["payment.*"]),
    "going through it": (lambda order: dict(order.total), ["total.*"]),
    "its variables": (lambda order: vars(order.total), ["total.*"]),
    "a pattern": (_method, ["payment.method"]),
    "a part in another event, sent": (
        lambda order: PaymentCaptured(
            payment_id="p", order_id="o", customer_id="c", amount=order.total, method="card"
        ).to_data(),
        ["total.*"],
    ),
}


@pytest.mark.parametrize(("read", "expected"), READS.values(), ids=READS.keys())
def test_what_is_read_is_noted(read: Callable[[OrderPlaced], Any], expected: list[str]) -> None:
    """By path without index; everything below where it cannot be told."""
    recording = Recording()

    read(recording.of(OrderPlaced.examples()[0]))

    assert sorted(text_of(path) for path in recording.paths) == expected


@pytest.mark.parametrize("read", [read for read, _ in READS.values()], ids=READS.keys())
def test_what_is_read_is_what_the_event_says(read: Callable[[OrderPlaced], Any]) -> None:
    """Noting changes nothing."""
    order = OrderPlaced.examples()[0]

    assert read(Recording().of(order)) == read(order)


def test_its_class_is_the_contracts() -> None:
    """A handler that asks gets the same answer."""
    noted = Recording().of(OrderPlaced.examples()[0])

    assert isinstance(noted, OrderPlaced)
    assert noted.__class__ is OrderPlaced
    assert isinstance(noted.total, Money)
    assert type(noted).__name__ == "OrderPlaced"


def test_the_event_itself_notes_nothing() -> None:
    """A test may look at the event that it made the noting one of."""
    order = OrderPlaced.examples()[0]
    recording = Recording()
    recording.of(order)

    assert order.total.amount_minor
    assert recording.paths == frozenset()


RAW: dict[str, tuple[Callable[[dict[str, Any]], Any], list[str]]] = {
    "a key": (lambda data: data["total"]["currency"], ["total.currency"]),
    "a key that may be missing": (lambda data: data.get("colour"), ["colour"]),
    "of every element": (lambda data: [line["sku"] for line in data["lines"]], ["lines.sku"]),
    "all keys": (lambda data: list(data["total"]), ["total.*"]),
    "all values": (lambda data: list(data["total"].values()), ["total.*"]),
    "all of it": (lambda data: {**data}, ["*"]),
    "as JSON": (lambda data: json.dumps(data["total"]), ["total.*"]),
    "a comparison": (lambda data: data["total"] == {}, ["total.*"]),
    "its text": (lambda data: str(data["total"]), ["total.*"]),
    "a key that is taken out": (lambda data: data.pop("order_id"), ["order_id"]),
    "a part that is taken out": (lambda data: data.pop("total")["currency"], ["total.currency"]),
    "a key that is set if it is missing": (
        lambda data: data.setdefault("total", {})["currency"],
        ["total.currency"],
    ),
    "the last key": (lambda data: data["total"].popitem(), ["total.*"]),
    "whether there is a key": (lambda data: "colour" in data["total"], ["total.colour"]),
    "all keys backwards": (lambda data: list(reversed(data["total"])), ["total.*"]),
    "a difference": (lambda data: data["total"] != {}, ["total.*"]),
}


@pytest.mark.parametrize(("read", "expected"), RAW.values(), ids=RAW.keys())
def test_plain_data_notes_as_well(
    read: Callable[[dict[str, Any]], Any], expected: list[str]
) -> None:
    """`unit.event.data` is the same event without its class."""
    recording = Recording()

    read(recording.of_data(dict(OrderPlaced.examples()[0].to_data())))

    assert sorted(text_of(path) for path in recording.paths) == expected
