"""The models from which the changes in `changes.py` are made."""

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field, create_model

from schemas.event import Value
from trunklab.contracts.json_schema import DIALECT, _ContractSchema

Schema = dict[str, Any]
Fields = dict[str, Any]


class Card(Value):
    """A member of a union, told apart by its field `method`."""

    method: Literal["card"]
    token: str


class Invoice(Value):
    """Another."""

    method: Literal["invoice"]
    due_days: int = 14


class Transfer(Value):
    """A third."""

    method: Literal["transfer"]
    iban: Annotated[str, Field(min_length=15)]


class LooseCard(Value):
    """Card with a field that may be absent."""

    method: Literal["card"]
    token: str = ""


class Place(Value):
    """A nested value."""

    city: str
    zip: str = ""


class PlaceInCountry(Value):
    """The same with a field more."""

    city: str
    zip: str = ""
    country: str = "DE"


class NamedPlace(Value):
    """The same with a field more that must be there."""

    city: str
    zip: str = ""
    name: str


class Spot(Value):
    """Place by another name."""

    city: str
    zip: str = ""


class Size(StrEnum):
    """An enum of texts."""

    SMALL = "S"
    LARGE = "L"


class MoreSizes(StrEnum):
    """The same with one more."""

    SMALL = "S"
    LARGE = "L"
    HUGE = "XL"


def model(fields: Fields) -> type[Value]:
    """A model with these fields: a type for a required one, or a pair of type and default."""
    given: dict[str, Any] = {
        name: one if isinstance(one, tuple) else (one, ...) for name, one in fields.items()
    }
    return create_model("Changed", __base__=Value, **given)


def schema(made: type[Value]) -> Schema:
    """Its JSON Schema, as contracts are exported."""
    described = made.model_json_schema(schema_generator=_ContractSchema, mode="serialization")
    return {"$schema": DIALECT, **described}
