"""Each contract's model and its exported schema accept the same values."""

import json
from copy import deepcopy
from functools import cache
from pathlib import PurePosixPath
from random import Random
from typing import Any, Final

import pytest
from pydantic import ValidationError

from schemas import CONTRACTS
from schemas.event import Event
from tests.settings import examples, seed
from tests.unit.contracts.drawn_events import drawn
from tests.unit.contracts.generated import CONTRACTS_MADE, generated
from trunklab.contracts.compatibility.contract_changes import closed
from trunklab.contracts.contract_files import contract as contract_in
from trunklab.contracts.json_schema import json_schema
from trunklab.contracts.registry_document import openapi_document
from trunklab.schema_solver.random_values import some_value
from trunklab.schema_solver.schema_reader import node
from trunklab.schema_solver.shape import Node
from trunklab.schema_solver.validate import validator

FEW: Final = 20
MANY: Final = 1_000
NUMBER_EXACT_MAX: Final = 2**53
OTHER_VALUES: Final[tuple[Any, ...]] = (
    *(None, True, False, 0, 1, -1, 1.0, -0.0, 1.5, 1e300, 2**53 + 1, 2**63, 10**30),
    *("", " ", "x", "5", "5.0", "true", "yes", "null", "\u0663", "\ufeff", "a\n", "\U0001f600"),
    *("red", "card", "2027-01-31", "2027-02-30", "2027-01-31T00:00:00", "26/6-01-01", "0000-01-01"),
    *("2027-01-31T09:30:00Z", "2027-01-31 09:30:00Z", "2027-01-31t09:30:00z", "1767225600"),
    *("2027-01-31T09:30Z", "2027-01-31T23:59:60Z", "2027-01-31T09:30:00.1234567Z"),
    *("0190b6a0-0000-7000-8000-000000000001", "{0190b6a0-0000-7000-8000-000000000001}"),
    *("0190b6a0000070008000000000000001", "urn:uuid:0190b6a0-0000-7000-8000-000000000001"),
    *([], [1], [True], {}, {"x": 1}, {"1": 1}),
)
"""What a part of an event is replaced by: values that lax validation would convert."""

Place = tuple[Any, ...]


@cache
def made(at: int) -> type[Event]:
    """A generated contract; the seed of the run changes all of them."""
    return generated(seed() * CONTRACTS_MADE + at)


@pytest.fixture(
    params=[*CONTRACTS, *range(CONTRACTS_MADE)],
    ids=lambda given: str(getattr(given, "detail_type", given)),
)
def contract(request: pytest.FixtureRequest) -> type[Event]:
    """Every contract of the shop, and the generated ones."""
    given: type[Event] | int = request.param
    return made(given) if isinstance(given, int) else given


@pytest.fixture
def schema(contract: type[Event]) -> dict[str, Any]:
    """Its exported schema."""
    return json_schema(contract)


def seeds() -> range:
    """One for each value that is drawn."""
    first = seed() * MANY
    return range(first, first + examples(FEW, MANY))


def seeded(seed: int) -> Random:
    """Returns the randomness of one value."""
    return Random(seed)  # noqa: S311 - examples, no secrets


def value_of(place: Node, seed: int) -> Any:
    """A valid value, in which some integers are written as a float."""
    random = seeded(seed)
    return with_floats(some_value(place, random), random)


def with_floats(value: Any, random: Random) -> Any:
    """The same JSON value: 3 is 3.0."""
    if isinstance(value, dict):
        return {name: with_floats(member, random) for name, member in value.items()}
    if isinstance(value, list):
        return [with_floats(member, random) for member in value]
    is_exact = isinstance(value, int) and abs(value) <= NUMBER_EXACT_MAX
    if is_exact and not isinstance(value, bool) and random.random() < 0.5:
        return float(value)
    return value


def changed(value: Any, random: Random) -> Any:
    """The value with one part of it left out or replaced."""
    if isinstance(value, dict | list) and value and random.random() < 0.8:
        copy = deepcopy(value)
        key = random.choice(list(copy) if isinstance(copy, dict) else range(len(copy)))
        if random.random() < 0.15:
            del copy[key]
        else:
            copy[key] = changed(copy[key], random)
        return copy
    return random.choice(OTHER_VALUES)


def accepts(contract: type[Event], data: Any) -> bool:
    """True if the model reads the data."""
    try:
        contract.from_data(data)
    except ValidationError:
        return False
    return True


def test_the_model_reads_every_value_that_the_schema_allows(
    contract: type[Event], schema: dict[str, Any]
) -> None:
    """What is drawn from the schema is read, and sent again as the schema allows."""
    place, sendable = node(schema), validator(closed(schema))

    for number in seeds():
        event = contract.from_data(value_of(place, number))

        assert sendable.is_valid(event.to_data()), number


def test_the_schema_allows_every_event_that_the_model_makes(
    contract: type[Event], schema: dict[str, Any]
) -> None:
    """What is drawn from the model is sent as the schema allows, and read back."""
    sendable = validator(closed(schema))

    for number in seeds():
        event = drawn(contract, seeded(number))
        data = event.to_data()

        assert sendable.is_valid(data), number
        assert contract.from_data(data) == event


def test_model_and_schema_refuse_the_same_values(
    contract: type[Event], schema: dict[str, Any]
) -> None:
    """A valid value with one wrong part is judged alike."""
    place, readable = node(schema), validator(schema)

    for number in seeds():
        random = seeded(number)
        data = changed({**value_of(place, number)}, random)
        if isinstance(data, dict):
            assert accepts(contract, data) == readable.is_valid(data), (number, data)


def test_the_generated_contracts_can_be_registered_and_read(schema: dict[str, Any]) -> None:
    """They are contracts like the shop's: registry and checks accept them."""
    document = openapi_document(schema)
    read = contract_in(PurePosixPath("schemas/orders/made.json"), json.dumps(schema).encode())

    assert "AWSEvent" in document["components"]["schemas"]
    assert read.document == schema


def test_the_generated_contracts_use_every_type() -> None:
    """No type of a contract is left untested."""
    used = set().union(
        *(types_in(made(at).__pydantic_core_schema__) for at in range(CONTRACTS_MADE))
    )

    assert used >= {
        *("int", "float", "str", "bool", "none", "literal", "enum", "any", "list", "tuple", "dict"),
        *("model", "nullable", "default", "union", "tagged-union", "definition-ref"),
        *("json-or-python", "function-plain"),
    }


def types_in(core: Any) -> set[str]:
    """The types of all nodes of a core schema."""
    if isinstance(core, list):
        return set().union(*map(types_in, core))
    if not isinstance(core, dict):
        return set()
    found = {core["type"]} if isinstance(core.get("type"), str) else set()
    return found.union(*map(types_in, core.values()))
