"""Decides the payment of every order."""

from payments import domain, store
from schemas.orders import OrderPlaced
from schemas.payments import PaymentCaptured, PaymentDeclined
from trunkline import Consumer, UnitOfWork

app = Consumer()


@app.on(OrderPlaced, name="decide-payment")
def on_order_placed(order: OrderPlaced, unit: UnitOfWork) -> PaymentCaptured | PaymentDeclined:
    """Decides the payment of a new order."""
    outcome = domain.decide(unit.new_id(), order, store.limit_of(order.customer.id, unit))
    store.record(outcome, unit)
    return outcome


handler = app.handler
