"""A contract whose model accepts other values than its exported schema is refused."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal, NamedTuple
from uuid import UUID

import pytest
from pydantic import (
    AfterValidator,
    AnyUrl,
    AwareDatetime,
    BeforeValidator,
    Field,
    JsonValue,
    PlainSerializer,
    StrictInt,
    StringConstraints,
    WithJsonSchema,
    WrapValidator,
    create_model,
)

from schemas.event import PERSONAL, Event
from schemas.formats import Date, DateTime, Uuid
from tests.unit.contracts.parts import (
    AfterInit,
    Capitals,
    Card,
    ChangedBefore,
    Colour,
    Computed,
    Even,
    ExtraSchema,
    FieldChecked,
    FieldSerialized,
    Forgiving,
    Invoice,
    Level,
    Listed,
    Mixed,
    NotAValue,
    OwnInit,
    OwnSchema,
    Ratio,
    Serialized,
    Stripped,
    Tree,
    Voucher,
    WholeChecked,
)
from tests.unit.contracts.rentals import Money
from trunklab.contracts.describable import check_described
from trunklab.contracts.errors import CatalogError, NotDescribedError
from trunklab.contracts.json_schema import json_schema


def contract(of: Any) -> type[Event]:
    """A contract whose field `part` has this type, or this pair of type and default."""
    keywords: dict[str, Any] = {
        "source": "fleet.vans",
        "owner": "team-fleet",
        "subject": "van_id",
        "examples": ({"van_id": "v-1"},),
    }
    body: dict[str, Any] = {
        "van_id": (str, ...),
        "part": of if isinstance(of, tuple) else (of, ...),
    }
    return create_model("VanParked", __base__=Event, __cls_kwargs__=keywords, **body)


IN_CODE = "has a validator in code"
ALIAS = "has an alias"
PATTERN = "has a pattern that validators read differently"


def text(pattern: str) -> Any:
    """A string with a pattern."""
    return Annotated[str, Field(pattern=pattern)]


class Pair(NamedTuple):
    """A tuple with names, which Pydantic describes as an array."""

    left: int
    right: int


REFUSED: tuple[tuple[Any, str, str], ...] = (
    (FieldChecked, "part.size", IN_CODE),
    (list[FieldChecked], "part[].size", IN_CODE),
    (tuple[FieldChecked, ...], "part[].size", IN_CODE),
    (dict[str, FieldChecked], "part.*.size", IN_CODE),
    (FieldChecked | None, "part.size", IN_CODE),
    (FieldChecked | int, "part.size", IN_CODE),
    (Annotated[FieldChecked, PERSONAL], "part.size", IN_CODE),
    (WholeChecked, "part", IN_CODE),
    (ChangedBefore, "part", IN_CODE),
    (Annotated[int, AfterValidator(abs)], "part", IN_CODE),
    (Annotated[int, BeforeValidator(int)], "part", IN_CODE),
    (Annotated[int, WrapValidator(lambda value, _handler: value)], "part", IN_CODE),
    (Even, "part", IN_CODE),
    (AnyUrl, "part", IN_CODE),
    (Forgiving, "part", "_missing_"),
    (Computed, "part", "computed field"),
    (Serialized, "part", "serialized in code"),
    (FieldSerialized, "part.size", "serialized in code"),
    (Annotated[int, PlainSerializer(str)], "part", "serialized in code"),
    (AfterInit, "part", "model_post_init"),
    (OwnInit, "part", "__init__"),
    (OwnSchema, "part", "JSON Schema in code"),
    (Annotated[int, WithJsonSchema({"type": "string"})], "part", "JSON Schema in code"),
    (Annotated[int, Field(json_schema_extra={"maximum": 1})], "part", "adds maximum"),
    (Annotated[int, Field(json_schema_extra=lambda _schema: None)], "part", "json_schema_extra"),
    (Annotated[int, Field(alias="size")], "part", ALIAS),
    (Annotated[int, Field(validation_alias="size")], "part", ALIAS),
    (Annotated[int, Field(serialization_alias="size")], "part", ALIAS),
    (Capitals, "part", "alias_generator"),
    (Annotated[int, Field(exclude=True)], "part", "never sent"),
    ((list[int], Field(default_factory=list)), "part", "default made in code"),
    (Stripped, "part", "str_strip_whitespace"),
    (ExtraSchema, "part", "json_schema_extra"),
    (NotAValue, "part", "configured differently"),
    (Listed, "part", "root_model"),
    (Annotated[str, StringConstraints(to_lower=True)], "part", "to_lower"),
    (Annotated[Card | Invoice, Field(discriminator="kind")], "part", "default in Invoice"),
    (Annotated[Card | Voucher, Field(discriminator="kind")], "part", IN_CODE),
    (Mixed, "part", "Enum of another type"),
    (Ratio, "part", "Enum of another type"),
    (Literal[1], "part", "Literal of another type"),
    (Literal[True], "part", "Literal of another type"),
    (dict[int, str], "part", "keys"),
    (dict[Annotated[str, Field(min_length=1)], str], "part", "keys"),
    (date, "part", "schemas.formats.Date"),
    (datetime, "part", "schemas.formats.DateTime"),
    (AwareDatetime, "part", "schemas.formats.DateTime"),
    (UUID, "part", "schemas.formats.Uuid"),
    (set[str], "part", "drops duplicates"),
    (frozenset[str], "part", "drops duplicates"),
    (bytes, "part", "the type bytes"),
    (Decimal, "part", "the type decimal"),
    (time, "part", "the type time"),
    (timedelta, "part", "the type timedelta"),
    (Annotated[float, Field(multiple_of=0.1)], "part", "multiple_of on a float"),
    (Annotated[float, Field(le=2.0**53)], "part", "float bound"),
    (text(r"^\d+$"), "part", r"[0-9] instead of \d"),
    (text(r"^[^\d]+$"), "part", r"[0-9] instead of \d"),
    (text(r"^\W$"), "part", r"instead of \w"),
    (text(r"^[^@\s]+$"), "part", r"instead of \s"),
    (text("^.$"), "part", r"[^\n] instead of ."),
    (text(r"\bx"), "part", PATTERN),
    (text(r"\p{L}"), "part", PATTERN),
    (text("(?i)x"), "part", PATTERN),
    (text("[[:alpha:]]"), "part", PATTERN),
    (text(r"\x{61}"), "part", "write the character"),
    (text(r"[a-\u{7a}]"), "part", "write the character"),
    (Pair, "part", ""),
    (text("[a-z&&[^b]]"), "part", PATTERN),
)

DESCRIBED: tuple[Any, ...] = (
    *(int, float, bool, str, Any, JsonValue, list[int], dict[str, int], tuple[bool, ...], Tree),
    *(Date, DateTime, Uuid, Level, Colour, Money, StrictInt, int | str, Card | None),
    *(Literal["a"], Literal["a"] | None, Annotated[int, Field(strict=True)]),
    Annotated[int, Field(ge=0, lt=9, multiple_of=3, title="t", examples=[3])],
    Annotated[int, Field(json_schema_extra={"x-unit": "cents"}, deprecated=True)],
    Annotated[str, Field(min_length=1, max_length=2, pattern=r"^[.\\d]\.[^\n]{1,3}(?:a|b)+$")],
    *((list[int], []), (int | None, None), (Date, date(2027, 1, 31)), (Level, Level.LOW)),
)


def ids(table: tuple[Any, ...]) -> Iterator[str]:
    """Short ids for types."""
    return (f"{at}-{getattr(of, '__name__', 'annotated')}" for at, of in enumerate(table))


@pytest.mark.parametrize(
    ("of", "field", "problem"), REFUSED, ids=[*ids(tuple(row[0] for row in REFUSED))]
)
def test_what_the_schema_cannot_describe_is_refused(of: Any, field: str, problem: str) -> None:
    """The message names the class and the path of the field."""
    with pytest.raises(NotDescribedError) as caught:
        json_schema(contract(of))

    assert str(caught.value).startswith(f"contract VanParked: {field} ")
    assert problem in str(caught.value)


@pytest.mark.parametrize("of", DESCRIBED, ids=[*ids(DESCRIBED)])
def test_what_the_schema_describes_is_accepted(of: Any) -> None:
    """Data is validated strictly in any case, so a strict field is described too."""
    check_described(contract(of))


def test_every_fault_is_reported_at_once() -> None:
    """One line for each field."""

    class Packed(
        Event,
        source="fleet.vans",
        owner="team-fleet",
        subject="van_id",
        examples=({},),
    ):
        van_id: str
        packed_on: date
        size: Annotated[int, Field(alias="s")]
        parts: tuple[FieldChecked, ...]

    with pytest.raises(NotDescribedError) as caught:
        check_described(Packed)

    assert [path for path, _, _ in caught.value.faults] == ["packed_on", "size", "parts[].size"]
    assert len(str(caught.value).splitlines()) == 3


def test_a_contract_with_its_own_way_to_send_is_refused() -> None:
    """The export cannot see what the method does."""

    class Packed(
        Event,
        source="fleet.vans",
        owner="team-fleet",
        subject="van_id",
        examples=({},),
    ):
        van_id: str
        secret: ClassVar[str] = ""

        def to_data(self) -> dict[str, JsonValue]:
            return {}

    with pytest.raises(NotDescribedError, match="the event overrides to_data"):
        check_described(Packed)


@pytest.mark.parametrize(
    ("of", "says"),
    [
        ((int, None), r"VanParked\.part is invalid: null is not of type"),
        ((Annotated[int, Field(le=5)], 6), r"VanParked\.part is invalid: 6 is greater"),
        ((tuple[int, ...], ("a",)), r"VanParked\.part/0 is invalid"),
        ((Any, object()), "non-serializable-default"),
    ],
)
@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings:UserWarning")
def test_a_default_that_could_not_be_sent_is_refused(of: Any, says: str) -> None:
    """A producer that leaves the field out would send it."""
    with pytest.raises(CatalogError, match=says):
        json_schema(contract(of))
