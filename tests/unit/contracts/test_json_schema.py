"""What a contract's JSON Schema says besides the fields."""

from typing import Annotated, Any

import pytest

from schemas.event import PERSONAL, Event, Value
from tests.unit.contracts.rentals import RentalBilled, VanRented
from trunklab.contracts.errors import CatalogError
from trunklab.contracts.json_schema import json_schema


class Contact(Value):
    """How to reach somebody."""

    phone: Annotated[str | None, PERSONAL] = None
    others: list[Annotated[str, PERSONAL]]


class CustomerMovedV2(
    Event,
    source="fleet.customers",
    owner="team-customers",
    subject="customer_id",
    version=2,
    deprecated_since="2027-01-31",
    sunset="2027-07-31",
    examples=({"customer_id": "c-1", "contact": {"others": ["a"]}},),
):
    """A customer lives somewhere else now."""

    customer_id: str
    contact: Annotated[Contact, PERSONAL]


def test_the_document_names_the_contract() -> None:
    """Name, owner, source and subject are read by registry, catalog and checks."""
    schema = json_schema(RentalBilled)

    assert schema["$id"] == "fleet.billing@RentalBilled"
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["title"] == schema["x-detail-type"] == "RentalBilled"
    assert (schema["x-source"], schema["x-owner"]) == ("fleet.billing", "team-billing")
    assert (schema["x-subject"], schema["x-compatibility"]) == ("bill_id", "FULL")
    assert schema["description"] == RentalBilled.__doc__


def test_the_document_is_open() -> None:
    """A field that is added later is no fault of an old document."""
    assert "additionalProperties" not in str(json_schema(VanRented))


def test_a_deprecated_major_says_since_when_and_until_when() -> None:
    """Who still listens reads the date from the document."""
    schema = json_schema(CustomerMovedV2)

    assert schema["$id"] == "fleet.customers@CustomerMoved.v2"
    assert schema["deprecated"] is True
    assert (schema["x-deprecated-since"], schema["x-sunset"]) == ("2027-01-31", "2027-07-31")


@pytest.mark.parametrize("path", [("phone",), ("others", "items")])
def test_personal_data_is_marked_wherever_the_type_is_nested(path: tuple[str, ...]) -> None:
    """In an optional field as well as in a list."""
    place: Any = json_schema(CustomerMovedV2)["$defs"]["Contact"]["properties"]
    for step in path:
        place = place[step]

    assert place["x-personal-data"] is True


def test_a_whole_value_can_be_marked() -> None:
    """The mark stands beside the reference, not in the shared definition."""
    schema = json_schema(CustomerMovedV2)

    assert schema["properties"]["contact"]["x-personal-data"] is True
    assert "x-personal-data" not in schema["$defs"]["Contact"]


def test_a_wrong_example_stops_the_export() -> None:
    """The message names the contract and the field."""

    class VanParked(
        Event,
        source="fleet.vans",
        owner="team-fleet",
        subject="van_id",
        examples=({"van_id": "v-1", "colour": "red"},),
    ):
        van_id: str

    with pytest.raises(CatalogError, match=r"(?s)fleet.vans@VanParked.*colour"):
        json_schema(VanParked)
