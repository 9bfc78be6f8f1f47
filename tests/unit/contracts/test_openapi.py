"""The registry document has the form that EventBridge's own discovery writes."""

from typing import Any

import pytest

from trunklab.contracts.errors import CatalogError, NotExpressibleError, RegistryError
from trunklab.contracts.registry_document import openapi_document


def contract_schema(**more: Any) -> dict[str, Any]:
    """Return the JSON Schema of a small contract."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "fleet.vans@VanParked.v2",
        "x-source": "fleet.vans",
        "x-detail-type": "VanParked.v2",
        "type": "object",
        **more,
    }


def test_the_envelope_is_named_and_described_as_eventbridge_does() -> None:
    """Code bindings look for AWSEvent, its required keys and its two marks."""
    event = openapi_document(contract_schema())["components"]["schemas"]["AWSEvent"]

    assert event["x-amazon-events-source"] == "fleet.vans"
    assert event["x-amazon-events-detail-type"] == "VanParked.v2"
    assert set(event["required"]) == set(event["properties"])
    assert event["properties"]["detail"] == {"$ref": "#/components/schemas/VanParkedv2"}


def test_the_detail_holds_metadata_and_data() -> None:
    """Both are required, each is a schema of its own."""
    schemas = openapi_document(contract_schema())["components"]["schemas"]

    assert schemas["VanParkedv2"]["required"] == ["metadata", "data"]
    assert {"EventMetadata", "VanParkedv2Data"} <= schemas.keys()


@pytest.mark.parametrize("name", ["AWSEvent", "EventMetadata", "VanParked.v2", "VanParkedv2Data"])
def test_a_nested_class_cannot_take_a_name_of_the_document(name: str) -> None:
    """Two schemas under one name would lose one of them."""
    with pytest.raises(CatalogError, match="rename the class"):
        openapi_document(contract_schema(**{"$defs": {name: {}}}))


@pytest.mark.parametrize(
    ("more", "where"),
    [
        ({"properties": {"pair": {"prefixItems": []}}}, "VanParked.v2#/properties/pair"),
        ({"$defs": {"Pair": {"prefixItems": []}}}, "VanParked.v2#/$defs/Pair"),
    ],
)
def test_what_cannot_be_said_is_named_with_contract_and_place(
    more: dict[str, Any], where: str
) -> None:
    """The author sees which field of which contract it is."""
    with pytest.raises(NotExpressibleError) as caught:
        openapi_document(contract_schema(**more))

    assert caught.value.where == where


def test_a_document_that_is_not_valid_is_not_written() -> None:
    """The converted document is validated as a whole: this default breaks its own type."""
    broken = {"properties": {"count": {"type": "integer", "default": "many"}}}

    with pytest.raises(RegistryError, match="not valid OpenAPI"):
        openapi_document(contract_schema(**broken))
