"""Tests that `reads.yaml` lists the fields that the handlers read."""

from pathlib import Path
from typing import Any

import pytest

from orders.handler import on_payment_captured, on_payment_declined
from schemas.payments import PaymentCaptured, PaymentDeclined
from tests.reads import Reads
from trunklab.testing.read_recorder import Items
from trunkline.items import Item

ORDER: Item = {
    "status": "PLACED",
    "total": {"amount_minor": 1, "currency": "EUR"},
    "history": [],
}


def placed(event: Any) -> Items:
    """The order that the event is about."""
    return {(f"order#{event.order_id}", "order"): ORDER}


HANDLERS = [
    Reads("follow-captured", on_payment_captured, PaymentCaptured, placed),
    Reads("follow-declined", on_payment_declined, PaymentDeclined, placed),
]


@pytest.mark.parametrize("handler", HANDLERS, ids=lambda handler: handler.name)
def test_reads_yaml_lists_what_the_handler_reads(handler: Reads) -> None:
    """A missing field hides a breaking change; an extra one makes a harmless change breaking."""
    assert handler.seen() == handler.recorded(Path(__file__).parents[1])
