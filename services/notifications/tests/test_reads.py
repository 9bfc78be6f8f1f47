"""Tests that `reads.yaml` lists the fields that the handlers read."""

from pathlib import Path

import pytest

from notifications.handler import on_payment_declined
from schemas.payments import PaymentDeclined
from tests.reads import Reads

HANDLERS = [Reads("tell-customer", on_payment_declined, PaymentDeclined)]


@pytest.mark.parametrize("handler", HANDLERS, ids=lambda handler: handler.name)
def test_reads_yaml_lists_what_the_handler_reads(handler: Reads) -> None:
    """A missing field hides a breaking change; an extra one makes a harmless change breaking."""
    assert handler.seen() == handler.recorded(Path(__file__).parents[1])
