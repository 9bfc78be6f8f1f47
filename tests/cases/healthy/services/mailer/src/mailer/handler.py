"""Writes to customers, one handler for each event."""

from schemas.billing import PaymentSettled

from schemas.orders import OrderCancelled
from trunkline import Consumer, UnitOfWork

app = Consumer()
tell = app.handler


@app.on(PaymentSettled, name="tell-settled")
def on_payment_settled(payment: PaymentSettled, unit: UnitOfWork) -> None:
    """The order is paid: send a receipt."""
    unit.put(payment.order_id, "receipt", {"method": payment.method})


@app.on(OrderCancelled, name="tell-cancelled")
def on_order_cancelled(cancelled: OrderCancelled, unit: UnitOfWork) -> None:
    """The order is cancelled: say why."""
    unit.put(cancelled.order_id, "cancelled", {"reason": cancelled.reason})
