"""Every break comes with an event that is allowed now, and that really breaks the consumer."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from pydantic import ValidationError

from notifications import domain as notifications
from payments import domain as payments
from schemas.event import Event, Value
from schemas.money import Money
from schemas.orders import Customer, OrderPlaced, Payment
from schemas.orders.examples import ORDER_PLACED as EXAMPLES
from schemas.payments import PaymentCaptured, PaymentDeclined
from shop.tests.impact.shop_checkout import (
    CAPTURED,
    DECLINED,
    ORDER_PLACED,
    Document,
    Edit,
    broken,
    copied,
    impact,
    replace,
    told,
)
from trunklab.contracts.compatibility.contract_changes import closed
from trunklab.contracts.impact.impact_findings import FAILS, MISSES, REJECTS, UNKNOWN
from trunklab.patterns.pattern import Pattern
from trunklab.schema_solver.validate import errors
from trunklab.templates.repository import topology

PAYMENTS: Final = "payments.decide-payment"
TELL: Final = "notifications.tell-customer"
FOLLOW: Final = "orders.follow-declined"


def without(name: str) -> Edit:
    """The field is gone from the contract itself."""

    def change(document: Document) -> None:
        del document["properties"][name]
        document["required"].remove(name)
        for example in document["examples"]:
            del example[name]

    return change


def within(definition: str, change: Edit) -> Edit:
    """A change of a shared definition."""
    return lambda document: change(document["$defs"][definition])


def or_null(customer: Document) -> Document:
    """The customer's name, or null."""
    return {"anyOf": [customer["properties"]["name"], {"type": "null"}]}


def also(name: str, value: str) -> Edit:
    """An enum has one more value."""
    return lambda document: document["properties"][name]["enum"].append(value)


REFUSED: Final[dict[str, tuple[type[Event], str, Edit, list[str]]]] = {
    "a value more": (PaymentDeclined, DECLINED, also("reason", "too_young"), [TELL, FOLLOW]),
    "a field less": (PaymentCaptured, CAPTURED, without("payment_id"), ["orders.follow-captured"]),
    "a field that may be absent": (
        OrderPlaced,
        ORDER_PLACED,
        lambda document: document["required"].remove("lines"),
        [PAYMENTS],
    ),
    "null": (
        OrderPlaced,
        ORDER_PLACED,
        within("Customer", lambda one: one["properties"].update(name=or_null(one))),
        [PAYMENTS],
    ),
    "another kind": (
        OrderPlaced,
        ORDER_PLACED,
        within("OrderLine", lambda one: one["properties"].update(title={"type": "integer"})),
        [PAYMENTS],
    ),
    "a longer text": (
        OrderPlaced,
        ORDER_PLACED,
        within("OrderLine", lambda one: one["properties"]["sku"].update(maxLength=65)),
        [PAYMENTS],
    ),
    "another pattern": (
        PaymentCaptured,
        CAPTURED,
        lambda document: document["properties"]["payment_id"].update(pattern="^[A-Za-z0-9_-]+$"),
        ["orders.follow-captured"],
    ),
    "a larger number": (
        OrderPlaced,
        ORDER_PLACED,
        within("OrderLine", lambda one: one["properties"]["quantity"].update(maximum=1001)),
        [PAYMENTS],
    ),
    "a currency deep in a shared part": (
        OrderPlaced,
        ORDER_PLACED,
        within("Money", lambda one: one["properties"]["currency"]["enum"].append("SEK")),
        [PAYMENTS],
    ),
    "an empty list": (
        OrderPlaced,
        ORDER_PLACED,
        lambda document: document["properties"]["lines"].update(minItems=0),
        [PAYMENTS],
    ),
}


@pytest.mark.parametrize(
    ("contract", "path", "change", "consumers"), REFUSED.values(), ids=REFUSED.keys()
)
def test_the_deployed_model_really_refuses_the_event(
    tmp_path: Path, contract: type[Event], path: str, change: Edit, consumers: list[str]
) -> None:
    """It is a Pydantic model, open as consumers are; the new contract allows the event."""
    root = copied(tmp_path)

    found = impact(root, path, change)

    assert [name for name, ids in told(found).items() if REJECTS in ids] == sorted(consumers)
    for consumer in consumers:
        data = broken(found, consumer, REJECTS).event["detail"]["data"]
        assert errors(closed(found.contract.document), data) == []
        with pytest.raises(ValidationError):
            contract.from_data(data)


class Method(Value):
    """A payment without a token."""

    method: str


class Later(Event, source="shop.orders", owner="t", subject="order_id", examples=EXAMPLES):
    """The order's contract once its total may be absent."""

    order_id: str
    customer: Customer
    total: Money | None = None
    payment: Payment


