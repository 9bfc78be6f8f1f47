"""A reason in the template allows one change, and nothing else."""

import pytest

from tests.unit.contracts.compatibility.conftest import Checkout
from tests.unit.data_safety.conftest import PATH, RENAMED, TEMPLATE, ids, reason
from trunklab.data_safety.data_check import check
from trunklab.templates.errors import TopologyError


def test_a_reason_allows_a_change(checkout: Checkout) -> None:
    """Also after its commit, and after the commit that follows."""
    checkout.text(PATH, reason(Ledger="no stack is deployed") + RENAMED)

    assert check(checkout.root, None) == []
    for _ in range(2):
        checkout.commit()
        assert check(checkout.root, None) == []


def test_a_reason_allows_its_own_logical_id_only(checkout: Checkout) -> None:
    """Any other id that changes needs its own reason."""
    checkout.text(PATH, reason(Ledger="moved") + RENAMED.replace("  Work:", "  Jobs:"))

    assert ids(check(checkout.root, None)) == ["store-removed"]


def test_a_reason_allows_one_change_only(checkout: Checkout) -> None:
    """One that was released before does not explain what is changed now."""
    checkout.text(PATH, reason(Ledger="moved") + TEMPLATE)
    checkout.commit()
    checkout.text(PATH, reason(Ledger="moved") + RENAMED)
    assert ids(check(checkout.root, "HEAD")) == ["store-ttl-changed"]

    checkout.text(PATH, reason(Ledger="the attribute was mistyped") + RENAMED)
    assert check(checkout.root, "HEAD") == []


@pytest.mark.parametrize(
    "metadata",
    [
        reason(Ledger="''"),
        reason(Ledger="' '"),
        reason(Ledger=""),
        reason(Ledger="true"),
        reason(Ledger="[moved]"),
        "Metadata: {Trunkline: {Replaces: [Ledger]}}\n",
        "Metadata: {Trunkline: {Replaces: Ledger}}\n",
        "Metadata: {Trunkline: Ledger}\n",
        "Metadata: {Trunkline: {Replaces: }}\n",
    ],
)
def test_a_reason_that_says_nothing_is_refused(checkout: Checkout, metadata: str) -> None:
    """It must be text that somebody can read."""
    checkout.text(PATH, metadata + RENAMED)

    with pytest.raises(TopologyError, match="does not map logical ids to reasons"):
        check(checkout.root, None)


def test_metadata_of_others_is_no_reason(checkout: Checkout) -> None:
    """The console keeps its own entries there."""
    checkout.text(PATH, "Metadata: {AWS::CloudFormation::Interface: {}}\n" + RENAMED)

    assert ids(check(checkout.root, None)) == ["store-ttl-changed"]
