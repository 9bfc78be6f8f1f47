"""The reads that `reads.yaml` records are those that the handlers make."""

from pathlib import Path

import pytest

from notifications.handler import on_payment_declined
from schemas.payments import PaymentDeclined
from tests.reads import Reads

HANDLERS = [Reads("tell-customer", on_payment_declined, PaymentDeclined)]


@pytest.mark.parametrize("handler", HANDLERS, ids=lambda handler: handler.name)
def test_reads_yaml_lists_what_the_handler_reads(handler: Reads) -> None:
    """A missing field would be lost unnoticed; one too many makes a harmless change breaking."""
    assert handler.seen() == handler.recorded(Path(__file__).parents[1])
