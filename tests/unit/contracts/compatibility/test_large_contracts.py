"""Contracts larger than anybody writes are compared soon, or said to be undecided."""

from contextlib import nullcontext
from typing import Any

import pytest

from tests.unit.contracts.compatibility.conftest import PACKED, Checkout
from trunklab.contracts.compatibility.string_and_number_inclusion import number_outside
from trunklab.schema_solver.errors import UndecidedError
from trunklab.schema_solver.shape import NumberShape


def with_place(schema: dict[str, Any]) -> dict[str, Any]:
    """The contract with another schema of its field `place`."""
    return PACKED | {"properties": PACKED["properties"] | {"place": schema}}


def test_a_shared_definition_is_compared_once(checkout: Checkout) -> None:
    """Definitions that use each other twice, thirty levels deep, are a moment's work."""
    levels = 30
    shared: dict[str, Any] = {
        f"D{n}": {
            "type": "object",
            "properties": {side: {"$ref": f"#/$defs/D{n + 1}"} for side in "ab"},
        }
        for n in range(levels)
    }
    last = f"D{levels}"
    contract = with_place({"$ref": "#/$defs/D0"})
    checkout.write(contract | {"$defs": {**shared, last: {"type": "string"}}})
    checkout.commit()
    checkout.write(contract | {"$defs": {**shared, last: {"type": "integer"}}})

    assert checkout.ids() == ["type-changed"]


def numbered(count: int) -> dict[str, Any]:
    """A union of so many records, each with a tag of its own."""
    members = [
        {"type": "object", "properties": {"k": {"const": n}, "x": {}}, "required": ["k"]}
        for n in range(count)
    ]
    return {"anyOf": members}


def nested(levels: int, of: str) -> dict[str, Any]:
    """Lists of lists of lists."""
    schema: dict[str, Any] = {"type": of}
    for _ in range(levels):
        schema = {"type": "array", "items": schema}
    return schema


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        pytest.param(
            {"enum": [f"v{n}" for n in range(5_000)]},
            {"enum": [f"v{n}" for n in range(5_001)]},
            ["value-added"],
            id="a long enum",
        ),
        pytest.param(numbered(100), numbered(101), ["member-added"], id="a wide union"),
        pytest.param(nested(95, "string"), nested(95, "integer"), ["type-changed"], id="deep"),
        pytest.param(
            {"type": "array", "maxItems": 10**9},
            {"type": "array", "maxItems": 10**9 + 1},
            ["bounds-widened"],
            id="a list that nobody can hold",
        ),
        pytest.param(
            {"type": "number", "maximum": 1e308},
            {"type": "number", "multipleOf": 1e-7},
            ["bounds-changed", "bounds-narrowed", "bounds-widened"],
            id="numbers beyond a double",
        ),
        pytest.param(
            {"type": "string", "pattern": "^(a|b)*a(a|b){18}$"},
            {"type": "string", "pattern": "^(b|a)*a(b|a){30}$"},
            ["pattern-changed"],
            id="patterns with very many states",
        ),
        pytest.param({}, {"items": {}}, [], id="anything"),
    ],
)
def test_large_contracts_end_soon(
    checkout: Checkout, old: dict[str, Any], new: dict[str, Any], found: list[str]
) -> None:
    """With a finding, not with a hang."""
    checkout.write(with_place(old))
    checkout.commit()
    checkout.write(with_place(new))

    assert set(checkout.ids()) <= set(found)
    assert bool(checkout.ids()) == bool(found)


@pytest.mark.parametrize(
    ("multiple", "others", "decided"),
    [(4, (2, 4), True), (300, (100,), True), (300, (100, 150), False), (15, (15.5, 1), True)],
)
def test_multiples_of_a_union_are_decided_while_they_are_small(
    multiple: float, others: tuple[float, ...], *, decided: bool
) -> None:
    """Few neighbours prove nothing where several large steps meet only far away."""
    union = [NumberShape("/old", multiple_of=one) for one in others]
    shape = NumberShape("/new", multiple_of=multiple)

    with nullcontext() if decided else pytest.raises(UndecidedError, match="multiples of a union"):
        assert number_outside(shape, union) is None
