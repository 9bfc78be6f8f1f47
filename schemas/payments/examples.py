"""Examples of the events of the payments service."""

from typing import Any, Final

PAYMENT_CAPTURED: Final[tuple[dict[str, Any], ...]] = (
    {
        "payment_id": "pay-5d2e8c1f",
        "order_id": "7f3c2a1e-5b94-4d0e-9a53-2f6c8e1b7d40",
        "customer_id": "cust-1042",
        "amount": {"amount_minor": 10850, "currency": "EUR"},
        "method": "card",
    },
    {
        "payment_id": "pay-91b07a44",
        "order_id": "20260114-000317",
        "customer_id": "b2b.hotel-bernina",
        "amount": {"amount_minor": 454800, "currency": "CHF"},
        "method": "invoice",
    },
)

PAYMENT_DECLINED: Final[tuple[dict[str, Any], ...]] = (
    {
        "payment_id": "pay-0c66d9ab",
        "order_id": "5a0b7d1c-93f2-4c6e-8e21-d1f4b8a90c37",
        "customer_id": "cust-2210",
        "amount": {"amount_minor": 129900, "currency": "USD"},
        "method": "card",
        "reason": "card_refused",
    },
    {
        "payment_id": "pay-77e1f203",
        "order_id": "20260114-000402",
        "customer_id": "cust-3008",
        "amount": {"amount_minor": 2500000, "currency": "EUR"},
        "method": "invoice",
        "reason": "limit_exceeded",
    },
    {
        "payment_id": "pay-e41d5520",
        "order_id": "c2f9e6b8-0d47-4a1b-b7a5-63e8901f2d5c",
        "customer_id": "cust-9999",
        "amount": {"amount_minor": 98700, "currency": "GBP"},
        "method": "card",
        "reason": "suspected_fraud",
    },
)
