"""Entries of a rule that no event matches any more, and losses that cannot be decided."""

from pathlib import Path
from typing import Final

import pytest

from shop.tests.impact.shop_checkout import (
    CAPTURED,
    Document,
    broken,
    copied,
    edit,
    impact,
    replace,
    told,
)
from trunklab.contracts.impact.impact_findings import MISSES, UNKNOWN
from trunklab.contracts.impact.impact_verdict import impacts

FOLLOWED: Final = "orders.follow-captured"


def following(root: Path, data: str) -> None:
    """The orders service takes only captured payments with these data."""
    named = "detail-type: [PaymentCaptured, PaymentDeclined]"
    asked = f"detail-type: [PaymentCaptured]\n        detail: {{data: {{{data}}}}}"
    replace(root, "services/orders/template.yaml", named, asked)


@pytest.mark.parametrize(("currencies", "expected"), [(("EUR",), []), (("EUR", "GBP"), [MISSES])])
def test_an_entry_for_nothing_in_a_clause_that_always_holds_loses_nothing(
    tmp_path: Path, currencies: tuple[str, ...], expected: list[str]
) -> None:
    """The rule takes no fewer events for it; another clause is what leaves some."""
    root = copied(tmp_path)
    following(root, "amount: {currency: [EUR, USD]}, method: [card]")

    def change(document: Document) -> None:
        document["$defs"]["Money"]["properties"]["currency"]["enum"] = [*currencies]
        for example in document["examples"]:
            example["amount"]["currency"] = "EUR"

    assert told(impact(root, CAPTURED, change))[FOLLOWED] == expected


PLAIN: Final = "^[A-Za-z0-9-]+$"
UNREAD: Final = r"^\bpay-[a-z0-9-]+$"
"""A word boundary is validated, and no text is searched for it."""


@pytest.mark.parametrize(("before", "expected"), [(PLAIN, [MISSES]), (UNREAD, [])])
def test_an_undecided_entry_is_lost_only_where_its_field_changed(
    tmp_path: Path, before: str, expected: list[str]
) -> None:
    """An undecided loss counts as breaking, but not for a change of another field."""
    old, root = copied(tmp_path / "old"), copied(tmp_path / "new")
    following(root, "payment_id: [{prefix: pay-}, {prefix: zz}], method: [card]")

    def payment_id(document: Document, pattern: str) -> None:
        document["properties"]["payment_id"]["pattern"] = pattern

    edit(old, CAPTURED, lambda one: payment_id(one, before))
    edit(root, CAPTURED, lambda one: payment_id(one, UNREAD))
    edit(root, CAPTURED, lambda one: one["properties"]["order_id"].update(maxLength=60))

    (found,) = impacts(root, str(old))
    assert [one for one in told(found)[FOLLOWED] if one == MISSES] == expected


def test_a_refusal_that_no_event_shows_is_unknown(tmp_path: Path) -> None:
    """The rule asks for one text, and nothing proves that it keeps all others away."""
    root = copied(tmp_path)
    following(root, "payment_id: [pay-1]")

    def change(document: Document) -> None:
        document["properties"]["payment_id"]["pattern"] = "^[A-Za-z0-9_-]+$"

    found = impact(root, CAPTURED, change)

    assert told(found)[FOLLOWED] == [UNKNOWN]
    unknown = broken(found, FOLLOWED, UNKNOWN)
    assert "if its rule matches such an event" in unknown.what
    assert unknown.event is None
