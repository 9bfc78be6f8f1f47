"""Tests that `reads.yaml` lists the fields that the handlers read."""

from pathlib import Path
from typing import Any

import pytest

from payments.handler import on_order_placed
from schemas.orders import OrderPlaced
from tests.reads import Reads
from trunklab.testing.read_recorder import Items


def limited(event: Any) -> Items:
    """The limit of the customer who placed the order."""
    return {(f"customer#{event.customer.id}", "limit"): {"card_minor": 1, "invoice_minor": 1}}


HANDLERS = [Reads("decide-payment", on_order_placed, OrderPlaced, limited)]


@pytest.mark.parametrize("handler", HANDLERS, ids=lambda handler: handler.name)
def test_reads_yaml_lists_what_the_handler_reads(handler: Reads) -> None:
    """A missing field hides a breaking change; an extra one makes a harmless change breaking."""
    assert handler.seen() == handler.recorded(Path(__file__).parents[1])
