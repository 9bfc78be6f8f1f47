"""A handler that is declared in a way that nobody sees is still there."""

from pathlib import Path
from typing import Final

import pytest

from shop.tests.impact.shop_checkout import ORDER_PLACED, Document, copied, impact, replace, told
from trunklab.contracts.impact.impact_findings import UNKNOWN

UNSEEN: Final = {
    "on another name of the decorator": ("@app.on(OrderPlaced, ", "@(on := app.on)(OrderPlaced, "),
    "on a name of its own": ("@app.on(OrderPlaced, ", "KIND = OrderPlaced\n\n\n@app.on(KIND, "),
}


@pytest.mark.parametrize(("old", "new"), UNSEEN.values(), ids=UNSEEN.keys())
@pytest.mark.parametrize("lost", [True, False])
def test_a_rule_whose_handler_is_not_seen_counts_as_breaking(
    tmp_path: Path, old: str, new: str, *, lost: bool
) -> None:
    """The rule takes the events, so somebody handles them; nobody is left out silently."""
    root = copied(tmp_path)
    replace(root, "services/payments/src/payments/handler.py", old, new)

    def change(document: Document) -> None:
        if lost:
            del document["$defs"]["Payment"]["properties"]["card_token"]
        else:
            document["$defs"]["Money"]["properties"]["currency"]["enum"].append("JPY")

    found = impact(root, ORDER_PLACED, change)

    assert told(found) == {"payments.DecidePaymentRule": [UNKNOWN]}
