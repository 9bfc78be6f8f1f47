"""How the faults of a validation are told."""

from typing import Annotated, Any, Literal, Self

import pytest
from pydantic import BaseModel, Field, ValidationError, model_validator

from trunkline.faults import Fault, faults_in


class Line(BaseModel):
    """An element."""

    quantity: Annotated[int, Field(ge=1)]


class Basket(BaseModel):
    """Something with elements and a rule over all of them."""

    lines: Annotated[tuple[Line, ...], Field(min_length=2)]
    note: str = ""

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.note == "odd":
            raise ValueError("the whole is odd")
        return self


GOOD = {"quantity": 1}
POSITIVE = "Input should be greater than or equal to 1"

FAULTS: dict[str, tuple[Any, list[tuple[str, str]]]] = {
    "one element": (
        {"lines": [GOOD]},
        [("lines", "Tuple should have at least 2 items after validation, not 1")],
    ),
    "a faulty element": ({"lines": [{"quantity": 0}, GOOD]}, [("lines.0.quantity", POSITIVE)]),
    "nothing but faulty elements": (
        {"lines": [{"quantity": 0}, {"quantity": 0}]},
        [("lines.0.quantity", POSITIVE), ("lines.1.quantity", POSITIVE)],
    ),
    "the whole": ({"lines": [GOOD, GOOD], "note": "odd"}, [("", "the whole is odd")]),
    "no object": (
        [],
        [("", "Input should be a valid dictionary or instance of Basket")],
    ),
    "two fields": (
        {"note": 1},
        [("lines", "Field required"), ("note", "Input should be a valid string")],
    ),
}


@pytest.mark.parametrize(("data", "expected"), FAULTS.values(), ids=FAULTS.keys())
def test_every_fault_is_told_once_and_where_it_is(
    data: Any, expected: list[tuple[str, str]]
) -> None:
    """A faulty element does not make its list too short as well."""
    with pytest.raises(ValidationError) as caught:
        Basket.model_validate(data)

    assert faults_in(caught.value) == [Fault(*fault) for fault in expected]


class Card(BaseModel):
    """One way."""

    kind: Literal["card"]


class Invoice(BaseModel):
    """Another way."""

    kind: Literal["invoice"]


class Paid(BaseModel):
    """Something whose faults lie in what came, not in what a field is called."""

    way: Annotated[Card | Invoice, Field(discriminator="kind")]
    by_mail: dict[str, int] = Field(default_factory=dict)


@pytest.mark.parametrize(
    "data",
    [
        {"way": {"kind": "ada@example.com"}},
        {"way": {"kind": "card"}, "by_mail": {"ada@example.com": "x"}},
    ],
    ids=["a tag", "a key"],
)
def test_what_came_is_not_quoted_as_a_tag_or_a_key(data: Any) -> None:
    """Faults become log lines and attributes of dead letters."""
    with pytest.raises(ValidationError) as caught:
        Paid.model_validate(data)

    assert "ada" not in str(faults_in(caught.value))
