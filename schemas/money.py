"""Amounts of money in events."""

from typing import Annotated, Final, Literal

from pydantic import Field

from schemas.event import Value

AMOUNT_MINOR_MAX: Final = 10**12
"""Largest amount, in minor units (cents): far above any order, far below 2**53."""

Currency = Literal["EUR", "USD", "GBP", "CHF"]


class Money(Value):
    """An amount in the minor unit of its currency: 12.50 EUR is 1250."""

    amount_minor: Annotated[int, Field(strict=True, ge=0, le=AMOUNT_MINOR_MAX)]
    currency: Currency
