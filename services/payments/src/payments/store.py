"""Storage of payments and customers' limits in the table."""

from typing import Any

from payments.domain import DEFAULT_LIMIT, Limit
from schemas.payments import PaymentCaptured, PaymentDeclined
from trunkline import UnitOfWork


def limit_of(customer_id: str, unit: UnitOfWork) -> Limit:
    """Returns the customer's own limit, else the default limit."""
    item: dict[str, Any] | None = unit.get(f"customer#{customer_id}", "limit")
    return DEFAULT_LIMIT if item is None else Limit(**item)


def record(outcome: PaymentCaptured | PaymentDeclined, unit: UnitOfWork) -> None:
    """Stores the payment decision."""
    unit.put(
        f"payment#{outcome.order_id}",
        "payment",
        {"outcome": outcome.detail_type, **outcome.model_dump()},
    )
