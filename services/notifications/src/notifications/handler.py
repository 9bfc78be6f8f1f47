"""Tells customers of declined payments, in the inbox of the app."""

from notifications import domain, store
from schemas.payments import PaymentDeclined
from trunkline import Consumer, PermanentError, UnitOfWork

app = Consumer()


@app.on(PaymentDeclined, name="tell-customer")
def on_payment_declined(declined: PaymentDeclined, unit: UnitOfWork) -> None:
    """A payment was declined: tell the customer what to do."""
    try:
        text = domain.message_for(declined)
    except domain.NotForCustomersError as error:
        raise PermanentError(f"{error}: exclude it in the rule") from error
    store.deliver(declined.customer_id, text, unit)


handler = app.handler
