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
from trunklab.templates.topology import DEFAULT_BUS, BusKind, Rule

_AWS_SOURCE: Final = "aws.ec2"
"""A condition that matches it, too, does not ask for the events of a contract."""

SIGNED_MAX: Final = 3
"""Owners that a finding names; more are counted."""


@dataclass(frozen=True)
class Subject:
    """A rule whose pattern AWS would accept, as far as its values are known."""

    rule: Rule
    pattern: Pattern
    known: Known

    @cached_property
    def leaves(self) -> tuple[Leaf, ...]:
        """Its clauses as they are written."""
        return tuple(leaves(parse.tree_of_text(self.pattern.text)))

    @cached_property
    def contracts(self) -> list[Contract]:
        """Those that its bus carries and its source and detail-type admit."""
        if not self.rule.receives_contracts:
            return []
        return self.known.admitted(self.pattern.branches)

    @cached_property
    def is_on_wrong_bus(self) -> bool:
        """True if the rule asks for events that its bus does not carry."""
        if self.rule.receives_contracts:
            return False
        return any(map(self._asks_for_contracts, self.pattern.branches))

    @property
    def is_judged(self) -> bool:
        """True if the contracts apply: a misspelled bus does not excuse a misspelled field."""
        is_misspelled = self.rule.bus_kind is BusKind.OTHER and self.is_on_wrong_bus
        return self.rule.receives_contracts or is_misspelled

    def _asks_for_contracts(self, branch: Branch) -> bool:
        """True if the branch is for events of a contract, not just for any event of its bus."""
        if SOURCE in branch:
            sources = [one for one in branch[SOURCE] if not one.passes(_AWS_SOURCE)]
            return any(passes(tuple(sources), source) for source in self.known.by_source)
        if DETAIL_TYPE in branch:
            types = [one for one in branch[DETAIL_TYPE] if isinstance(one, Text)]
            return any(one.text in self.known.by_detail_type for one in types)
        return self.rule.bus_kind is BusKind.OTHER

    @cached_property
    def verdicts(self) -> dict[str, Verdict]:
        """How each of its contracts fares, by the contract's name.

        A clause that is not known could still exclude what the other clauses match.
        """
        found = {one.name: verdict(self.pattern, [one]) for one in self.contracts}
        if self.rule.unresolved:
            unknown = Verdict(Kind.UNDECIDED, reason=f"not known: {self.rule.unresolved[0]}")
            return {name: one if one.kind is Kind.NEVER else unknown for name, one in found.items()}
        return found

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
        if not self.rule.receives_contracts:
            kind = Kind.NEVER if self.is_on_wrong_bus else Kind.UNDECIDED
            return Verdict(kind, reason=f"the bus {self.rule.bus} carries no contract's events")
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
        """True if a branch is for AWS's own events too, by name or as any event of their bus."""
        if SOURCE not in branch:
            return self.rule.bus == DEFAULT_BUS
        return any(map(is_aws, branch[SOURCE]))

    def branches_of(self, leaf: Leaf) -> list[Branch]:
        """The branches that the clause counts in."""
        return [one for one in self.pattern.branches if one.get(leaf.path) == leaf.clause]

    def names(self, contract: Contract) -> bool:
        """True if the contract's detail-type is in the rule, letter by letter."""
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
