"""Fields that the handlers read of their events: recorded while they run, kept in reads.yaml."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from notifications.handler import on_payment_declined as tell_customer
from orders.handler import on_payment_captured, on_payment_declined
from payments.handler import on_order_placed
from schemas.event import Event
from schemas.orders import OrderPlaced
from schemas.payments import PaymentCaptured, PaymentDeclined
from trunklab.contracts.impact.field_paths import Path, covers
from trunklab.contracts.impact.recorded_reads import recorded_reads
from trunklab.settings import REPOSITORY
from trunklab.templates.repository import topology
from trunklab.testing import reads_of
from trunklab.testing.read_recorder import Items
from trunkline.items import Item

ORDER: Item = {"status": "PLACED", "total": {"amount_minor": 1, "currency": "EUR"}, "history": []}
LIMIT: Item = {"card_minor": 1, "invoice_minor": 1}


@dataclass(frozen=True)
class Case:
    """One handler, with what lies in its table."""

    service: str
    name: str
    handler: Callable[..., Any]
    contract: type[Event]
    stored: Callable[[Any], Items]

    def runs(self) -> Iterator[frozenset[Path]]:
        """What it reads of each example, with the items there and without."""
        for event in self.contract.examples():
            yield reads_of(self.handler, event)
            yield reads_of(self.handler, event, self.stored(event))

    @property
    def kept(self) -> frozenset[Path]:
        """What reads.yaml says."""
        return recorded_reads(REPOSITORY / "services" / self.service, REPOSITORY)[self.name]


def an_order(event: Any) -> Items:
    """The order that the event is about."""
    return {(f"order#{event.order_id}", "order"): ORDER}


CASES = [
    Case(
        "payments",
        "decide-payment",
        on_order_placed,
        OrderPlaced,
        lambda event: {(f"customer#{event.customer.id}", "limit"): LIMIT},
    ),
    Case("orders", "follow-captured", on_payment_captured, PaymentCaptured, an_order),
    Case("orders", "follow-declined", on_payment_declined, PaymentDeclined, an_order),
    Case("notifications", "tell-customer", tell_customer, PaymentDeclined, lambda _event: {}),
]

EACH = pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])


@EACH
def test_what_a_handler_reads_is_kept(case: Case) -> None:
    """A field that it begins to read is entered in its service's reads.yaml."""
    seen = frozenset().union(*case.runs())

    assert {path for path in seen if not covers(case.kept, path)} == set()


@EACH
def test_nothing_is_kept_that_it_does_not_read(case: Case) -> None:
    """A field that it stops to read is taken out, or a change to it would look breaking."""
    seen = frozenset().union(*case.runs())

    assert {path for path in case.kept if not covers(seen, path)} == set()


def test_every_handler_is_looked_at() -> None:
    """A handler that is added adds its reads."""
    declared = {(handler.service, handler.name) for handler in topology(REPOSITORY).handlers}
    services = {service for service, _ in declared}
    named = {
        (service, name)
        for service in services
        for name in recorded_reads(REPOSITORY / "services" / service, REPOSITORY)
    }

    assert {(case.service, case.name) for case in CASES} == declared == named


def test_the_payment_reads_no_address() -> None:
    """What a handler reads is kept in its service's reads.yaml."""
    paths = reads_of(on_order_placed, OrderPlaced.examples()[0])

    assert ("customer", "id") in paths
    assert ("customer", "address") not in paths
