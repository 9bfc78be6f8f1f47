"""The request to place an order, and its faults."""

from collections.abc import Iterable
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from orders.domain import amount_minor_of
from schemas.money import AMOUNT_MINOR_MAX
from schemas.orders import Customer, OrderLine, Payment
from schemas.orders.order_placed import LINES_MAX
from trunkline.faults import Fault

BODY_BYTES_MAX: Final = 200_000
"""Bytes of a request: its event must stay below the limit of an event."""


class PlaceOrder(BaseModel):
    """The body of POST /orders. Unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    customer: Customer
    lines: Annotated[tuple[OrderLine, ...], Field(min_length=1, max_length=LINES_MAX)]
    payment: Payment

    @model_validator(mode="after")
    def _makes_sense_as_a_whole(self) -> Self:
        faults = []
        if len({line.unit_price.currency for line in self.lines}) > 1:
            faults.append("lines must all be in one currency")
        elif amount_minor_of(self.lines) > AMOUNT_MINOR_MAX:
            faults.append(f"the total must not exceed {AMOUNT_MINOR_MAX} minor units")
        if self.payment.method == "card" and self.payment.card_token is None:
            faults.append("payment by card needs a card_token")
        if self.payment.method == "invoice" and self.payment.card_token is not None:
            faults.append("payment by invoice must not have a card_token")
        if faults:
            raise ValueError("; ".join(faults))
        return self


def faults_of(faults: Iterable[Fault]) -> list[dict[str, str]]:
    """Returns every fault by field, in the response's format."""
    return [{"field": fault.field or "(order)", "problem": fault.problem} for fault in faults]
