"""Tests of valid and invalid bodies of POST /orders."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from orders.request import PlaceOrder, faults_of
from schemas.money import AMOUNT_MINOR_MAX
from services.orders.tests.requests import GONE, LINE, an_order
from trunkline.faults import faults_in

DEAR = LINE | {
    "quantity": 1_000,
    "unit_price": {"amount_minor": AMOUNT_MINOR_MAX, "currency": "EUR"},
}
FREE = LINE | {"unit_price": {"amount_minor": 0, "currency": "EUR"}}
IN_DOLLARS = LINE | {"unit_price": {"amount_minor": 1, "currency": "USD"}}

GOOD: dict[str, tuple[str, Any]] = {
    "as it is": ("lines.0.quantity", 2),
    "one piece": ("lines.0.quantity", 1),
    "a thousand pieces": ("lines.0.quantity", 1_000),
    "a hundred lines": ("lines", [LINE] * 100),
    "for free": ("lines", [FREE]),
    "the largest amount": ("lines.0", DEAR | {"quantity": 1}),
    "by invoice": ("payment", {"method": "invoice"}),
    "by invoice, told so": ("payment", {"method": "invoice", "card_token": None}),
    "names beyond ASCII": ("customer.name", "Zoë 東京 🚚"),
}

FAULTY: dict[str, tuple[str, Any, str]] = {
    "no customer": ("customer", GONE, "customer"),
    "null as customer": ("customer", None, "customer"),
    "a text as customer": ("customer", "cust-1", "customer"),
    "no customer id": ("customer.id", GONE, "customer.id"),
    "an empty customer id": ("customer.id", "", "customer.id"),
    "a customer id with a #": ("customer.id", "cust#1", "customer.id"),
    "an endless customer id": ("customer.id", "c" * 65, "customer.id"),
    "a customer id of two lines": ("customer.id", "cust-1\n", "customer.id"),
    "no name": ("customer.name", GONE, "customer.name"),
    "an endless name": ("customer.name", "n" * 201, "customer.name"),
    "a name with a control character": ("customer.name", "Ada\x00", "customer.name"),
    "a name that no queue can hold": ("customer.name", "Ada \uffff", "customer.name"),
    "a title that no queue can hold": ("lines.0.title", "\ufffe", "lines.0.title"),
    "an e-mail that no queue can hold": ("customer.email", "a\uffff@b.c", "customer.email"),
    "no address of e-mail": ("customer.email", "ada", "customer.email"),
    "a blank in the e-mail": ("customer.email", "a da@example.com", "customer.email"),
    "no address": ("customer.address", GONE, "customer.address"),
    "an unknown form of country": (
        "customer.address.country",
        "Germany",
        "customer.address.country",
    ),
    "a country in small letters": ("customer.address.country", "de", "customer.address.country"),
    "an empty city": ("customer.address.city", "", "customer.address.city"),
    "a field nobody knows": ("customer.vip", True, "customer.vip"),
    "an order id of one's own": ("order_id", "mine", "order_id"),
    "a total of one's own": ("total", {"amount_minor": 1, "currency": "EUR"}, "total"),
    "no lines": ("lines", GONE, "lines"),
    "an empty list of lines": ("lines", [], "lines"),
    "a line instead of lines": ("lines", LINE, "lines"),
    "too many lines": ("lines", [LINE] * 101, "lines"),
    "no quantity": ("lines.0.quantity", GONE, "lines.0.quantity"),
    "nothing of it": ("lines.0.quantity", 0, "lines.0.quantity"),
    "less than nothing": ("lines.0.quantity", -1, "lines.0.quantity"),
    "too much of it": ("lines.0.quantity", 1_001, "lines.0.quantity"),
    "half a piece": ("lines.0.quantity", 0.5, "lines.0.quantity"),
    "a whole number as float": ("lines.0.quantity", 1.0, "lines.0.quantity"),
    "a number as text": ("lines.0.quantity", "2", "lines.0.quantity"),
    "true as number": ("lines.0.quantity", True, "lines.0.quantity"),
    "not a number": ("lines.0.quantity", float("nan"), "lines.0.quantity"),
    "endless": ("lines.0.quantity", float("inf"), "lines.0.quantity"),
    "beyond 64 bits": ("lines.0.quantity", 2**70, "lines.0.quantity"),
    "a negative price": ("lines.0.unit_price.amount_minor", -1, "lines.0.unit_price.amount_minor"),
    "cents as fractions": (
        "lines.0.unit_price.amount_minor",
        12.5,
        "lines.0.unit_price.amount_minor",
    ),
    "a price beyond all prices": (
        "lines.0.unit_price.amount_minor",
        AMOUNT_MINOR_MAX + 1,
        "lines.0.unit_price.amount_minor",
    ),
    "an unknown currency": ("lines.0.unit_price.currency", "XAU", "lines.0.unit_price.currency"),
    "an empty title": ("lines.0.title", "", "lines.0.title"),
    "no payment": ("payment", GONE, "payment"),
    "an unknown method": ("payment.method", "cash", "payment.method"),
    "an empty token": ("payment.card_token", "", "payment.card_token"),
    "a card without a token": ("payment.card_token", GONE, "(order)"),
    "an invoice with a token": ("payment.method", "invoice", "(order)"),
    "two currencies": ("lines", [LINE, IN_DOLLARS], "(order)"),
    "a total beyond all totals": ("lines", [DEAR], "(order)"),
}

NO_ORDERS = {
    "nothing": "",
    "null": "null",
    "an array": "[]",
    "a text": '"order"',
    "half an order": '{"customer": {',
    "XML": "<order/>",
    "half a surrogate pair": json.dumps(an_order("customer.name", "\ud83d")),
    "hostile nesting": '{"customer":' * 10_000,
    "a number without end": '{"lines": ' + "9" * 10_000 + "}",
}


@pytest.mark.parametrize(("path", "value"), GOOD.values(), ids=GOOD.keys())
def test_an_order_within_the_contract_is_taken(path: str, value: Any) -> None:
    """The limits are inclusive."""
    body = json.dumps(an_order(path, value))

    assert PlaceOrder.model_validate_json(body).customer.id == "cust-1"


@pytest.mark.parametrize(("path", "value", "field"), FAULTY.values(), ids=FAULTY.keys())
def test_a_fault_is_named_by_its_field(path: str, value: Any, field: str) -> None:
    """The response contains the field and the problem."""
    faults = refused(json.dumps(an_order(path, value)))

    assert [fault["field"] for fault in faults] == [field]
    assert faults[0]["problem"]


@pytest.mark.parametrize("body", NO_ORDERS.values(), ids=NO_ORDERS.keys())
def test_what_is_no_order_at_all_is_one_fault(body: str) -> None:
    """The response has the same format for every body."""
    assert [fault["field"] for fault in refused(body)] == ["(order)"]


def test_every_fault_is_named_at_once() -> None:
    """An order with three faults can be fixed in one attempt."""
    order = an_order("lines.0.quantity", 0)
    order["customer"]["email"] = "ada"
    order["extra"] = 1

    named = {fault["field"] for fault in refused(json.dumps(order))}

    assert named == {"lines.0.quantity", "customer.email", "extra"}


def test_faults_of_the_whole_are_named_together() -> None:
    """Faults that concern several fields are one fault with every reason."""
    order = an_order("lines", [LINE, IN_DOLLARS])
    order["payment"] = {"method": "card"}

    (fault,) = refused(json.dumps(order))

    assert "one currency" in fault["problem"]
    assert "card_token" in fault["problem"]


def test_a_fault_never_quotes_a_value() -> None:
    """The response may be logged on its way, and the values are personal."""
    order = an_order("customer.email", "secret mail")
    order["customer"]["address"]["country"] = "secret country"

    assert "secret" not in json.dumps(refused(json.dumps(order)))


def refused(body: str) -> list[dict[str, str]]:
    """Returns the faults of the refused body."""
    with pytest.raises(ValidationError) as caught:
        PlaceOrder.model_validate_json(body)
    return faults_of(faults_in(caught.value))
