"""Two contracts of a shop, as they would be committed."""

from pathlib import PurePosixPath
from typing import Any

from trunklab.contracts.contract import Contract

MONEY = {
    "type": "object",
    "properties": {
        "amount": {"type": "integer", "minimum": 0, "maximum": 1000},
        "currency": {"enum": ["EUR", "USD"], "type": "string"},
    },
    "required": ["amount", "currency"],
}
PLACED: dict[str, Any] = {
    "x-source": "shop.orders",
    "x-detail-type": "OrderPlaced",
    "x-subject": "id",
    "type": "object",
    "properties": {
        "id": {"type": "string", "pattern": "^[a-z0-9-]+$", "minLength": 1, "maxLength": 12},
        "total": {"$ref": "#/$defs/Money"},
        "lines": {
            "type": "array",
            "minItems": 1,
            "maxItems": 5,
            "items": {
                "type": "object",
                "properties": {"sku": {"type": "string"}, "count": {"type": "integer"}},
                "required": ["sku", "count"],
            },
        },
        "day": {"type": "string", "format": "date"},
        "paid": {"type": "boolean"},
        "nothing": {"type": "array", "items": {"type": "string"}, "maxItems": 0},
        "pair": {
            "type": "array",
            "prefixItems": [
                {"type": "object", "properties": {"a": {"const": 1}, "b": {"enum": [2, 3]}}},
                {"type": "object", "properties": {"a": {"const": 2}, "b": {"const": 2}}},
            ],
            "minItems": 2,
            "maxItems": 2,
        },
    },
    "required": ["id", "total", "lines", "day"],
    "$defs": {"Money": MONEY},
    "examples": [
        {
            "id": "o-1",
            "total": {"amount": 10, "currency": "EUR"},
            "lines": [{"sku": "LAMP", "count": 1}],
            "day": "2026-01-14",
        }
    ],
}
DECLINED: dict[str, Any] = {
    "x-source": "shop.payments",
    "x-detail-type": "PaymentDeclined",
    "x-subject": "id",
    "type": "object",
    "properties": {"id": {"type": "string"}, "reason": {"enum": ["limit", "fraud"]}},
    "required": ["id", "reason"],
    "examples": [{"id": "p-1", "reason": "limit"}],
}


def contract(document: dict[str, Any], **changes: Any) -> Contract:
    """A contract made of a document, with other keywords."""
    return Contract(PurePosixPath("schemas/shop.schema.json"), document | changes)


CONTRACTS = (contract(PLACED), contract(DECLINED))
