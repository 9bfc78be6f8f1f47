"""Producers send exactly what the contract says, consumers ignore what they do not know."""

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from schemas.event import Event
from tests.unit.contracts.rentals import CONTRACTS, VanRented

Data = dict[str, Any]


def rented() -> Data:
    """Returns the data of a rental as it is sent."""
    return VanRented.examples()[0].to_data()


def at_the_top(data: Data) -> None:
    """Add an unknown field to the event."""
    data["gift"] = True


def in_a_value(data: Data) -> None:
    """Add an unknown field to a nested value."""
    data["payment"]["floor"] = 3


def in_a_line(data: Data) -> None:
    """Add an unknown field inside a list."""
    data["lines"][0]["unit_price"]["discount"] = 1


unknown_fields = pytest.mark.parametrize("add", [at_the_top, in_a_value, in_a_line])


@unknown_fields
def test_a_consumer_ignores_an_unknown_field(add: Callable[[Data], None]) -> None:
    """A field added by a newer producer is no fault, however deep it is."""
    data = rented()
    add(data)

    assert VanRented.from_data(data) == VanRented.examples()[0]


@unknown_fields
def test_a_producer_cannot_make_an_event_with_an_unknown_field(
    add: Callable[[Data], None],
) -> None:
    """A misspelt optional field fails where it is written, not at the consumer."""
    data = rented()
    add(data)

    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        VanRented(**data)


@pytest.mark.parametrize("contract", CONTRACTS)
def test_what_is_sent_is_read_back_as_the_same_event(contract: type[Event]) -> None:
    """`from_data` undoes `to_data`."""
    for event in contract.examples():
        assert contract.from_data(event.to_data()) == event


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"rental_id": ""}, id="a value out of bounds"),
        pytest.param({"rental_id": 7}, id="a value of another type"),
        pytest.param({"lines": ()}, id="an empty list"),
    ],
)
def test_an_event_changed_past_validation_is_not_sent(changed: Data) -> None:
    """`model_copy` validates nothing, `to_data` does."""
    rental = VanRented.examples()[0].model_copy(update=changed)

    with pytest.raises(ValidationError):
        rental.to_data()


def test_an_event_made_without_validation_is_not_sent() -> None:
    """`model_construct` leaves fields out, `to_data` names them."""
    fields: Data = {"rental_id": "r-1"}
    rental = VanRented.model_construct(**fields)

    with pytest.raises(ValidationError, match="payment"):
        rental.to_data()


def test_an_event_cannot_be_changed() -> None:
    """What happened has happened."""
    rental = VanRented.examples()[0]

    with pytest.raises(ValidationError, match="frozen"):
        rental.rental_id = "another"  # type: ignore[misc]  # that this is refused is the test


@pytest.mark.parametrize("amount", [10850, 10850.0, 0, -0.0, 1e12])
def test_a_consumer_reads_an_integer_however_it_is_written(amount: float) -> None:
    """JSON Schema's integer includes 10850.0, and producers that know only doubles send it."""
    data = rented() | {"total": {"amount_minor": amount, "currency": "EUR"}}

    total = VanRented.from_data(data).total

    assert (total.amount_minor, type(total.amount_minor)) == (amount, int)


@pytest.mark.parametrize("amount", ["10850", True, 10850.5, float("nan"), float("inf"), None, []])
def test_a_consumer_converts_no_other_value_to_an_integer(amount: object) -> None:
    """The schema refuses them too."""
    data = rented() | {"total": {"amount_minor": amount, "currency": "EUR"}}

    with pytest.raises(ValidationError):
        VanRented.from_data(data)


def nested(levels: int) -> object:
    """A list in a list in a list."""
    value: object = []
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(float("nan"), id="not a number"),
        pytest.param(float("inf"), id="infinity"),
        pytest.param("\ud800", id="half a surrogate pair"),
        pytest.param(object(), id="a Python object"),
        pytest.param(nested(300), id="deeper than Pydantic parses"),
        pytest.param(nested(30_000), id="deeper than Python recurses"),
    ],
)
def test_what_is_not_json_is_refused_even_where_it_would_be_ignored(value: Any) -> None:
    """The consumer's dead-letter queue receives it; an unknown error would be retried."""
    with pytest.raises(ValidationError, match="JSON"):
        VanRented.from_data(rented() | {"unknown": value})


class Measured(
    Event,
    source="fleet.vans",
    owner="team-fleet",
    subject="van_id",
    examples=({"van_id": "v-1"},),
):
    """Something was measured."""

    van_id: str
    grams: float | None = None
    anything: Any = None


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("field", ["grams", "anything"])
def test_a_number_that_json_has_not_is_never_sent_as_null(field: str, value: float) -> None:
    """Null is another value, which the schema would allow here."""
    event = Measured(van_id="v-1").model_copy(update={field: value})

    with pytest.raises(ValidationError):
        event.to_data()


@pytest.mark.parametrize("grams", ["5", "1e3", "-0"])
def test_a_value_of_another_type_made_past_validation_is_not_sent(grams: object) -> None:
    """Lax validation would take it for a number and send it as it is."""
    event = Measured(van_id="v-1").model_copy(update={"grams": grams})

    with pytest.raises(ValidationError, match="valid number"):
        event.to_data()
