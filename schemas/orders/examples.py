"""Examples of the events of the orders service."""

from typing import Any, Final

ORDER_PLACED: Final[tuple[dict[str, Any], ...]] = (
    {
        "order_id": "7f3c2a1e-5b94-4d0e-9a53-2f6c8e1b7d40",
        "customer": {
            "id": "cust-1042",
            "name": "Ada Lindqvist",
            "email": "ada.lindqvist@example.com",
            "address": {
                "street": "Hafengasse 12",
                "postcode": "20457",
                "city": "Hamburg",
                "country": "DE",
            },
        },
        "lines": [
            {
                "sku": "LAMP-BRASS-01",
                "title": "Desk lamp, brass",
                "quantity": 1,
                "unit_price": {"amount_minor": 8900, "currency": "EUR"},
            },
            {
                "sku": "BULB-E27-4W",
                "title": "Bulb E27, 4 W, warm white",
                "quantity": 3,
                "unit_price": {"amount_minor": 650, "currency": "EUR"},
            },
        ],
        "total": {"amount_minor": 10850, "currency": "EUR"},
        "payment": {"method": "card", "card_token": "tok_4Zq8NwEr"},
    },
    {
        "order_id": "20260114-000317",
        "customer": {
            "id": "b2b.hotel-bernina",
            "name": "Hotel Bernina AG",
            "email": "einkauf@bernina.example",
            "address": {
                "street": "Bahnhofstrasse 3",
                "postcode": "7500",
                "city": "St. Moritz",
                "country": "CH",
            },
        },
        "lines": [
            {
                "sku": "TOWEL-L-WHITE",
                "title": "Bath towel, large, white",
                "quantity": 240,
                "unit_price": {"amount_minor": 1895, "currency": "CHF"},
            }
        ],
        "total": {"amount_minor": 454800, "currency": "CHF"},
        "payment": {"method": "invoice", "card_token": None},
    },
    {
        "order_id": "gift-0",
        "customer": {
            "id": "cust_77",
            "name": "Siân O'Connor",
            "email": "sian+shop@example.org",
            "address": {
                "street": "4 Quay Walk",
                "postcode": "CF10 4GA",
                "city": "Cardiff",
                "country": "GB",
            },
        },
        "lines": [
            {
                "sku": "CARD-GIFT",
                "title": "Greeting card (free of charge)",
                "quantity": 1,
                "unit_price": {"amount_minor": 0, "currency": "GBP"},
            }
        ],
        "total": {"amount_minor": 0, "currency": "GBP"},
        "payment": {"method": "card", "card_token": "tok_free"},
    },
)
