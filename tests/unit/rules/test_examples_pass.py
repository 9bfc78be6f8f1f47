"""A rule that names what a contract's example says is healthy, whatever the field is."""

from typing import Any, Final

import pytest

from tests.contract.test_wrong_cases import HEALTHY
from tests.unit.rules.example_rules import false_findings, subject
from trunklab.contracts.contract import Contract
from trunklab.contracts.contract_files import contracts_in
from trunklab.rules.clause_checks import check_clauses
from trunklab.rules.known_contracts import Known
from trunklab.rules.verdict import Kind

KNOWN: Final = Known(contracts_in(HEALTHY))


@pytest.mark.parametrize("contract", KNOWN.contracts, ids=lambda one: one.name)
def test_every_value_of_an_example_can_be_named(contract: Contract) -> None:
    """No check calls impossible what an example shows."""
    assert contract.event_examples
    assert false_findings(KNOWN, contract) == []


@pytest.mark.parametrize("entry", [{"cidr": "10.0.0.0/8"}, "x\ny", 10**30, {"exists": False}, True])
def test_what_no_example_can_be_is_found(entry: Any) -> None:
    """A country is one of three texts."""
    contract = next(one for one in KNOWN.contracts if one.detail_type == "OrderPlaced.v2")

    one = subject(KNOWN, contract, ("detail", "data", "customer", "country"), entry)

    assert [finding.line for finding in check_clauses(one)] == [1]
    assert one.verdict.kind == Kind.NEVER
