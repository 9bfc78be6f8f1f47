"""Storage of orders in the table."""

from typing import Any

from orders.domain import Order, Step
from schemas.money import Money
from trunkline import UnitOfWork


def load(order_id: str, unit: UnitOfWork) -> Order | None:
    """Returns the order, or None."""
    item: dict[str, Any] | None = unit.get(f"order#{order_id}", "order")
    if item is None:
        return None
    return Order(
        order_id=order_id,
        status=item["status"],
        total=Money(**item["total"]),
        history=tuple(Step(**step) for step in item["history"]),
    )


def save(order: Order, unit: UnitOfWork) -> None:
    """Stores the order."""
    unit.put(
        f"order#{order.order_id}",
        "order",
        {
            "status": order.status,
            "total": order.total.model_dump(),
            "history": [vars(step) for step in order.history],
        },
    )
