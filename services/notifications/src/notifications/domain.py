"""Messages to customers about declined payments."""

from typing import Final

from schemas.payments import PaymentDeclined

ADVICE: Final = {
    "limit_exceeded": "The amount is above your limit. Split the order or contact us.",
    "card_refused": "Your card was refused. Try another card or pay by invoice.",
}
"""Advice for the customer, by reason. Suspected fraud has no message, to avoid a warning."""


class NotForCustomersError(ValueError):
    """A reason without a message for customers: the rule should have excluded it."""


def message_for(declined: PaymentDeclined) -> str:
    """Returns the text for the customer's inbox; raises NotForCustomersError for other reasons."""
    advice = ADVICE.get(declined.reason)
    if advice is None:
        raise NotForCustomersError(f"no message for {declined.reason}")
    return f"Payment of order {declined.order_id} was declined. {advice}"
