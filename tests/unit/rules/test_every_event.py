"""Verdicts against the truth, where a contract has so few events that all can be tried."""

from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.settings import seeds
from tests.unit.rules import small
from trunklab.contracts.contract import Contract
from trunklab.contracts.event_schema import example_event
from trunklab.patterns import Pattern
from trunklab.rules.impossible_clauses import always_true, blame
from trunklab.rules.verdict import Kind, both_match, verdict
from trunklab.schema_solver.errors import UndecidedError

PATTERNS = 4
SEEDS = st.integers(0, 2**64 - 1)


def events_of(contract: Contract) -> list[dict[str, Any]]:
    """Every event of a small contract."""
    return [example_event(contract.document, data) for data in small.every(contract.document)]


@given(SEEDS)
def test_a_verdict_is_what_trying_every_event_says(seed: int) -> None:
    """Never, sometimes and always are right; what is undecided claims nothing."""
    random = Random(seed)  # noqa: S311 - examples, not secrets
    contract = small.a_contract(random)
    events = events_of(contract)
    for _ in range(PATTERNS):
        pattern = Pattern.parse(small.a_pattern(random, contract))
        matched = [pattern.matches(event) for event in events]

        found = verdict(pattern, [contract])

        truth = Kind.ALWAYS if all(matched) else Kind.SOMETIMES if any(matched) else Kind.NEVER
        assert found.kind in {truth, Kind.UNDECIDED}, pattern.text
        assert found.matching is None or pattern.matches(found.matching)
        assert found.other is None or not pattern.matches(found.other)


def test_hardly_anything_is_undecided() -> None:
    """An answer that claims nothing is right too easily."""
    undecided, drawn = 0, seeds(100, 5_000)
    for seed in drawn:
        random = Random(seed)  # noqa: S311 - examples, not secrets
        contract = small.a_contract(random)
        pattern = Pattern.parse(small.a_pattern(random, contract))
        undecided += verdict(pattern, [contract]).kind is Kind.UNDECIDED

    assert undecided <= len(drawn) // 100


@given(SEEDS)
def test_two_patterns_match_one_event_exactly_if_some_event_says_so(seed: int) -> None:
    """The event that is shown matches both; none is shown if there is none."""
    random = Random(seed)  # noqa: S311 - examples, not secrets
    contract = small.a_contract(random)
    one, other = (Pattern.parse(small.a_pattern(random, contract)) for _ in range(2))
    truth = any(one.matches(event) and other.matches(event) for event in events_of(contract))

    try:
        found = both_match(one, other, [contract])
    except UndecidedError:
        return

    assert (found is not None) == truth
    assert found is None or (one.matches(found) and other.matches(found))


@given(SEEDS)
def test_an_entry_is_blamed_exactly_if_no_event_passes_it(seed: int) -> None:
    """And a clause is called always true only if every event passes it."""
    random = Random(seed)  # noqa: S311 - examples, not secrets
    contract = small.a_contract(random)
    events = events_of(contract)
    tree = small.a_pattern(random, contract)
    for branch in Pattern.parse(tree).branches:
        for path, clause in branch.items():
            single = Pattern("", [{path: (clause[0],)}])
            matched = [single.matches(event) for event in events]
            try:
                found = blame(contract, path, clause[0])
            except UndecidedError:
                continue

            assert (found is None) == any(matched)
            assert all(matched) or not always_true(contract, path, clause[:1])
