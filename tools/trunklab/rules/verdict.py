"""Which events of the contracts match a pattern: never, sometimes or always, with examples.

Every example was judged by the contract's validator and the rules engine. "Never" and "always" are
proved for what producers send: fields that the contract names, or maps it declares.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from trunklab.contracts.contract import Contract
from trunklab.patterns.errors import InvalidEventError
from trunklab.patterns.pattern import Pattern
from trunklab.rules.event_search import admits, matching_event, other_event
from trunklab.rules.prepared_contract import Prepared, prepared
from trunklab.schema_solver.errors import UndecidedError
from trunklab.schema_solver.shape import JSON


class Kind(StrEnum):
    """How often a pattern matches."""

    NEVER = "never"
    SOMETIMES = "sometimes"
    ALWAYS = "always"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Verdict:
    """The answer with an event that matches and one that does not, where there are such."""

    kind: Kind
    matching: JSON = None
    other: JSON = None
    reason: str = ""
    contracts: tuple[str, ...] = ()
    """The contracts that the pattern's source and detail-type admit."""


def verdict(pattern: Pattern, contracts: Sequence[Contract]) -> Verdict:
    """How the events of those contracts fare that the pattern's source and detail-type admit.

    Raises UnsupportedKeywordError for a contract that cannot be read.
    """
    chosen = [prepared(contract) for contract in admitted(pattern, contracts)]
    names = tuple(one.contract.name for one in chosen)
    if not chosen:
        return Verdict(Kind.NEVER, reason="no contract has such a source and detail-type")
    matching, open_match = _first(chosen, lambda one: matching_event([pattern], one))
    other, open_other = _first(chosen, lambda one: other_event(pattern, one))
    if matching is None and not open_match:
        return Verdict(Kind.NEVER, None, other, "no event of them can match", names)
    if matching is not None and other is not None:
        return Verdict(Kind.SOMETIMES, matching, other, "", names)
    if matching is not None and not open_other:
        return Verdict(Kind.ALWAYS, matching, None, "every event of them matches", names)
    return Verdict(Kind.UNDECIDED, matching, other, open_match or open_other, names)


def admitted(pattern: Pattern, contracts: Sequence[Contract]) -> list[Contract]:
    """The contracts whose source and detail-type some branch of the pattern takes."""
    return [
        contract
        for contract in contracts
        if any(admits(branch, prepared(contract)) for branch in pattern.branches)
    ]


def both_match(one: Pattern, other: Pattern, contracts: Sequence[Contract]) -> JSON:
    """An event that both patterns match, None if there provably is none.

    Raises UndecidedError.
    """
    chosen = [prepared(contract) for contract in admitted(one, admitted(other, contracts))]
    found, problem = _first(chosen, lambda contract: matching_event([one, other], contract))
    if found is None and problem:
        raise UndecidedError(problem)
    return found


def _first(chosen: Sequence[Prepared], search: Callable[[Prepared], JSON]) -> tuple[JSON, str]:
    """The first event found, and what was left undecided if none was."""
    problem = ""
    for contract in chosen:
        try:
            found = search(contract)
        except (UndecidedError, InvalidEventError) as error:
            problem = problem or f"{contract.contract.name}: {error.problem}"
            continue
        if found is not None:
            return found, ""
    return None, problem
