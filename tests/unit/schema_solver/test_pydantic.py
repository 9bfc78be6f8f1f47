"""What Pydantic itself writes of a model with everything in it is read, and its values agree."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, IntEnum
from ipaddress import IPv4Address, IPv6Address
from random import Random
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from pydantic import AnyUrl, BaseModel, Field, JsonValue, TypeAdapter

from tests.settings import seed
from trunklab.schema_solver.random_values import some_value
from trunklab.schema_solver.schema_reader import node
from trunklab.schema_solver.validate import node_accepts, validator


class Level(IntEnum):
    """A few numbers."""

    LOW = 1
    HIGH = 2


class Colour(Enum):
    """Of several types."""

    RED = "red"
    NONE = None
    SEVEN = 7


class Cat(BaseModel):
    """One of two pets."""

    kind: Literal["cat"] = "cat"
    lives: Annotated[int, Field(ge=1, le=9)] = 9


class Dog(BaseModel):
    """The other one."""

    kind: Literal["dog"] = "dog"
    tricks: list[str] = []


class Tree(BaseModel):
    """Holds itself."""

    value: int
    left: "Tree | None" = None
    more: dict[str, "Tree"] = {}


Code = Annotated[str, Field(pattern=r"^[A-Z]{2}\d+$", max_length=6)]
Percent = Annotated[float, Field(gt=0, lt=100, multiple_of=0.5)]

TYPES: tuple[Any, ...] = (
    *(str, int, float, bool, None, Any, bytes, date, datetime, time, timedelta, UUID, AnyUrl),
    *(IPv4Address, IPv6Address, Level, Colour, Code, Percent, Tree, JsonValue, dict, list),
    Literal["a", 1, True] | None,
    Annotated[Cat | Dog, Field(discriminator="kind")],
    Cat | Dog | None,
    list[Annotated[Cat | Dog, Field(discriminator="kind")]],
    dict[Code, Percent],
    dict[Literal["a", "b"], int],
    dict[str, list[int | None]],
    tuple[int, Code],
    tuple[int, ...],
    set[Level],
    frozenset[bool],
    Annotated[list[int], Field(min_length=2, max_length=3)],
    Annotated[dict[str, int], Field(min_length=1)],
    Annotated[Decimal, Field(ge=0)],
)


@pytest.mark.parametrize("kind", TYPES, ids=str)
@pytest.mark.parametrize("mode", ["serialization", "validation"])
def test_values_of_what_pydantic_writes_are_valid(
    kind: Any, mode: Literal["serialization", "validation"]
) -> None:
    """For each type: made values are valid, and the shapes know them."""
    schema = TypeAdapter(kind).json_schema(mode=mode)
    root, judge, random = node(schema), validator(schema), Random(seed())  # noqa: S311 - examples

    for _ in range(10):
        value = some_value(root, random)

        assert judge.is_valid(value)
        assert node_accepts(root, value)


def test_pydantic_takes_what_is_made_of_its_schema() -> None:
    """Of a date and a moment too, whose formats are narrower than Pydantic's own parsers."""
    adapter = TypeAdapter(dict[str, datetime | Tree])

    made = some_value(node(adapter.json_schema()), Random(seed()))  # noqa: S311 - examples
    adapter.validate_python(made)

    assert adapter.validate_python({"at": "2026-01-14T09:30:00Z"}) == {
        "at": datetime(2026, 1, 14, 9, 30, tzinfo=UTC)
    }
