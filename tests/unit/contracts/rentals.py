"""Example contracts of a van rental: two producers, nested values, a list and a union."""

from typing import Annotated

from pydantic import Field

from schemas.event import Event, Value


class Money(Value):
    """An amount."""

    amount_minor: Annotated[int, Field(ge=0, le=10**12)]
    currency: str


class Payment(Value):
    """A payment method."""

    method: str
    card_token: str | None = None


class Line(Value):
    """One position of the bill."""

    sku: str
    unit_price: Money


MONEY = {"amount_minor": 4990, "currency": "EUR"}
EXAMPLE = {
    "rental_id": "r-1",
    "total": MONEY,
    "payment": {"method": "card", "card_token": "tok_1"},
    "lines": [{"sku": "VAN", "unit_price": MONEY}, {"sku": "FUEL", "unit_price": MONEY}],
}


class VanRented(
    Event, source="fleet.vans", owner="team-fleet", subject="rental_id", examples=(EXAMPLE,)
):
    """A van is rented."""

    rental_id: Annotated[str, Field(min_length=1)]
    total: Money
    payment: Payment
    lines: Annotated[tuple[Line, ...], Field(min_length=1)]


class RentalBilled(
    Event,
    source="fleet.billing",
    owner="team-billing",
    subject="bill_id",
    examples=({"bill_id": "b-1", "amount": MONEY},),
):
    """A rental is billed."""

    bill_id: str
    amount: Money


class RentalRefunded(
    Event,
    source="fleet.billing",
    owner="team-billing",
    subject="bill_id",
    examples=({"bill_id": "b-1", "amount": MONEY},),
):
    """A bill is paid back."""

    bill_id: str
    amount: Money


CONTRACTS: tuple[type[Event], ...] = (RentalBilled, RentalRefunded, VanRented)
for contract in CONTRACTS:
    # The export writes files beside the module that declares a contract.
    contract.__module__ = f"schemas.{contract.source.rpartition('.')[2]}"
