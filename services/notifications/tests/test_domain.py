"""What a customer is told of a declined payment."""

from typing import get_args

import pytest

from notifications import domain
from schemas.payments import PaymentDeclined

EVERY_REASON = get_args(PaymentDeclined.model_fields["reason"].annotation)


def declined(reason: str) -> PaymentDeclined:
    """A payment declined for that reason."""
    return PaymentDeclined.model_validate(
        {**PaymentDeclined.examples()[0].to_data(), "reason": reason}
    )


@pytest.mark.parametrize("reason", sorted(domain.ADVICE))
def test_a_customer_is_told_the_order_and_what_to_do(reason: str) -> None:
    """The message names the order and advises."""
    event = declined(reason)

    text = domain.message_for(event)

    assert event.order_id in text
    assert text.endswith(domain.ADVICE[reason])


def test_nobody_is_told_of_suspected_fraud() -> None:
    """The rule keeps such events away; should one come, it is refused and not sent."""
    with pytest.raises(domain.NotForCustomersError, match="suspected_fraud"):
        domain.message_for(declined("suspected_fraud"))


def test_every_other_reason_has_advice() -> None:
    """A reason added to the contract needs a decision here."""
    assert {*domain.ADVICE, "suspected_fraud"} == set(EVERY_REASON)
