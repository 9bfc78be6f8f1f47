"""Order requests for the tests of the services."""

from copy import deepcopy
from typing import Any

LINE: dict[str, Any] = {
    "sku": "LAMP-01",
    "title": "Desk lamp",
    "quantity": 2,
    "unit_price": {"amount_minor": 1_250, "currency": "EUR"},
}

_ORDER: dict[str, Any] = {
    "customer": {
        "id": "cust-1",
        "name": "Ada Lindqvist",
        "email": "ada@example.com",
        "address": {
            "street": "Hafengasse 12",
            "postcode": "20457",
            "city": "Hamburg",
            "country": "DE",
        },
    },
    "lines": [LINE],
    "payment": {"method": "card", "card_token": "tok_ok"},
}

GONE: Any = object()
"""Removes a field."""


def an_order(path: str = "", value: Any = GONE) -> dict[str, Any]:
    """Returns a valid order, with the field at the dotted path changed or removed."""
    order = deepcopy(_ORDER)
    if not path:
        return order
    *parents, last = [int(part) if part.isdecimal() else part for part in path.split(".")]
    place: Any = order
    for part in parents:
        place = place[part]
    if value is GONE:
        del place[last]
    else:
        place[last] = value
    return order
