"""What a customer is told when a payment is declined."""

from typing import Final

from schemas.payments import PaymentDeclined

ADVICE: Final = {
    "limit_exceeded": "The amount is above your limit. Split the order or contact us.",
    "card_refused": "Your card was refused. Try another card or pay by invoice.",
}
"""What the customer can do, by reason. Suspected fraud is not in it: nobody is tipped off."""


class NotForCustomersError(ValueError):
    """A reason that no customer may be told: the rule should not have let it through."""


def message_for(declined: PaymentDeclined) -> str:
    """The text for the customer's inbox; raises NotForCustomersError where there must be none."""
    advice = ADVICE.get(declined.reason)
    if advice is None:
        raise NotForCustomersError(f"no message for {declined.reason}")
    return f"Payment of order {declined.order_id} was declined. {advice}"
