"""Notifies customers of declined payments, in the app's inbox and through the gateway."""

from functools import partial

from notifications import domain, gateway, settings, store
from schemas.payments import PaymentDeclined
from trunkline import Consumer, PermanentError, UnitOfWork

app = Consumer(parallel=5)  # a handler waits for the gateway, and five can wait at once


@app.on(PaymentDeclined, name="tell-customer")
def on_payment_declined(declined: PaymentDeclined, unit: UnitOfWork) -> None:
    """Notifies the customer of a declined payment."""
    try:
        text = domain.message_for(declined)
    except domain.NotForCustomersError as error:
        raise PermanentError(f"{error}: exclude it in the rule") from error
    store.deliver(declined.customer_id, text, unit)
    url = settings.message_gateway_url()
    if url:
        message = gateway.Message(declined.customer_id, text)
        unit.once("send-message", partial(gateway.send, message, url))


handler = app.handler
