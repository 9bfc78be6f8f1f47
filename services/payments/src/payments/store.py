"""Where payments and customers' limits lie in the table."""

from typing import Any

from payments.domain import DEFAULT_LIMIT, Limit
from schemas.payments import PaymentCaptured, PaymentDeclined
from trunkline import UnitOfWork


def limit_of(customer_id: str, unit: UnitOfWork) -> Limit:
    """The customer's own limit, else the default one."""
    item: dict[str, Any] | None = unit.get(f"customer#{customer_id}", "limit")
    return DEFAULT_LIMIT if item is None else Limit(**item)


def record(outcome: PaymentCaptured | PaymentDeclined, unit: UnitOfWork) -> None:
    """Records the payment as it was decided."""
    unit.put(
        f"payment#{outcome.order_id}",
        "payment",
        {"outcome": outcome.detail_type, **outcome.model_dump()},
    )