class Bare(Event, source="shop.orders", owner="t", subject="order_id", examples=EXAMPLES):
    """The order's contract once its payment has no token."""

    order_id: str
    customer: Customer
    total: Money
    payment: Method


class Untold(Event, source="shop.payments", owner="t", subject="reason", examples=({},)):
    """The declined payment's contract once it does not name the order."""

    reason: str


def decided(order: Any) -> object:
    """Returns the decision of the payments service."""
    return payments.decide("pay-1", order, payments.DEFAULT_LIMIT)


def told_of(declined: Any) -> object:
    """Returns the message of the notifications service."""
    return notifications.message_for(declined)


FAILING: Final[dict[str, tuple[str, Edit, str, Callable[[Any], object], type[Event]]]] = {
    "a field that may be absent": (
        ORDER_PLACED,
        lambda document: document["required"].remove("total"),
        PAYMENTS,
        decided,
        Later,
    ),
    "an optional field that is gone": (
        ORDER_PLACED,
        within("Payment", lambda one: one["properties"].pop("card_token")),
        PAYMENTS,
        decided,
        Bare,
    ),
    "a field that is gone": (DECLINED, without("order_id"), TELL, told_of, Untold),
}


@pytest.mark.parametrize(
    ("path", "change", "consumer", "run", "contract"), FAILING.values(), ids=FAILING.keys()
)
def test_the_handlers_code_really_fails_on_the_event(  # noqa: PLR0913, PLR0917 - one break each
    tmp_path: Path,
    path: str,
    change: Edit,
    consumer: str,
    run: Callable[[Any], object],
    contract: type[Event],
) -> None:
    """Built with the new contract's class, its domain asks for what is not there."""
    root = copied(tmp_path)

    found = impact(root, path, change)

    data = broken(found, consumer, FAILS).event["detail"]["data"]
    assert errors(closed(found.contract.document), data) == []
    event = contract.from_data(data)
    with pytest.raises(AttributeError):
        run(event)


MISSED: Final[dict[str, tuple[str, str, Edit]]] = {
    "took all, leaves some": (
        "detail: {data: {method: [card, invoice]}}",
        "matched every event and now misses some",
        also("method", "voucher"),
    ),
    "takes none": (
        "detail: {data: {method: [card]}}",
        "no longer matches any event",
        lambda document: document.update(
            properties={**document["properties"], "method": {"enum": ["credit", "invoice"]}}
        ),
    ),
    "an entry for nothing": (
        "detail: {data: {amount: {currency: [EUR, USD]}}}",
        "has a value for amount.currency",
        within("Money", lambda one: one["properties"].update(currency={"enum": ["EUR", "US$"]})),
    ),
    "a field that may be absent": (
        "detail: {data: {payment_id: [{exists: true}]}}",
        "matched every event and now misses some",
        lambda document: document["required"].remove("payment_id"),
    ),
}


@pytest.mark.parametrize(("pattern", "why", "change"), MISSED.values(), ids=MISSED.keys())
def test_the_rule_really_misses_the_event(
    tmp_path: Path, pattern: str, why: str, change: Edit
) -> None:
    """The engine: the old example matched, the new event does not."""
    root = copied(tmp_path)
    template = "services/orders/template.yaml"
    named = "detail-type: [PaymentCaptured, PaymentDeclined]"
    replace(root, template, named, f"detail-type: [PaymentCaptured]\n        {pattern}")

    found = impact(root, CAPTURED, change)

    missed = broken(found, "orders.follow-captured", MISSES)
    (rule,) = [one for one in topology(root).rules if one.logical_id == "FollowPaymentsRule"]
    matcher = Pattern.parse(rule.text or "")
    assert why in missed.what
    assert matcher.matches(missed.like)
    assert not matcher.matches(missed.event)
    assert errors(found.contract.event_schema, missed.event) == []


def test_an_optional_field_more_breaks_nobody(tmp_path: Path) -> None:
    """Producers are closed and consumers open; those who go on are named too."""
    root = copied(tmp_path)

    found = impact(
        root, ORDER_PLACED, lambda document: document["properties"].update(note={"type": "string"})
    )

    assert told(found) == {PAYMENTS: []}
    assert found.verdicts[0].reason == "reads none of the changed fields"


def test_a_value_that_the_rule_keeps_away_breaks_nobody(tmp_path: Path) -> None:
    """The consumer's model would refuse it, and it never comes."""
    root = copied(tmp_path)
    pattern = "reason: [{anything-but: [suspected_fraud]}]"
    replace(root, "services/notifications/template.yaml", pattern, "reason: [card_refused]")

    found = impact(root, DECLINED, also("reason", "too_young"))

    assert told(found) == {TELL: [], FOLLOW: [REJECTS]}


