"""The contract OrderPlaced."""

from typing import Annotated, Final, Literal

from pydantic import Field

from schemas.event import PERSONAL, Event, Value
from schemas.identifier import CustomerId, OrderId
from schemas.money import Money
from schemas.orders.examples import ORDER_PLACED
from schemas.text import PRINTABLE

_EMAIL_PART: Final = (
    r"[^@ \u0000-\u001f\u007f-\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
    r"\ufeff\ufffe\uffff]+"
)
EMAIL: Final = f"^{_EMAIL_PART}@{_EMAIL_PART}$"
"""One @ and no whitespace, the minimum for an address; printable like all text.

The characters are listed: `\\s` includes U+FEFF in JSON Schema, and excludes it in Pydantic.
"""

LINES_MAX: Final = 100
"""Maximum lines of an order."""

QUANTITY_MAX: Final = 1000
"""Maximum quantity of a line."""


class Address(Value):
    """The delivery address."""

    street: Annotated[str, Field(min_length=1, max_length=200, pattern=PRINTABLE), PERSONAL]
    postcode: Annotated[str, Field(min_length=1, max_length=16, pattern=PRINTABLE), PERSONAL]
    city: Annotated[str, Field(min_length=1, max_length=100, pattern=PRINTABLE), PERSONAL]
    country: Annotated[
        str, Field(pattern=r"^[A-Z]{2}$", description="ISO 3166-1 alpha-2 country code")
    ]


class Customer(Value):
    """The customer who placed the order."""

    id: CustomerId
    name: Annotated[str, Field(min_length=1, max_length=200, pattern=PRINTABLE), PERSONAL]
    email: Annotated[str, Field(max_length=254, pattern=EMAIL), PERSONAL]
    address: Annotated[Address, PERSONAL]


class OrderLine(Value):
    """One article of an order, at its price at that time."""

    sku: Annotated[str, Field(min_length=1, max_length=64, pattern=PRINTABLE)]
    title: Annotated[str, Field(min_length=1, max_length=200, pattern=PRINTABLE)]
    quantity: Annotated[int, Field(strict=True, ge=1, le=QUANTITY_MAX)]
    unit_price: Money


class Payment(Value):
    """The payment method that the customer chose."""

    method: Literal["card", "invoice"]
    card_token: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=128,
            pattern=PRINTABLE,
            description="the card provider's token, not a card number",
        ),
        PERSONAL,
    ] = None


class OrderPlaced(
    Event,
    source="shop.orders",
    owner="team-orders",
    subject="order_id",
    examples=ORDER_PLACED,
):
    """A customer placed an order; nothing is paid or reserved yet."""

    order_id: OrderId
    customer: Customer
    lines: Annotated[tuple[OrderLine, ...], Field(min_length=1, max_length=LINES_MAX)]
    total: Money
    payment: Payment
