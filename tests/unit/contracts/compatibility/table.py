"""Changes that people make, with whom each of them breaks: the policies, said by example."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Final, Literal, NamedTuple
from uuid import UUID

from pydantic import Field

from tests.unit.contracts.compatibility.models import (
    Card,
    Fields,
    Invoice,
    LooseCard,
    MoreSizes,
    NamedPlace,
    Place,
    PlaceInCountry,
    Size,
    Spot,
    Transfer,
)

Text = Annotated[str, Field(max_length=20)]


class Row(NamedTuple):
    """One change.

    `breaks` has B where new consumers reject old events, F where old consumers reject new ones, P
    where the new contract rejects events of old producers.
    """

    about: str
    old: Fields
    new: Fields
    breaks: str
    ids: str


def _number(**bounds: Any) -> Any:
    return Annotated[int, Field(**bounds)]


def _text(**bounds: Any) -> Any:
    return Annotated[str, Field(**bounds)]


_PAID = Annotated[Card | Invoice, Field(discriminator="method")]
_PAID_MORE = Annotated[Card | Invoice | Transfer, Field(discriminator="method")]
_PAID_LOOSELY = Annotated[LooseCard | Invoice, Field(discriminator="method")]
_NAMES = Annotated[str, Field(pattern="^[a-z]+$")]

ROWS: Final = (
    # Fields.
    Row("optional field added", {"a": int}, {"a": int, "b": (int, 0)}, "", "optional-field-added"),
    Row("required field added", {"a": int}, {"a": int, "b": int}, "BP", "required-field-added"),
    Row("optional field removed", {"a": (int, 0)}, {}, "P", "optional-field-removed"),
    Row("required field removed", {"a": int, "b": int}, {"a": int}, "FP", "required-field-removed"),
    Row("field becomes required", {"a": (int, 0)}, {"a": int}, "BP", "field-required"),
    Row("field becomes optional", {"a": int}, {"a": (int, 0)}, "F", "field-optional"),
    Row(
        "field renamed",
        {"a": int},
        {"b": int},
        "BFP",
        "required-field-removed required-field-added",
    ),
    Row("fields in another order", {"a": int, "b": str}, {"b": str, "a": int}, "", ""),
    # Kinds of values.
    Row("integer to string", {"a": int}, {"a": str}, "BFP", "type-changed"),
    Row("integer to number", {"a": int}, {"a": float}, "F", "type-widened"),
    Row("number to integer", {"a": float}, {"a": int}, "BP", "type-narrowed"),
    Row("string or null", {"a": str}, {"a": str | None}, "F", "type-widened"),
    Row("no longer null", {"a": str | None}, {"a": str}, "BP", "type-narrowed"),
    Row("string or number", {"a": str}, {"a": str | int}, "F", "type-widened"),
    Row("no longer a number", {"a": str | int}, {"a": str}, "BP", "type-narrowed"),
    Row("union in another order", {"a": str | int}, {"a": int | str}, "", ""),
    Row("boolean to string", {"a": bool}, {"a": str}, "BFP", "type-changed"),
    Row("string to any type", {"a": str}, {"a": Any}, "F", "type-widened"),
    Row("single value to array", {"a": int}, {"a": list[int]}, "BFP", "type-changed"),
    Row("null to string", {"a": None}, {"a": str}, "BFP", "type-changed"),
    # Enums and literals.
    Row("enum value added", {"a": Size}, {"a": MoreSizes}, "F", "value-added"),
    Row("enum value removed", {"a": MoreSizes}, {"a": Size}, "BP", "value-removed"),
    Row("enum to string", {"a": Size}, {"a": str}, "F", "type-widened"),
    Row("string to enum", {"a": str}, {"a": Size}, "BP", "type-narrowed"),
    Row("enum to the same literals", {"a": Size}, {"a": Literal["L", "S"]}, "", ""),
    Row(
        "another literal", {"a": Literal[1]}, {"a": Literal[2]}, "BFP", "value-removed value-added"
    ),
    Row("a literal null", {"a": Literal["x"]}, {"a": Literal["x"] | None}, "F", "type-widened"),
    # Numbers.
    Row("maximum lowered", {"a": _number(le=9)}, {"a": _number(le=5)}, "BP", "bounds-narrowed"),
    Row("maximum raised", {"a": _number(le=5)}, {"a": _number(le=9)}, "F", "bounds-widened"),
    Row("other range", {"a": _number(ge=1)}, {"a": _number(le=1)}, "BFP", "bounds-changed"),
    Row("the same bound, written differently", {"a": _number(gt=0)}, {"a": _number(ge=1)}, "", ""),
    Row(
        "a bound is excluded",
        {"a": Annotated[float, Field(ge=0)]},
        {"a": Annotated[float, Field(gt=0)]},
        "BP",
        "bounds-narrowed",
    ),
    Row("only multiples", {"a": int}, {"a": _number(multiple_of=5)}, "BP", "bounds-narrowed"),
    Row(
        "finer multiples",
        {"a": _number(multiple_of=10)},
        {"a": _number(multiple_of=5)},
        "F",
        "bounds-widened",
    ),
    # Texts.
    Row("shorter", {"a": _text(max_length=9)}, {"a": Text}, "F", "bounds-widened"),
    Row("not empty", {"a": str}, {"a": _text(min_length=1)}, "BP", "bounds-narrowed"),
    Row("pattern added", {"a": str}, {"a": _NAMES}, "BP", "pattern-narrowed"),
    Row("pattern dropped", {"a": _NAMES}, {"a": str}, "F", "pattern-widened"),
    Row(
        "pattern widened",
        {"a": _text(pattern="^[A-Z]{2}$")},
        {"a": _text(pattern="^[A-Z]{2,3}$")},
        "F",
        "pattern-widened",
    ),
    Row(
        "the same pattern, written differently",
        {"a": _text(pattern="^[0-9]+$")},
        {"a": _text(pattern="^[0-9][0-9]*$")},
        "",
        "",
    ),
    Row(
        "another pattern",
        {"a": _text(pattern="^a")},
        {"a": _text(pattern="^b")},
        "BFP",
        "pattern-changed",
    ),
    Row(
        "pattern with the length",
        {"a": _text(pattern="^.{3}$")},
        {"a": Text},
        "F",
        "pattern-widened",
    ),
    Row("format added", {"a": str}, {"a": UUID}, "BP", "format-narrowed"),
    Row("format dropped", {"a": datetime}, {"a": str}, "F", "format-widened"),
    Row("another format", {"a": datetime}, {"a": date}, "BFP", "format-changed"),
    Row("string to decimal", {"a": str}, {"a": Decimal}, "BP", "pattern-narrowed"),
    # Lists and maps.
    Row(
        "array may be empty",
        {"a": Annotated[list[int], Field(min_length=1)]},
        {"a": list[int]},
        "F",
        "bounds-widened",
    ),
    Row("array with unique elements", {"a": list[int]}, {"a": set[int]}, "BP", "bounds-narrowed"),
    Row("elements change", {"a": list[int]}, {"a": list[str]}, "BFP", "type-changed"),
    Row("elements may be null", {"a": list[int]}, {"a": list[int | None]}, "F", "type-widened"),
    Row("tuple to array", {"a": tuple[int, int]}, {"a": list[int]}, "F", "bounds-widened"),
    Row("longer tuple", {"a": tuple[int]}, {"a": tuple[int, str]}, "BFP", "bounds-changed"),
    Row("map's values change", {"a": dict[str, int]}, {"a": dict[str, str]}, "BFP", "type-changed"),
    Row("map to object", {"a": dict[str, str]}, {"a": Place}, "BP", "field-required"),
    Row("object to map", {"a": Place}, {"a": dict[str, str]}, "F", "field-optional"),
    Row(
        "map's names restricted",
        {"a": dict[str, int]},
        {"a": dict[_NAMES, int]},
        "BP",
        "names-narrowed",
    ),
    Row(
        "map not empty",
        {"a": dict[str, int]},
        {"a": Annotated[dict[str, int], Field(min_length=1)]},
        "BP",
        "bounds-narrowed",
    ),
    Row(
        "map may be larger",
        {"a": Annotated[dict[str, int], Field(max_length=2)]},
        {"a": Annotated[dict[str, int], Field(max_length=3)]},
        "F",
        "bounds-widened",
    ),
    # Nested and shared.
    Row("nested optional field", {"a": Place}, {"a": PlaceInCountry}, "", "optional-field-added"),
    Row("nested required field", {"a": Place}, {"a": NamedPlace}, "BP", "required-field-added"),
    Row(
        "shared required field",
        {"a": Place, "b": list[Place]},
        {"a": NamedPlace, "b": list[NamedPlace]},
        "BP",
        "required-field-added",
    ),
    Row("definition renamed", {"a": Place}, {"a": Spot}, "", ""),
    Row("value may be null", {"a": Place}, {"a": Place | None}, "F", "type-widened"),
    # Unions of records.
    Row("member added", {"a": _PAID}, {"a": _PAID_MORE}, "F", "member-added"),
    Row("member removed", {"a": _PAID_MORE}, {"a": _PAID}, "BP", "member-removed"),
    Row("one to a union", {"a": Card}, {"a": _PAID}, "F", "member-added"),
    Row("member loosened", {"a": _PAID}, {"a": _PAID_LOOSELY}, "F", "field-optional"),
    Row("union without a tag", {"a": Card | Invoice}, {"a": Card}, "BP", "member-removed"),
    Row("discriminator dropped", {"a": _PAID}, {"a": Card | Invoice}, "", ""),
)