def test_every_finding_names_owner_and_end_of_the_contract(tmp_path: Path) -> None:
    """Whoever reads it knows whom to ask, and how long there is time."""
    root = copied(tmp_path)
    ends = {"x-deprecated-since": "2026-01-01", "x-sunset": "2027-01-01"}

    found = impact(root, DECLINED, lambda one: (one.update(ends), without("reason")(one)))

    owners = {finding.owner for finding in found.findings}
    assert owners == {"team-payments, deprecated since 2026-01-01, sunset 2027-01-01"}


def test_a_handler_without_a_recording_may_read_every_lost_field(tmp_path: Path) -> None:
    """Each lost field counts as breaking, and the finding names the missing entry."""
    root = copied(tmp_path)
    (root / "services/payments/reads.yaml").unlink()

    def change(document: Document) -> None:
        del document["$defs"]["Payment"]["properties"]["card_token"]
        document["$defs"]["Address"]["required"].remove("city")

    found = impact(root, ORDER_PLACED, change)

    assert told(found) == {PAYMENTS: [REJECTS, UNKNOWN, UNKNOWN]}
    city, token = [one for one in found.verdicts[0].breaks if one.id == UNKNOWN]
    assert "may read customer.address.city, which may be absent" in city.what
    assert "city" not in city.event["detail"]["data"]["customer"]["address"]
    assert "may read payment.card_token, which is no longer there" in token.what
    assert "services/payments/reads.yaml has no entry for decide-payment" in token.what


def test_an_entry_of_another_handler_is_no_recording(tmp_path: Path) -> None:
    """A renamed handler is unknown until its reads are recorded again."""
    root = copied(tmp_path)
    replace(root, "services/payments/reads.yaml", "decide-payment:", "decide-payments:")

    found = impact(
        root, ORDER_PLACED, within("Payment", lambda one: one["properties"].pop("card_token"))
    )

    assert told(found) == {PAYMENTS: [UNKNOWN]}


def test_without_a_recording_a_change_that_loses_nothing_breaks_nobody(tmp_path: Path) -> None:
    """A new optional field is safe for every handler."""
    root = copied(tmp_path)
    (root / "services/payments/reads.yaml").unlink()

    found = impact(
        root, ORDER_PLACED, lambda document: document["properties"].update(note={"type": "string"})
    )

    assert told(found) == {PAYMENTS: []}
    assert found.verdicts[0].reason == "loses no field"


def test_a_lost_field_outside_the_recording_breaks_only_the_model(tmp_path: Path) -> None:
    """The deployed model requires the city, but no handler reads it."""
    root = copied(tmp_path)

    found = impact(
        root,
        ORDER_PLACED,
        within("Address", lambda one: one["required"].remove("city")),
    )

    assert told(found) == {PAYMENTS: [REJECTS]}


def test_a_recorded_field_that_only_the_new_contract_has_is_not_lost(tmp_path: Path) -> None:
    """The consumer is ahead of the contract: its new code reads the new field."""
    root = copied(tmp_path)
    replace(root, "services/payments/reads.yaml", "[customer.id,", "[customer.id, note,")

    def change(document: Document) -> None:
        document["properties"]["note"] = {"type": "string"}
        del document["$defs"]["Payment"]["properties"]["card_token"]

    found = impact(root, ORDER_PLACED, change)

    assert told(found) == {PAYMENTS: [FAILS]}


KEPT_AWAY: Final[dict[str, Edit]] = {
    "another kind": lambda one: one["properties"].update(
        reason={"anyOf": [one["properties"]["reason"], {"type": "object"}]}
    ),
    "null": lambda one: one["properties"].update(
        reason={"anyOf": [one["properties"]["reason"], {"type": "null"}]}
    ),
    "nothing": lambda one: one["required"].remove("reason"),
}


@pytest.mark.parametrize("change", KEPT_AWAY.values(), ids=KEPT_AWAY.keys())
def test_what_the_rule_provably_keeps_away_breaks_nobody(tmp_path: Path, change: Edit) -> None:
    """A consumer without such a rule breaks; this one asks for one of three texts."""
    root = copied(tmp_path)
    pattern = "reason: [{anything-but: [suspected_fraud]}]"
    asked = "reason: [card_refused, limit_exceeded]"
    replace(root, "services/notifications/template.yaml", pattern, asked)

    found = impact(root, DECLINED, change)

    assert told(found) == {TELL: [], FOLLOW: [REJECTS]}
