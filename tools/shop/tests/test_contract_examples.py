"""Rules that name what an example of the shop's contracts shows pass every check."""

from typing import Final

import pytest

from tests.unit.rules.example_rules import false_findings
from trunklab.contracts.contract import Contract
from trunklab.contracts.contract_files import contracts_in
from trunklab.rules.known_contracts import Known
from trunklab.settings import REPOSITORY

KNOWN: Final = Known(contracts_in(REPOSITORY))


@pytest.mark.parametrize("contract", KNOWN.contracts, ids=lambda one: one.name)
def test_every_value_of_an_example_can_be_named(contract: Contract) -> None:
    """No check calls impossible what an example shows."""
    assert contract.event_examples
    assert false_findings(KNOWN, contract) == []
