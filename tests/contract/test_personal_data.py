"""What says something about a person is marked, nothing else is."""

from typing import Any

from schemas import CONTRACTS
from schemas.orders import OrderPlaced
from trunklab.contracts.json_schema import json_schema

PERSONAL = {
    "Customer.name",
    "Customer.email",
    "Customer.address",
    "Address.street",
    "Address.postcode",
    "Address.city",
    "Payment.card_token",
}


def marked(schema: dict[str, Any]) -> set[str]:
    """Return `<definition>.<field>` of every marked field."""
    definitions = {"": schema} | schema.get("$defs", {})
    return {
        f"{name}.{field}"
        for name, definition in definitions.items()
        for field, described in definition.get("properties", {}).items()
        if described.get("x-personal-data")
    }


def test_the_personal_data_of_an_order_is_marked() -> None:
    """Name, address, e-mail and card token are masked wherever events are shown."""
    assert marked(json_schema(OrderPlaced)) == PERSONAL


def test_no_other_event_carries_personal_data() -> None:
    """Consumers that need it read the order."""
    others = [contract for contract in CONTRACTS if contract is not OrderPlaced]

    assert all(not marked(json_schema(contract)) for contract in others)
