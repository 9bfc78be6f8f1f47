"""The events of the payments service."""

from schemas.payments.payment_captured import PaymentCaptured
from schemas.payments.payment_declined import PaymentDeclined

__all__ = ["PaymentCaptured", "PaymentDeclined"]
