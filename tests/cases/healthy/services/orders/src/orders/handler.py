"""Places orders and cancels them; old and new consumers hear of each order."""

from schemas.orders import OrderCancelled, OrderPlaced, OrderPlacedV2
from trunkline import Producer

api = Producer()
place = api.handler


def placed(order: OrderPlacedV2) -> tuple[OrderPlacedV2, OrderPlaced]:
    """Both majors, until the sunset of the first."""
    first = OrderPlaced(
        order_id=order.order_id,
        customer_id=order.customer.id,
        amount_minor=order.total.amount_minor,
        currency=order.total.currency,
    )
    return order, first


def cancelled(order_id: str) -> OrderCancelled:
    """The customer changed their mind."""
    return OrderCancelled(order_id=order_id, reason="customer")
