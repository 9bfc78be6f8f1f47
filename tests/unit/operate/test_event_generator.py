"""Generated events: valid, repeatable, and as the request wants them."""

import json
from pathlib import PurePosixPath
from random import Random
from typing import Any, Final

import pytest

from tests.unit.rules.small import a_contract
from trunklab import settings
from trunklab.contracts.contract import Contract
from trunklab.contracts.contract_files import contracts_in
from trunklab.contracts.event_schema import example_event
from trunklab.operate.event_generator import NoEventError, Request, data_node, generate
from trunklab.operate.event_sender import envelope
from trunklab.operate.field_assignments import parse_assignments
from trunklab.patterns.pattern import Pattern
from trunklab.rules.event_search import prepared
from trunkline.emitted import holds_unsendable
from trunkline.envelope import Envelope

HEALTHY: Final = settings.REPOSITORY / "tests/cases/healthy"
CONTRACTS: Final = {one.detail_type: one for one in contracts_in(HEALTHY)}
SETTLED: Final = CONTRACTS["PaymentSettled"]


def nested_contract(data: dict[str, Any], **schema: Any) -> Contract:
    """Returns a contract whose data has nested arrays, a union, a map and an enum."""
    document = {
        "x-source": "fleet.vans",
        "x-detail-type": "VanLoaded",
        "x-subject": "id",
        "type": "object",
        "properties": {
            "id": {"type": "string", "pattern": "^van-[0-9]+$"},
            "stops": {"type": "array", "maxItems": 3, "items": {"$ref": "#/$defs/Stop"}},
            "load": {
                "oneOf": [
                    {
                        "type": "object",
                        "properties": {"kind": {"const": "boxes"}, "count": {"type": "integer"}},
                        "required": ["kind", "count"],
                    },
                    {
                        "type": "object",
                        "properties": {"kind": {"const": "none"}, "reason": {"type": "string"}},
                        "required": ["kind", "reason"],
                    },
                ]
            },
            "notes": {"type": "object", "additionalProperties": {"type": "string"}},
        },
        "required": ["id", "stops", "load"],
        "$defs": {
            "Times": {"type": "array", "items": {"type": "integer"}},
            "Stop": {
                "type": "object",
                "properties": {
                    "city": {"enum": ["Bern", "Basel"]},
                    "times": {
                        "type": "array",
                        "items": {"type": "array", "items": {"type": "integer"}},
                    },
                },
                "required": ["city"],
            },
        },
        "examples": [data] if data else [],
        **schema,
    }
    return Contract(PurePosixPath("VanLoaded.schema.json"), document)


EXAMPLE: Final = {
    "id": "van-1",
    "stops": [{"city": "Bern", "times": [[1]]}],
    "load": {"kind": "boxes", "count": 3},
}
NESTED: Final = nested_contract(EXAMPLE)


def made(contract: Contract, *texts: str, pattern: object = None, **options: Any) -> list[Any]:
    """Generates data; `texts` are assignments."""
    assignments = parse_assignments(texts, data_node(contract))
    patterns = (Pattern.parse(json.dumps(pattern)),) if pattern else ()
    count = options.pop("count", 1)
    seed = options.pop("seed", "1")
    return list(generate(Request(contract, assignments, patterns, **options), seed, count))


def is_valid(contract: Contract, data: dict[str, Any]) -> bool:
    """True if the contract accepts an event with the data."""
    return prepared(contract).judge.is_valid(example_event(contract.document, data))


