"""Contracts of the shop: subject, round trip, amounts, compatibility."""

from datetime import date

import pytest
from pydantic import ValidationError

from schemas import CONTRACTS
from schemas.event import Event
from schemas.money import Money
from trunklab.contracts.compatibility.compatibility_check import check
from trunklab.contracts.describable import check_described
from trunklab.findings.finding import Level
from trunklab.settings import REPOSITORY

every_contract = pytest.mark.parametrize("contract", CONTRACTS)


@every_contract
def test_the_subject_is_the_order(contract: type[Event]) -> None:
    """Every event of the shop belongs to one order."""
    for event in contract.examples():
        assert event.subject == event.to_data()["order_id"]


@every_contract
def test_a_sent_event_is_read_as_the_same_event(contract: type[Event]) -> None:
    """`from_data` undoes `to_data`."""
    for event in contract.examples():
        assert contract.from_data(event.to_data()) == event


@every_contract
def test_the_exported_schema_describes_the_contract(contract: type[Event]) -> None:
    """Nothing is checked in code."""
    check_described(contract)


@pytest.mark.parametrize("amount", [True, "100", 1.5, 1.0, -1, 10**12 + 1, None])
def test_an_amount_is_a_whole_number_of_minor_units(amount: object) -> None:
    """Strings, fractions and booleans are not converted."""
    with pytest.raises(ValidationError):
        Money.model_validate({"amount_minor": amount, "currency": "EUR"})


def test_the_contracts_keep_their_promises() -> None:
    """Nothing that is committed breaks the policy of its contract."""
    findings = check(REPOSITORY, "HEAD", date(2026, 6, 1))

    assert [finding for finding in findings if finding.level is not Level.NOTE] == []
