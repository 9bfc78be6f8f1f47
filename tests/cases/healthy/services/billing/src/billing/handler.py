"""Settles every order that it hears of."""

from schemas.billing import PaymentSettled

from billing import domain
from schemas.orders import OrderPlacedV2
from trunkline import Consumer, UnitOfWork

app = Consumer()


@app.on(OrderPlacedV2, name="settle-order")
def on_order_placed(order: OrderPlacedV2, unit: UnitOfWork) -> PaymentSettled:
    """An order was placed: settle it."""
    return domain.settled(order, unit.new_id())


handler = app.handler
