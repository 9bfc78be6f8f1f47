"""The committed JSON Schema describes what the model sends and takes."""

import copy
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
from pydantic import ValidationError

from schemas.event import Event

OTHER_VALUES: tuple[Any, ...] = (
    *(None, True, 0, 1, -1, 1.5, 10**13, 2**63, "", " ", "x", "EUR", "a@b", "a@b c", "x" * 300),
    *([], [1], {}, {"x": 1}),
)
"""What a field is replaced by: wrong types, empty, too long, right type with a wrong value."""


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of every value inside the data."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in items:
        yield (*path, key)
        if isinstance(inner, (dict, list)):
            yield from places(inner, (*path, key))


def variants(data: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the data with one value left out, replaced, or one added."""
    for path in places(data):
        for replaced in (*OTHER_VALUES, ...):
            variant = copy.deepcopy(data)
            holder: Any = variant
            for step in path[:-1]:
                holder = holder[step]
            if replaced is ...:
                del holder[path[-1]]
            else:
                holder[path[-1]] = replaced
            yield variant
    yield data | {"added_later": 1}


def takes(contract: type[Event], data: dict[str, Any]) -> bool:
    """Whether the model reads the data."""
    try:
        contract.from_data(data)
    except ValidationError:
        return False
    return True


def test_the_schema_is_valid(json_schema: dict[str, Any]) -> None:
    """It is JSON Schema 2020-12."""
    assert jsonschema_rs.meta.is_valid(json_schema)
    assert json_schema["$schema"].endswith("/draft/2020-12/schema")


def test_every_example_is_valid(contract: type[Event], json_schema: dict[str, Any]) -> None:
    """What is sent is what the normative file says, and the file shows the same examples."""
    validator = jsonschema_rs.Draft202012Validator(json_schema)
    sent = [example.to_data() for example in contract.examples()]

    assert all(validator.is_valid(data) for data in sent)
    assert json_schema["examples"] == sent


def test_model_and_schema_accept_the_same_data(
    contract: type[Event], json_schema: dict[str, Any]
) -> None:
    """Each example with every field left out or replaced is good or bad for both."""
    validator = jsonschema_rs.Draft202012Validator(json_schema)

    for example in contract.examples():
        for data in variants(example.to_data()):
            assert takes(contract, data) == validator.is_valid(data), data
