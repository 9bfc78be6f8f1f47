"""An event that notes what is read of it is still the event."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.contracts.rentals import Money, Payment, RentalBilled, VanRented
from trunklab.testing.read_recorder import Recording


def _method(rented: VanRented) -> str:
    match rented.payment:
        case Payment(method=method):
            return method


READS: dict[str, tuple[Callable[[VanRented], Any], list[str]]] = {
    "nothing": (lambda _rented: None, []),
    "a field": (lambda rented: rented.rental_id, ["rental_id"]),
    "a part that is passed on": (lambda rented: rented.total, ["total"]),
    "a field of a part": (lambda rented: rented.total.currency, ["total.currency"]),
    "two fields": (
        lambda rented: (rented.payment.method, rented.payment.card_token),
        ["payment.card_token", "payment.method"],
    ),
    "a field of every element": (
        lambda rented: [line.unit_price.amount_minor for line in rented.lines],
        ["lines.unit_price.amount_minor"],
    ),
    "one element": (lambda rented: rented.lines[0].sku, ["lines.sku"]),
    "the subject": (lambda rented: rented.subject, ["rental_id"]),
    "what the class says": (lambda rented: (rented.detail_type, rented.source), []),
    "a dump": (lambda rented: rented.model_dump(), ["*"]),
    "a dump as JSON": (lambda rented: rented.model_dump_json(), ["*"]),
    "what is sent": (lambda rented: rented.to_data(), ["*"]),
    "a dump of a part": (lambda rented: rented.total.model_dump(), ["total.*"]),
    "a copy": (lambda rented: rented.model_copy(update={"rental_id": "a"}).rental_id, ["*"]),
    "a comparison": (
        lambda rented: rented.total == Money(amount_minor=1, currency="EUR"),
        ["total.*"],
    ),
    "a hash": (lambda rented: hash(rented.total), ["total.*"]),
    "its text": (lambda rented: f"{rented.payment}", ["payment.*"]),
    "going through it": (lambda rented: dict(rented.total), ["total.*"]),
    "its variables": (lambda rented: vars(rented.total), ["total.*"]),
    "a pattern": (_method, ["payment.method"]),
    "a part in another event, sent": (
        lambda rented: RentalBilled(bill_id="b", amount=rented.total).to_data(),
        ["total.*"],
    ),
}


@pytest.mark.parametrize(("read", "expected"), READS.values(), ids=READS.keys())
def test_what_is_read_is_noted(read: Callable[[VanRented], Any], expected: list[str]) -> None:
    """By path without index; everything below where it cannot be told."""
    recording = Recording()

    read(recording.of(VanRented.examples()[0]))

    assert sorted(".".join(path) for path in recording.paths) == expected


@pytest.mark.parametrize("read", [read for read, _ in READS.values()], ids=READS.keys())
def test_what_is_read_is_what_the_event_says(read: Callable[[VanRented], Any]) -> None:
    """Noting changes nothing."""
    rented = VanRented.examples()[0]

    assert read(Recording().of(rented)) == read(rented)


def test_its_class_is_the_contracts() -> None:
    """A handler that asks gets the same answer."""
    noted = Recording().of(VanRented.examples()[0])

    assert isinstance(noted, VanRented)
    assert noted.__class__ is VanRented
    assert isinstance(noted.total, Money)
    assert type(noted).__name__ == "VanRented"


def test_the_event_itself_notes_nothing() -> None:
    """A test may look at the event that it made the noting one of."""
    rented = VanRented.examples()[0]
    recording = Recording()
    recording.of(rented)

    assert rented.total.amount_minor
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
    "a key that is taken out": (lambda data: data.pop("rental_id"), ["rental_id"]),
    "a part that is taken out": (lambda data: data.pop("total")["currency"], ["total.currency"]),
    "a key that is set if it is missing": (
        lambda data: data.setdefault("total", {})["currency"],
        ["total.currency"],
    ),
    "the last key": (lambda data: data["total"].popitem(), ["total.*"]),
    "whether there is a key": (lambda data: "colour" in data["total"], ["total.colour"]),
    "all keys backwards": (lambda data: list(reversed(data["total"])), ["total.*"]),
    "a copy": (lambda data: data["total"].copy()["currency"], ["total.*"]),
    "a merge": (lambda data: (data["total"] | {"a": 1})["currency"], ["total.*"]),
    "a difference": (lambda data: data["total"] != {}, ["total.*"]),
}


@pytest.mark.parametrize(("read", "expected"), RAW.values(), ids=RAW.keys())
def test_plain_data_notes_as_well(
    read: Callable[[dict[str, Any]], Any], expected: list[str]
) -> None:
    """`unit.event.data` is the same event without its class."""
    recording = Recording()

    read(recording.of(dict(VanRented.examples()[0].to_data())))

    assert sorted(".".join(path) for path in recording.paths) == expected