@pytest.mark.parametrize("name", CONTRACTS)
@pytest.mark.parametrize("is_random", [False, True])
def test_events_are_valid_and_can_be_sent(name: str, is_random: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """Every contract, near its examples and drawn from all values."""
    contract = CONTRACTS[name]

    for data in made(contract, count=30, is_random=is_random):
        assert is_valid(contract, data)
        assert not holds_unsendable(data)


@pytest.mark.parametrize("seed", range(40))
def test_events_of_any_contract_are_valid(seed: int) -> None:
    """Generated contracts, with examples and without."""
    contract = a_contract(Random(seed))  # noqa: S311 - test data

    for is_random in (False, True):
        assert all(is_valid(contract, one) for one in made(contract, count=3, is_random=is_random))


def test_a_seed_gives_the_same_data_and_new_ids() -> None:
    """Consumers would skip events with known ids as duplicates."""
    first, second = (made(SETTLED, count=4, seed="a", is_random=True) for _ in range(2))
    ids = {envelope(SETTLED, data, "c").metadata.event_id for data in (*first, *second)}

    assert first == second != made(SETTLED, count=4, seed="b", is_random=True)
    assert len(ids) == 8


def test_a_longer_run_begins_like_a_shorter_one() -> None:
    """So that the event that failed can be generated alone with fewer others."""
    assert made(SETTLED, count=9)[:4] == made(SETTLED, count=4)


def test_examples_are_used_in_turn_with_a_new_subject_each() -> None:
    """Two events of one aggregate would be treated as a repetition."""
    one, two, three = made(SETTLED, count=3)

    assert (one["method"], two["method"], three["method"]) == ("card", "invoice", "card")
    assert len({data["order_id"] for data in (one, two, three)}) == 3


def test_the_envelope_passes_the_runtime_s_own_check() -> None:
    """A consumer parses it without a fault."""
    (data,) = made(SETTLED)
    event = envelope(SETTLED, data, "c-1")
    body = {"source": event.source, "detail-type": event.detail_type}

    parsed = Envelope.parse(body | {"detail": json.loads(event.detail())})

    assert (parsed.metadata.correlation_id, parsed.metadata.causation_id) == ("c-1", None)
    assert parsed.metadata.subject == data["order_id"]


@pytest.mark.parametrize(
    ("pattern", "path", "values"),
    [
        ({"paid": {"amount_minor": [{"numeric": [">", 99_999_000]}]}}, "paid", None),
        ({"method": ["invoice"]}, "method", {"invoice"}),
        ({"paid": {"currency": [{"anything-but": ["EUR", "CHF"]}]}}, "paid", None),
        ({"payment_id": [{"prefix": "pay-00"}]}, "payment_id", None),
    ],
)
@pytest.mark.parametrize("is_random", [False, True])
def test_every_event_matches_the_pattern(
    pattern: dict[str, Any],
    path: str,
    values: set[str] | None,
    is_random: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """The solver changes what it must, and nothing else."""
    whole = {"detail": {"data": pattern}}

    found = made(SETTLED, pattern=whole, count=6, is_random=is_random)

    matcher = Pattern.parse(json.dumps(whole))
    assert all(matcher.matches(example_event(SETTLED.document, one)) for one in found)
    assert values is None or {one[path] for one in found} == values


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [
        ("load.kind=none", ("load", "kind"), "none"),
        ("load.reason=empty", ("load", "reason"), "empty"),
        ("load.count=-4", ("load", "count"), -4),
        ("stops.2.city=Basel", ("stops", 2, "city"), "Basel"),
        ("stops.0.times.1.0=7", ("stops", 0, "times", 1, 0), 7),
        ("stops=[]", ("stops",), []),
        ('load={"kind": "none", "reason": "x"}', ("load", "kind"), "none"),
        ("notes.any=12", ("notes", "any"), "12"),
        ("id=van-77", ("id",), "van-77"),
    ],
)
@pytest.mark.parametrize("contract", [NESTED, nested_contract({})], ids=["example", "none"])
def test_an_assigned_field_has_its_value_in_a_valid_event(
    contract: Contract, text: str, path: tuple[str | int, ...], value: object
) -> None:
    """Nested arrays, both arms of a union, a map; with an example and without."""
    (data,) = made(contract, text)

    found: Any = data
    for step in path:
        found = found[step]
    assert found == value
    assert is_valid(contract, data)


@pytest.mark.parametrize(
    ("texts", "pattern", "words"),
    [
        ((), {"method": ["cash"]}, '"card", "invoice"|possible: card, invoice'),
        ((), {"paid": {"amount_minor": [{"numeric": ["<", 0]}]}}, "possible: at least 0"),
        ((), {"paid": {"amount_mino": [1]}}, "possible: amount_minor, currency"),
        (("paid.amount_minor=5",), {"paid": {"amount_minor": [6]}}, "paid.amount_minor=5 and"),
    ],
)
def test_a_request_that_no_event_fits_is_refused_with_the_reason(
    texts: tuple[str, ...], pattern: dict[str, Any], words: str
) -> None:
    """With the values or fields that are possible."""
    with pytest.raises(NoEventError) as raised:
        made(SETTLED, *texts, pattern={"detail": {"data": pattern}})

    assert any(part in str(raised.value) for part in words.split("|"))


@pytest.mark.parametrize(
    "pattern", [{"account": ["123456789012"]}, {"detail": {"metadata": {"producer": ["x"]}}}]
)
def test_a_pattern_on_what_cannot_be_chosen_is_refused(pattern: dict[str, Any]) -> None:
    """EventBridge and the command set these fields."""
    with pytest.raises(NoEventError, match=r"use clauses on detail\.data only"):
        made(SETTLED, pattern=pattern)


def test_assignments_that_exclude_each_other_are_refused() -> None:
    """An object with the fields of both arms is valid for none that are closed."""
    closed = nested_contract({}, properties={**NESTED.document["properties"]})
    for arm in closed.document["properties"]["load"]["oneOf"]:
        arm["additionalProperties"] = False

    with pytest.raises(NoEventError, match="change --set"):
        made(closed, "load.kind=none", "load.count=1")


def test_an_event_that_is_too_large_is_refused() -> None:
    """A producer could not commit it either."""
    large = nested_contract(EXAMPLE)
    (data,) = made(large, f"notes.text={'x' * 300_001}")

    with pytest.raises(NoEventError, match="the limit is 300000"):
        envelope(large, data, "c")


def test_a_contract_that_contradicts_itself_is_refused() -> None:
    """No value is valid for it."""
    broken = nested_contract({}, required=["id", "never"], properties={"id": {}, "never": False})

    with pytest.raises(NoEventError):
        made(broken)
