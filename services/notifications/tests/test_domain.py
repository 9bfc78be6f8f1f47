"""Tests of the messages about declined payments."""

from typing import get_args

import pytest

from notifications import domain
from schemas.payments import PaymentDeclined

EVERY_REASON = get_args(PaymentDeclined.model_fields["reason"].annotation)


def declined(reason: str) -> PaymentDeclined:
    """Returns a payment declined for this reason."""
    return PaymentDeclined.model_validate(
        {**PaymentDeclined.examples()[0].to_data(), "reason": reason}
    )


@pytest.mark.parametrize("reason", sorted(domain.ADVICE))
def test_a_customer_is_told_the_order_and_what_to_do(reason: str) -> None:
    """The message contains the order and advice."""
    event = declined(reason)

    text = domain.message_for(event)

    assert event.order_id in text
    assert text.endswith(domain.ADVICE[reason])


def test_suspected_fraud_has_no_message() -> None:
    """The rule excludes such events; one that arrives is refused and not sent."""
    with pytest.raises(domain.NotForCustomersError, match="suspected_fraud"):
        domain.message_for(declined("suspected_fraud"))


def test_every_other_reason_has_advice() -> None:
    """A reason added to the contract needs a decision here."""
    assert {*domain.ADVICE, "suspected_fraud"} == set(EVERY_REASON)
