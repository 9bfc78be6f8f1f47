"""How handlers are declared, and which declarations are refused."""

from collections.abc import Callable
from typing import Any, cast

import pytest

from schemas.orders import OrderPlaced
from schemas.payments import PaymentCaptured, PaymentDeclined
from tests.unit.trunkline.events import an_envelope
from trunkline.consumer import Consumer
from trunkline.errors import ConfigurationError, InvalidEventError
from trunkline.route import Route
from trunkline.unit_of_work import UnitOfWork

NAMES = ["decide-payment", "a", "tell-customer-2", "x" * 64]

NO_NAMES = [
    "",
    " ",
    "Decide",
    "decide payment",
    "decide_payment",
    "decide#payment",
    "-decide",
    "decide-",
    "decide--payment",
    "décide",
    "decide\n",
    "x" * 65,
]


NO_UNIT = cast("UnitOfWork", None)
"""For handlers that do nothing with it."""


def nothing(_event: Any, _unit: UnitOfWork) -> None:
    """A handler."""


@pytest.mark.parametrize("name", NAMES)
def test_a_handler_stays_the_function_it_is(name: str) -> None:
    """The decorator only notes it, so that a test can call it."""
    declare: Callable[[Any], Any] = Consumer().on(OrderPlaced, name=name)

    assert declare(nothing) is nothing


@pytest.mark.parametrize("name", NO_NAMES)
def test_a_name_that_cannot_be_part_of_a_key_is_refused(name: str) -> None:
    """With a `#` in it, two handlers could share a mark; renaming later repeats every effect."""
    with pytest.raises(ConfigurationError, match="invalid handler name"):
        Consumer().on(OrderPlaced, name=name)


def test_a_second_handler_of_one_contract_is_refused() -> None:
    """One function handles an event once."""
    app = Consumer()
    app.on(OrderPlaced, name="first")(nothing)

    with pytest.raises(ConfigurationError, match="OrderPlaced already has the handler 'first'"):
        app.on(OrderPlaced, name="second")


def test_a_name_is_used_once() -> None:
    """Two handlers under one name would take each other's marks for their own."""
    app = Consumer()
    app.on(PaymentCaptured, name="follow")(nothing)

    with pytest.raises(ConfigurationError, match="'follow' is already used"):
        app.on(PaymentDeclined, name="follow")


def test_data_that_breaks_the_contract_names_every_fault_and_no_value() -> None:
    """The reason travels with the dead letter, and the values may be personal."""
    order = OrderPlaced.examples()[0].to_data()
    broken: dict[str, Any] = {
        **order,
        "total": {"amount_minor": -1, "currency": "ada@example.com"},
        "lines": [],
    }

    with pytest.raises(InvalidEventError) as caught:
        Route("decide", OrderPlaced, nothing).bind(an_envelope(data=broken))(NO_UNIT)

    fields = [fault.split(":")[0] for fault in caught.value.faults]
    assert fields == ["lines", "total.amount_minor", "total.currency"]
    assert "example.com" not in caught.value.reason


def test_fields_that_the_contract_does_not_know_are_ignored() -> None:
    """Consumers are open: a newer producer's optional field breaks nobody."""
    order = OrderPlaced.examples()[0].to_data()

    work = Route("decide", OrderPlaced, nothing).bind(an_envelope(data={**order, "gift": True}))

    assert callable(work)
