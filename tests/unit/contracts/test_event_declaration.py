"""A class that cannot be a contract is refused while it is created."""

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError, create_model

from schemas.errors import ContractError
from schemas.event import RESERVED_NAMES, Event

GOOD: dict[str, Any] = {
    "source": "fleet.vans",
    "owner": "team-fleet",
    "subject": "van_id",
    "examples": ({"van_id": "v-1"},),
}


def declare(
    name: str = "VanParked",
    keywords: dict[str, Any] | None = None,
    fields: dict[str, Any] | None = None,
) -> type[Event]:
    """Create the class `name(Event, **GOOD with these keywords)` with these fields."""
    body = {"van_id": (str, ...)} | (fields or {})
    return create_model(name, __base__=Event, __cls_kwargs__=GOOD | (keywords or {}), **body)


@pytest.mark.parametrize(
    ("keywords", "says"),
    [
        ({"source": ""}, "source"),
        ({"source": "vans"}, "source"),
        ({"source": "Fleet.vans"}, "source"),
        ({"source": "fleet.Vans"}, "source"),
        ({"source": "fleet."}, "source"),
        ({"source": ".vans"}, "source"),
        ({"source": "fleet..vans"}, "source"),
        ({"source": "fleet vans"}, "source"),
        ({"source": "fleet.vans\n"}, "source"),
        ({"source": "fleet.-vans"}, "source"),
        ({"source": "4fleet.vans"}, "source"),
        ({"source": "aws.vans"}, "reserved for AWS"),
        ({"owner": ""}, "no owner"),
        ({"owner": " "}, "no owner"),
        ({"subject": ""}, "subject"),
        ({"subject": "order"}, "subject"),
        ({"examples": ()}, "no example"),
        ({"version": 0}, "version 0"),
        ({"version": -1}, "version -1"),
        ({"compatibility": ""}, "not one of BACKWARD"),
        ({"compatibility": "NONE"}, "not one of BACKWARD"),
        ({"compatibility": "full"}, "not one of BACKWARD"),
        ({"deprecated_since": "soon"}, "not a date"),
        ({"deprecated_since": "2027-02-30"}, "not a date"),
        ({"deprecated_since": 2027}, "not a date"),
        ({"sunset": "2027-01-31"}, "no earlier deprecated_since"),
        ({"deprecated_since": "2027-01-31", "sunset": "2027-01-31"}, "no earlier"),
        ({"deprecated_since": "2027-01-31", "sunset": "2026-01-31"}, "no earlier"),
    ],
)
def test_a_wrong_keyword_is_refused(keywords: dict[str, Any], says: str) -> None:
    """The message names the class, the fault and the way out."""
    with pytest.raises(ContractError, match=says) as caught:
        declare(keywords=keywords)

    assert str(caught.value).startswith("contract VanParked: ")
    assert caught.value.remedy in str(caught.value)


@pytest.mark.parametrize("name", ["vanParked", "Van_Parked", "VanParkedV2", "_VanParked"])
def test_a_class_name_that_makes_no_detail_type_is_refused(name: str) -> None:
    """A name is PascalCase, and a version in it is the declared one."""
    with pytest.raises(ContractError, match="do not make a detail-type"):
        declare(name)


def test_a_name_longer_than_eventbridge_takes_is_refused() -> None:
    """PutEvents would refuse every event of it."""
    with pytest.raises(ContractError, match="longer than EventBridge's 128"):
        declare("O" * 129)


@pytest.mark.parametrize("keyword", ["source", "owner", "subject", "examples"])
def test_a_missing_keyword_is_refused(keyword: str) -> None:
    """What every contract declares has no default."""
    kept = {name: value for name, value in GOOD.items() if name != keyword}

    with pytest.raises(ContractError):
        create_model("VanParked", __base__=Event, __cls_kwargs__=kept, van_id=(str, ...))


@pytest.mark.parametrize(
    "subject",
    [
        pytest.param((int, ...), id="a number"),
        pytest.param((str | None, ...), id="may be null"),
        pytest.param((str, "unknown"), id="has a default"),
    ],
)
def test_a_subject_that_may_be_missing_or_no_text_is_refused(subject: Any) -> None:
    """The subject becomes a key, so every event has one and it is text."""
    with pytest.raises(ContractError, match="not a required str field"):
        declare(fields={"van_id": subject})


@pytest.mark.parametrize("name", sorted(RESERVED_NAMES - {"subject"}))
@pytest.mark.filterwarnings("ignore:Field name:UserWarning")
def test_a_field_with_a_name_of_the_contract_itself_is_refused(name: str) -> None:
    """A field `source` would hide who publishes the event."""
    with pytest.raises(ContractError, match="every contract uses itself"):
        declare(fields={name: (str, ...)})


def test_an_unknown_keyword_is_refused() -> None:
    """A misspelt keyword does not pass as a setting of Pydantic."""
    with pytest.raises(TypeError, match="onwer"):
        declare(keywords={"onwer": "team-fleet"})


def test_a_contract_cannot_be_inherited_without_its_own_declaration() -> None:
    """Whoever derives a contract says again what it is."""
    with pytest.raises(ContractError, match="source"):
        create_model("GiftRented", __base__=declare())


def test_the_first_version_is_named_as_its_class() -> None:
    """No suffix until there is a second major."""
    contract = declare()

    assert (contract.detail_type, contract.version) == ("VanParked", 1)


def test_a_later_major_is_part_of_the_detail_type() -> None:
    """So no rule receives a major it was not written for."""
    contract = declare("VanParkedV2", keywords={"version": 2})

    assert (contract.detail_type, contract.version) == ("VanParked.v2", 2)


@pytest.mark.parametrize(
    ("name", "version"),
    [("VanParked", 2), ("VanParkedV2", 3), ("VanParkedV1", 1), ("VanParkedV02", 2)],
)
def test_a_class_is_named_by_its_major(name: str, version: int) -> None:
    """The checks read code without running it: a name must not mean another major."""
    with pytest.raises(ContractError, match="do not make a detail-type"):
        declare(name, keywords={"version": version})


def test_a_contract_promises_both_directions_unless_it_says_otherwise() -> None:
    """FULL is what other teams count on."""
    assert declare().compatibility == "FULL"
    assert declare(keywords={"compatibility": "BACKWARD"}).compatibility == "BACKWARD"


def test_the_dates_of_the_end_are_kept_as_dates() -> None:
    """Deprecated-since and sunset are declared as ISO text."""
    contract = declare(keywords={"deprecated_since": "2027-01-31", "sunset": "2027-07-31"})

    assert contract.deprecated_since == date(2027, 1, 31)
    assert contract.sunset == date(2027, 7, 31)


def test_an_example_with_an_unknown_field_is_refused_when_it_is_read() -> None:
    """Examples show what is sent, so they are closed."""
    contract = declare(keywords={"examples": ({"van_id": "v-1", "colour": "red"},)})

    with pytest.raises(ValidationError, match="colour"):
        contract.examples()
