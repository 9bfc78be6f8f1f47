"""Personal data never stands in a log line, however deep it lies."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Optional

import pytest
from pydantic import BaseModel, ConfigDict

from schemas import CONTRACTS
from schemas.event import PERSONAL, Value
from schemas.orders import OrderPlaced
from trunkline.masking import MASK, shown
from trunkline.observability import make_logger

SECRET = "ada@example.com"  # noqa: S105  # stands for what is somebody's own


class Person(Value):
    """A part of an event."""

    name: Annotated[str, PERSONAL]
    town: str = "Hamburg"


class Report(BaseModel):
    """A model that is no contract, with the mark in every place an annotation has."""

    model_config = ConfigDict(extra="allow")

    plain: str = "seen"
    direct: Annotated[str, PERSONAL] = SECRET
    optional: Annotated[str | None, PERSONAL] = SECRET
    within_union: Annotated[str, PERSONAL] | None = SECRET
    of_old: Optional[Annotated[str, PERSONAL]] = SECRET  # noqa: UP045  # still written by some
    listed: list[Annotated[str, PERSONAL]] = [SECRET]
    mapped: Mapping[str, Annotated[str, PERSONAL]] = {"a": SECRET}
    nested: Person = Person(name=SECRET)
    several: tuple[Person, ...] = (Person(name=SECRET),)
    by_id: dict[str, Person] = {"p-1": Person(name=SECRET)}
    whole: Annotated[Person, PERSONAL] = Person(name=SECRET)
    absent: Annotated[str | None, PERSONAL] = None


@dataclass(frozen=True)
class Outcome:
    """What a domain may answer."""

    order_id: str
    person: Person
    email: Annotated[str, PERSONAL]


def as_json(value: object) -> Any:
    """The value as a log line shows it."""
    return json.loads(json.dumps(value, default=shown))


def test_a_marked_field_is_masked_at_any_depth() -> None:
    """Whatever holds it: another model, a list, a mapping, an optional."""
    line = as_json({"of": [Report()]})["of"][0]

    assert SECRET not in json.dumps(line)
    assert line["plain"] == "seen"
    masked = {"direct", "optional", "within_union", "of_old", "listed", "mapped", "whole"}
    assert {name for name, value in line.items() if value == MASK} == masked
    assert line["nested"] == line["several"][0] == line["by_id"]["p-1"]
    assert line["nested"] == {"name": MASK, "town": "Hamburg"}
    assert line["absent"] is None


def test_what_no_model_names_is_masked() -> None:
    """Nobody has said of an unknown field whether it is personal."""
    line = as_json(Report.model_validate({"nickname": SECRET}))

    assert line["nickname"] == MASK


def test_a_model_made_without_validation_is_masked() -> None:
    """Such a one may lack fields."""
    assert as_json(Person.model_construct(name=SECRET)) == {"name": MASK, "town": "Hamburg"}
    assert as_json(Report.model_construct(direct=SECRET))["direct"] == MASK


def test_a_dataclass_is_taken_apart() -> None:
    """Its text would show everything in it."""
    outcome = Outcome("o-1", Person(name=SECRET), SECRET)

    assert as_json(outcome) == {
        "order_id": "o-1",
        "person": {"name": MASK, "town": "Hamburg"},
        "email": MASK,
    }


def test_of_an_exception_only_the_type_is_shown() -> None:
    """Its message may quote the value that it failed on."""
    with pytest.raises(ValueError, match="validation") as caught:
        Person.model_validate({"name": 1, "town": SECRET})

    assert as_json({"error": caught.value}) == {"error": "ValidationError"}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (datetime(2026, 11, 2, tzinfo=UTC), "2026-11-02 00:00:00+00:00"),
        ({"a"}, ["a"]),
        (frozenset({1}), [1]),
        (b"x", "b'x'"),
        (Person, str(Person)),
        (Outcome, str(Outcome)),
    ],
)
def test_what_is_no_model_is_text(value: object, text: object) -> None:
    """As Powertools itself writes it."""
    assert as_json([value]) == [text]


@pytest.mark.parametrize("contract", CONTRACTS)
def test_an_event_given_to_the_logger_is_masked(
    contract: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """As a field, as a key and as the message itself."""
    log = make_logger(f"masks-{contract.detail_type}")
    (event, *_) = contract.examples()

    log.append_keys(kept=event)
    log.info("seen", given=event, deep={"a": [event]})
    log.info(event)
    log.remove_keys(["kept"])

    written = capsys.readouterr().out
    secrets = _personal_values(event) if contract is OrderPlaced else []
    assert [secret for secret in secrets if secret in written] == []
    first, second = map(json.loads, written.splitlines())
    assert first["given"] == first["kept"] == first["deep"]["a"][0] == second["message"]
    assert first["given"][contract.subject_field] == event.subject


def _personal_values(order: Any) -> list[str]:
    customer = order.customer
    values = [customer.name, customer.email, customer.address.street, order.payment.card_token]
    assert all(values)
    return values


def test_the_log_of_an_exception_holds_no_message(capsys: pytest.CaptureFixture[str]) -> None:
    """`logger.exception` tells where and what, not on which data."""
    log = make_logger("fails")

    try:
        Person.model_validate({"name": 1, "town": SECRET, "x": SECRET})
    except ValueError:
        log.exception("not understood")

    written = capsys.readouterr().out
    (line,) = map(json.loads, written.splitlines())
    assert SECRET not in written
    assert line["exception_name"] == "ValidationError"
    assert line["exception"].endswith("\nValidationError")
    assert "test_masking" in line["exception"]


ASKED: list[tuple[str, tuple[Any, ...]]] = [
    ("placed %s", (OrderPlaced.examples()[0],)),
    ("placed %(order)s", ({"order": OrderPlaced.examples()[0]},)),
    ("failed: %s", (ValueError(OrderPlaced.examples()[0].customer.email),)),
    ("of %s and %s", (1, [OrderPlaced.examples()[0].customer])),
]


@pytest.mark.parametrize(("message", "arguments"), ASKED)
def test_arguments_of_a_message_are_masked(
    capsys: pytest.CaptureFixture[str], message: str, arguments: tuple[Any, ...]
) -> None:
    """A line is not always given its facts as fields."""
    make_logger(f"arguments {message}").info(message, *arguments)

    line = capsys.readouterr().out
    customer = OrderPlaced.examples()[0].customer
    assert "message" in json.loads(line)
    assert customer.email not in line
    assert customer.name not in line


def test_a_view_of_a_mapping_is_taken_apart() -> None:
    """Its text would show what it holds in the clear."""
    people = {"p-1": Person(name=SECRET)}

    assert SECRET not in json.dumps([people.values(), people.items()], default=shown)
