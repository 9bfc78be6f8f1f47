"""Lists every contract of the shop."""

from typing import Final

from schemas.event import Event
from schemas.orders import OrderPlaced
from schemas.payments import PaymentCaptured, PaymentDeclined

CONTRACTS: Final[tuple[type[Event], ...]] = (OrderPlaced, PaymentCaptured, PaymentDeclined)
"""Every contract of the shop; the one list that export, checks and tests go by."""
