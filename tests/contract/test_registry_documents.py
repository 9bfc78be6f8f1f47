"""The committed registry document says the same as the JSON Schema, about the whole event."""

import copy
from dataclasses import asdict
from typing import Any

import jsonschema_rs
import pytest
from openapi_schema_validator import OAS30Validator, oas30_format_checker
from openapi_spec_validator import OpenAPIV30SpecValidator

from schemas.event import Event
from trunkline.envelope import Envelope, Metadata
from trunkline.errors import InvalidEventError

METADATA = Metadata(
    event_id="0b9d1f7e-2c45-4a6b-8f3e-7d1c9a5e4b20",
    subject="o-1",
    occurred_at="2026-01-14T09:30:00.125Z",
    correlation_id="c-1",
    causation_id=None,
    traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    producer="orders",
)


def event_of(contract: type[Event], data: dict[str, Any]) -> dict[str, Any]:
    """Return the event as EventBridge delivers it."""
    return {
        "version": "0",
        "id": "7bf73129-1428-4cd3-a780-95db273d1602",
        "detail-type": contract.detail_type,
        "source": contract.source,
        "account": "123456789012",
        "time": "2026-01-14T09:30:00Z",
        "region": "eu-central-1",
        "resources": [],
        "detail": {"metadata": asdict(METADATA), "data": data},
    }


def validator_of(openapi: dict[str, Any]) -> OAS30Validator:
    """Return a validator of whole events with OpenAPI 3.0's meaning."""
    event = {"$ref": "#/components/schemas/AWSEvent"}
    document = {"allOf": [event], "components": openapi["components"]}
    return OAS30Validator(document, format_checker=oas30_format_checker)


def parses(event: dict[str, Any]) -> bool:
    """Whether the runtime takes the envelope."""
    try:
        Envelope.parse(event)
    except InvalidEventError:
        return False
    return True


def test_the_document_is_valid(openapi: dict[str, Any]) -> None:
    """It is OpenAPI 3.0."""
    assert openapi["openapi"] == "3.0.0"
    assert list(OpenAPIV30SpecValidator(openapi).iter_errors()) == []


def test_every_example_is_valid_inside_its_envelope(
    contract: type[Event], openapi: dict[str, Any]
) -> None:
    """The document describes the event as a consumer receives it."""
    validator = validator_of(openapi)

    for example in contract.examples():
        validator.validate(event_of(contract, example.to_data()))


@pytest.mark.parametrize("replaced", [None, True, 0, -1, 1.5, 10**13, "", "x", "x" * 300, [], {}])
def test_both_documents_accept_the_same_data(
    contract: type[Event],
    json_schema: dict[str, Any],
    openapi: dict[str, Any],
    replaced: Any,
) -> None:
    """With any field of the examples replaced: conversion changes words, not meaning."""
    before = jsonschema_rs.Draft202012Validator(json_schema)
    after = validator_of(openapi)

    for example in contract.examples():
        for data in _with_each_value(example.to_data(), replaced):
            assert after.is_valid(event_of(contract, data)) == before.is_valid(data), data


def _with_each_value(value: Any, replaced: Any) -> list[Any]:
    """Return copies of the value, in each of which one inner value is replaced."""
    copies = []
    items = list(value.items() if isinstance(value, dict) else enumerate(value))
    for key, inner in items:
        below = _with_each_value(inner, replaced) if isinstance(inner, (dict, list)) else []
        for changed in (replaced, *below):
            one = copy.copy(value)
            one[key] = changed
            copies.append(one)
    return copies


@pytest.mark.parametrize("name", list(asdict(METADATA)))
def test_document_and_runtime_agree_on_the_metadata(
    contract: type[Event], openapi: dict[str, Any], name: str
) -> None:
    """The registry promises no envelope that the runtime refuses, nor the other way round."""
    event = event_of(contract, contract.examples()[0].to_data())
    validator = validator_of(openapi)

    texts = [
        "",
        "x",
        "2026-01-14",
        "2026-01-14T09:30:00Z",
        *("x" * n for n in (128, 129, 512, 513)),
    ]
    for value in (None, 7, *texts):
        event["detail"]["metadata"][name] = value
        assert validator.is_valid(event) == parses(event), value


def test_the_document_names_every_metadata_field_of_the_runtime(openapi: dict[str, Any]) -> None:
    """In the order in which they are sent."""
    metadata = openapi["components"]["schemas"]["EventMetadata"]

    assert metadata["required"] == list(metadata["properties"]) == list(asdict(METADATA))
