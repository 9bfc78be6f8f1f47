"""A rule that names what a contract's example says is healthy, whatever the field is."""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any, Final

import pytest

from tests.contract.test_wrong_cases import HEALTHY
from trunklab import settings
from trunklab.contracts.contract import Contract
from trunklab.contracts.contract_files import contracts_in
from trunklab.patterns.pattern import Pattern
from trunklab.rules.event_type_checks import kinds
from trunklab.rules.field_checks import fields
from trunklab.rules.known_contracts import Known
from trunklab.rules.rule_under_check import Subject
from trunklab.rules.verdict import Kind
from trunklab.templates.topology import Kind as RuleKind
from trunklab.templates.topology import Rule

ROOTS: Final = (HEALTHY, settings.REPOSITORY)
CONTRACTS: Final = [(root, one) for root in ROOTS for one in contracts_in(root)]


def leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every leaf of an event."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner, path)
    else:
        yield path, value


def subject(root: Path, contract: Contract, path: tuple[str, ...], entry: Any) -> Subject:
    """A rule for one contract with one more entry."""
    tree: Any = [entry]
    for key in reversed(path):
        tree = {key: tree}
    kind = {"source": [contract.source], "detail-type": [contract.detail_type]}
    pattern = Pattern.parse(tree | kind)
    rule = Rule(
        kind=RuleKind.RULE,
        service="s",
        template=PurePosixPath("t.yaml"),
        line=1,
        logical_id="R",
        name="R",
        bus="b",
        bus_line=1,
        bus_missing=None,
        enabled=True,
        pattern=None,
        text=pattern.text,
        known=pattern.text,
        pattern_line=1,
        lines={},
        text_lines=(),
        unresolved=(),
        targets=(),
    )
    return Subject(rule, pattern, Known(contracts_in(root)))


@pytest.mark.parametrize(("root", "contract"), CONTRACTS, ids=lambda one: getattr(one, "name", ""))
def test_every_value_of_an_example_can_be_named(root: Path, contract: Contract) -> None:
    """No check calls impossible what an example shows."""
    known = {
        (path, repr(value)): value
        for event in contract.event_examples
        for path, value in leaves(event)
    }
    for (path, _), value in known.items():
        one = subject(root, contract, path, value)
        ids = {finding.id for finding in (*kinds(one), *fields(one))} - {"always-true"}

        assert (path, value, ids) == (path, value, set())
        assert one.verdict.kind in {Kind.SOMETIMES, Kind.ALWAYS}


@pytest.mark.parametrize("entry", [{"cidr": "10.0.0.0/8"}, "x\ny", 10**30, {"exists": False}, True])
def test_what_no_example_can_be_is_found(entry: Any) -> None:
    """A country is one of three texts."""
    contract = next(one for _, one in CONTRACTS if one.detail_type == "OrderPlaced.v2")

    one = subject(HEALTHY, contract, ("detail", "data", "customer", "country"), entry)

    assert [finding.line for finding in fields(one)] == [1]
    assert one.verdict.kind == Kind.NEVER
