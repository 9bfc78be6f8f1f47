"""Verdicts on a pattern: its events match never, sometimes or always, with examples.

Every example passed the contract's validator and the rules engine. "Never" and "always" are proved
for fields that the contract names and maps that it declares.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from trunklab.contracts.contract import Contract
from trunklab.patterns.errors import InvalidEventError
from trunklab.patterns.pattern import Pattern
from trunklab.rules.event_search import Prepared, admits, matching_event, other_event, prepared
from trunklab.schema_solver.errors import UndecidedError
from trunklab.schema_solver.shape import JSON


class Kind(StrEnum):
    """Frequency of a match."""

    NEVER = "never"
    SOMETIMES = "sometimes"
    ALWAYS = "always"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Verdict:
    """The result, with an event that matches and one that does not if there are such."""

    kind: Kind
    matching: JSON = None
    other: JSON = None
    reason: str = ""
    contracts: tuple[str, ...] = ()
    """The contracts that the pattern's source and detail-type admit."""


def verdict(pattern: Pattern, contracts: Sequence[Contract]) -> Verdict:
    """Returns the verdict on the contracts that the pattern's source and detail-type admit.

    Raises UnsupportedKeywordError for a contract that cannot be read.
    """
    chosen = admitted(pattern, contracts)
    return combined({contract.name: _verdict(pattern, contract) for contract in chosen})


def combined(verdicts: Mapping[str, Verdict]) -> Verdict:
    """Returns the verdict on several contracts together; the keys are their names."""
    if not verdicts:
        return Verdict(Kind.NEVER, reason="no contract has its source and detail-type")
    each = tuple(verdicts.values())
    matching = next((one.matching for one in each if one.matching is not None), None)
    other = next((one.other for one in each if one.other is not None), None)
    first = next((one for one in each if one.kind is Kind.UNDECIDED), each[0])
    kind, reason = first.kind, first.reason
    if matching is not None and (other is not None or len({one.kind for one in each}) > 1):
        kind, reason = Kind.SOMETIMES, reason if kind is Kind.UNDECIDED else ""
    return Verdict(kind, matching, other, reason, tuple(verdicts))


def _verdict(pattern: Pattern, contract: Contract) -> Verdict:
    matching, open_match = _searched(contract, partial(matching_event, [pattern]))
    other, open_other = _searched(contract, partial(other_event, pattern))
    if matching is None and not open_match:
        return Verdict(Kind.NEVER, None, other, "no event of them can match")
    if matching is not None and other is not None:
        return Verdict(Kind.SOMETIMES, matching, other)
    if matching is not None and not open_other:
        return Verdict(Kind.ALWAYS, matching, None, "every event of them matches")
    return Verdict(Kind.UNDECIDED, matching, other, open_match or open_other)


def _searched(contract: Contract, search: Callable[[Prepared], JSON]) -> tuple[JSON, str]:
    """Returns the event found, and the problem if that is undecided."""
    try:
        return search(prepared(contract)), ""
    except (UndecidedError, InvalidEventError) as error:
        return None, f"{contract.name}: {error.problem}"


def admitted(pattern: Pattern, contracts: Sequence[Contract]) -> list[Contract]:
    """Returns the contracts whose source and detail-type a branch of the pattern matches."""
    return [
        contract
        for contract in contracts
        if any(admits(branch, prepared(contract)) for branch in pattern.branches)
    ]


def both_match(one: Pattern, other: Pattern, contracts: Sequence[Contract]) -> JSON:
    """Returns an event that both patterns match; None is a proof. Raises UndecidedError."""
    search = partial(matching_event, [one, other])
    found = [_searched(contract, search) for contract in contracts]
    event = next((event for event, _ in found if event is not None), None)
    problem = next((problem for _, problem in found if problem), "")
    if event is None and problem:
        raise UndecidedError(problem)
    return event
