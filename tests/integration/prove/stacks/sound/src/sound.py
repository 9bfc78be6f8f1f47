"""Functions that are started in other ways than by a queue, and that keep what they promise."""

from schemas.event import Event
from schemas.orders import OrderPlaced
from trunkline import Consumer, PermanentError, UnitOfWork


class OrderCounted(
    Event,
    source="test.sound",
    owner="team-tests",
    subject="order_id",
    examples=({"order_id": "o-1"},),
):
    """An order was counted."""

    order_id: str


app = Consumer()
reserving = Consumer()


@app.on(OrderPlaced, name="count-order")
def on_order_placed(order: OrderPlaced, unit: UnitOfWork) -> OrderCounted:
    """Counts each order once."""
    unit.update(f"customer#{order.customer.id}", "orders", add={"n": 1})
    return OrderCounted(order_id=order.order_id)


@reserving.on(OrderPlaced, name="reserve-number")
def reserve_number(order: OrderPlaced, unit: UnitOfWork) -> None:
    """Gives a number to one order; a run after its own commit finds the number taken."""
    if unit.get("number#1", "order"):
        raise PermanentError("the number is taken")
    unit.put("number#1", "order", {"order_id": order.order_id})


count = app.handler
reserve = reserving.handler
