"""A condition is judged against its contract before anything is written."""

from pathlib import PurePosixPath
from typing import Any

import pytest

from tests import settings
from tests.unit.contracts.generated import generated
from trunklab.contracts.contract import Contract
from trunklab.contracts.json_schema import json_schema
from trunklab.patterns.pattern import Pattern
from trunklab.rules.verdict import Kind
from trunklab.scaffold.errors import ScaffoldError, WhereError
from trunklab.scaffold.subscription import Subscription, of_description
from trunklab.schema_solver.schema_paths import reached
from trunklab.schema_solver.schema_reader import node
from trunklab.schema_solver.shape import ConstantShape, NumberShape, TextShape

DATA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "van_id": {"type": "string", "pattern": "^van-[0-9]+$"},
        "size": {"enum": ["small", "large"]},
        "spaces": {"type": "integer", "minimum": 1, "maximum": 9},
        "load": {"type": "number", "exclusiveMaximum": 100, "multipleOf": 5},
        "note": {"anyOf": [{"type": "string", "maxLength": 5}, {"type": "null"}]},
        "parts": {
            "type": "array",
            "items": {"type": "object", "properties": {"weights": {"items": {"type": "number"}}}},
        },
    },
    "required": ["van_id", "size", "spaces", "load"],
    "examples": [{"van_id": "van-7", "size": "small", "spaces": 2, "load": 10}],
}
TEXT_CHARACTERS_MAX = 100
"""Characters of a value, so that its expression is not too long with escapes."""

HEADS = {"x-source": "fleet.vans", "x-detail-type": "VanParked", "x-subject": "van_id"}
VAN = Contract(PurePosixPath("schemas/vans/VanParked.schema.json"), {**HEADS, **DATA})


@pytest.mark.parametrize(
    "where",
    [
        "size == 'large'",
        "spaces >= 5 and spaces < 7",
        "load in [15, 25]",
        "note exists",
        "note not exists",
        "note == null",
        "parts.weights > 2.5",
        "size == 'large' or note == 'now'",
        "(size == 'small' or spaces == 9) and van_id starts-with 'van-4'",
    ],
)
def test_a_condition_has_events_on_both_sides(where: str) -> None:
    """Both are valid events of the contract; the pattern matches one of them."""
    subscription = Subscription(VAN, where)

    judged = subscription.judged()

    pattern = Pattern.parse(subscription.pattern)
    assert judged.kind is Kind.SOMETIMES
    assert pattern.matches(judged.matching)
    assert not pattern.matches(judged.other)
    assert of_description(VAN, subscription.description) == subscription


@pytest.mark.parametrize(
    ("where", "problem"),
    [
        ("spacs > 1", "no field spacs: name a field that is there: spaces, parts."),
        ("parts.weigths > 1", "no field parts.weigths: name a field that is there: weights."),
        ("colour == 'red'", "no field colour: name a field that is there: load, note"),
        ("parts exists", "is an object: name one of its fields: weights."),
        ("size == 'larg'", 'the nearest that can match is size == "large".'),
        ("size in ['smal', 'large']", 'the nearest that can match is size in ["small"].'),
        ("size starts-with 'x'", 'the nearest that can match is size starts-with "'),
        ("spaces > 9", "the nearest that can match is spaces > 8."),
        ("spaces >= 12", "the nearest that can match is spaces >= 9."),
        ("spaces < 1", "the nearest that can match is spaces < 2."),
        ("spaces == 0", "the nearest that can match is spaces == 1."),
        ("load >= 100", "the nearest that can match is load >= 95."),
        ("load == 7", "the nearest that can match is load == "),
        ("van_id == 'bus-1'", 'the nearest that can match is van_id == "van-7".'),
        ("spaces == '5'", "is integer"),
        ("size > 5", "is string"),
        ("note == 'longer than five'", "at most 5 characters"),
        ("size not exists", "required, so always there"),
        ("size exists", "every event matches"),
        ("spaces >= 1", "every event matches"),
        ("size == 'small' and spaces == 77", "the nearest that can match is spaces == 9."),
    ],
)
def test_a_condition_that_cannot_work_is_refused(where: str, problem: str) -> None:
    """With the nearest field or value."""
    with pytest.raises(WhereError) as raised:
        Subscription(VAN, where).judged()

    assert problem in str(raised.value)


def test_an_event_past_its_sunset_is_refused() -> None:
    """`rules lint` would refuse its rule."""
    past = {"x-deprecated-since": "2020-01-01", "x-sunset": "2021-01-01"}

    with pytest.raises(ScaffoldError, match="since its sunset on 2021-01-01: use the next major"):
        Subscription(Contract(VAN.path, {**VAN.document, **past})).judged()


@pytest.mark.parametrize("seed", settings.seeds(30, 600))
def test_the_value_of_an_example_is_a_condition_of_any_contract(seed: int) -> None:
    """Enums, unions, nested arrays and optional fields: an event that has it is found."""
    schema = json_schema(generated(seed))
    contract = Contract(PurePosixPath("schemas/things/ThingMade.schema.json"), schema)

    for name, value in sorted(contract.examples[0].items()):
        shapes = reached(node(contract.event_schema), ("detail", "data", name)).shapes
        is_leaf = all(isinstance(s, ConstantShape | NumberShape | TextShape) for s in shapes)
        if not is_leaf or isinstance(value, bool) or not isinstance(value, str | int):
            continue
        if len(str(value)) > TEXT_CHARACTERS_MAX:
            continue
        subscription = Subscription(contract, f"{name} in [{_literal(value)}]")
        try:
            judged = subscription.judged()
        except WhereError as error:
            assert "every event matches" in str(error)  # noqa: PT017 - a constant
            continue
        assert Pattern.parse(subscription.pattern).matches(judged.matching)


def _literal(value: str | int) -> str:
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return str(value)
