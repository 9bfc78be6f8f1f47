"""One rule under check: its pattern, the contracts that it may take, and how they fare."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from trunklab.contracts.contract import Contract
from trunklab.findings.finding import Finding
from trunklab.patterns import parse
from trunklab.patterns.conditions import Text
from trunklab.patterns.parse import Branch, passes
from trunklab.patterns.pattern import Pattern
from trunklab.rules.known_contracts import DETAIL_TYPE, SOURCE, Known, is_aws
from trunklab.rules.pattern_clauses import Leaf, leaves
from trunklab.rules.rule_findings import BY_ID
from trunklab.rules.verdict import Kind, Verdict, verdict
from trunklab.templates.topology import DEFAULT_BUS, Rule

SIGNED_MAX: Final = 3
"""Owners that a finding names; more are counted."""


@dataclass(frozen=True)
class Subject:
    """A rule whose pattern AWS would accept."""

    rule: Rule
    pattern: Pattern
    known: Known

    @cached_property
    def leaves(self) -> tuple[Leaf, ...]:
        """Its clauses as they are written."""
        return tuple(leaves(parse.tree_of_text(self.pattern.text)))

    @cached_property
    def contracts(self) -> list[Contract]:
        """Those that its source and detail-type admit."""
        return self.known.admitted(self.pattern.branches)

    @cached_property
    def verdicts(self) -> dict[str, Verdict]:
        """How each of its contracts fares, by the contract's name."""
        return {one.name: verdict(self.pattern, [one]) for one in self.contracts}

    @cached_property
    def taken(self) -> list[Contract]:
        """The contracts of which it takes some events, or may."""
        return [one for one in self.contracts if self.verdicts[one.name].kind != Kind.NEVER]

    @cached_property
    def verdict(self) -> Verdict:
        """How all of its contracts fare together."""
        each = list(self.verdicts.values())
        names = tuple(self.verdicts)
        kinds = {one.kind for one in each}
        if kinds <= {Kind.NEVER} and any(map(self.is_aws, self.pattern.branches)):
            reason = "it takes events of AWS, for which there is no contract"
            return Verdict(Kind.UNDECIDED, reason=reason, contracts=names)
        if not each:
            return Verdict(Kind.NEVER, reason="no contract has its source and detail-type")
        if len(kinds) == 1 and Kind.SOMETIMES not in kinds:
            first = each[0]
            return Verdict(first.kind, first.matching, first.other, first.reason, names)
        matching = next((one.matching for one in each if one.matching is not None), None)
        other = next((one.other for one in each if one.other is not None), None)
        reason = next((one.reason for one in each if one.kind == Kind.UNDECIDED), "")
        kind = Kind.SOMETIMES if matching is not None else Kind.UNDECIDED
        return Verdict(kind, matching, other, reason, names)

    def is_aws(self, branch: Branch) -> bool:
        """Whether a branch is for AWS's own events too: it names them, or all of their bus."""
        if SOURCE not in branch:
            return self.rule.bus == DEFAULT_BUS
        return any(map(is_aws, branch[SOURCE]))

    def branches_of(self, leaf: Leaf) -> list[Branch]:
        """The branches that the clause counts in."""
        return [one for one in self.pattern.branches if one.get(leaf.path) == leaf.clause]

    def names(self, contract: Contract) -> bool:
        """Whether the contract's detail-type is written in the rule."""
        return any(
            isinstance(one, Text) and one.text == contract.detail_type
            for leaf in self.leaves
            if leaf.path == DETAIL_TYPE
            for one in leaf.conditions
        )

    def line_of(self, contract: Contract) -> int:
        """Where the rule names a contract: an entry of its detail-type, else the pattern."""
        for leaf in self.leaves:
            if leaf.path == DETAIL_TYPE:
                for index, condition in enumerate(leaf.conditions):
                    if passes((condition,), contract.detail_type):
                        return self.rule.line_of((*leaf.steps, index))
        return self.rule.pattern_line

    def found(self, check: str, line: int, what: str, fix: str, *about: Contract) -> Finding:
        """A finding in the rule's template, with who answers for the contracts it is about."""
        said = f"{self.rule.logical_id}: {what}"
        return found(self.rule, check, line, said, fix, _signed(about))


def found(  # noqa: PLR0913, PLR0917 - the parts of a finding
    rule: Rule, check: str, line: int, what: str, fix: str, owner: str = ""
) -> Finding:
    """A finding about a rule; its level is the check's."""
    return Finding(rule.template, line, check, what, fix, BY_ID[check].level, owner)


def _signed(contracts: Sequence[Contract]) -> str:
    signed = list(dict.fromkeys(one.signed for one in contracts))
    more = [f"and {len(signed) - SIGNED_MAX} more"] if len(signed) > SIGNED_MAX else []
    return "; ".join(signed[:SIGNED_MAX] + more)


Findings = Iterator[Finding]
