"""A rule under check: its clauses, the contracts that it may match, and the verdicts on them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from trunklab.contracts.contract import Contract
from trunklab.findings.finding import Finding
from trunklab.patterns.conditions import Condition, Text
from trunklab.patterns.errors import OR, Steps
from trunklab.patterns.operators import condition
from trunklab.patterns.parse import (
    DETAIL_TYPE,
    SOURCE,
    Branch,
    Clause,
    Path,
    passes,
    tree_of_text,
)
from trunklab.patterns.pattern import Pattern
from trunklab.rules.known_contracts import Known, is_aws
from trunklab.rules.rule_findings import finding
from trunklab.rules.verdict import Kind, Verdict, combined, verdict
from trunklab.templates.topology import DEFAULT_BUS, BusKind, Rule

Findings = Iterator[Finding]

_AWS_SOURCE: Final = "aws.ec2"
"""A condition that matches this source too does not name the events of a contract."""

SIGNED_MAX: Final = 3
"""Owners that a finding names; more are counted."""


@dataclass(frozen=True)
class Leaf:
    """One array of a pattern as it is written, with a condition for each entry."""

    path: Path
    """As rules match it: dotted keys are split, without `$or`."""
    steps: Steps
    """The keys and indexes that lead to it."""
    conditions: tuple[Condition, ...]

    @property
    def clause(self) -> Clause:
        """The conditions as in the branches of the pattern, each once."""
        return tuple(dict.fromkeys(self.conditions))

    @property
    def name(self) -> str:
        """The field's name in messages."""
        return ".".join(self.path)


def leaves(tree: object, path: Path = (), steps: Steps = ()) -> Iterator[Leaf]:
    """Yields every clause of a valid pattern."""
    for name, value in tree.items() if isinstance(tree, Mapping) else ():
        here = (*steps, name)
        if name == OR:
            for index, alternative in enumerate(value):
                yield from leaves(alternative, path, (*here, index))
        elif isinstance(value, Mapping):
            yield from leaves(value, (*path, *name.split(".")), here)
        else:
            yield Leaf((*path, *name.split(".")), here, tuple(map(condition, value)))


@dataclass(frozen=True)
class Subject:
    """A rule whose pattern AWS would accept, as far as its values are known."""

    rule: Rule
    pattern: Pattern
    known: Known

    @cached_property
    def leaves(self) -> tuple[Leaf, ...]:
        """Its clauses as they are written."""
        return tuple(leaves(tree_of_text(self.pattern.text)))

    def entries(self, leaf: Leaf) -> Iterator[tuple[Condition, int]]:
        """Yields the conditions of a clause, each with its line."""
        for index, found in enumerate(leaf.conditions):
            yield found, self.rule.line_of((*leaf.steps, index))

    @cached_property
    def contracts(self) -> list[Contract]:
        """The contracts that its bus carries and its source and detail-type admit."""
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
        if not self.known.contracts:
            return False
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
        """The verdict on each of its contracts by name; an unknown clause may exclude more."""
        found = {one.name: verdict(self.pattern, [one]) for one in self.contracts}
        if self.rule.unresolved:
            unknown = Verdict(Kind.UNDECIDED, reason=f"not known: {self.rule.unresolved[0]}")
            return {name: one if one.kind is Kind.NEVER else unknown for name, one in found.items()}
        return found

    @cached_property
    def taken(self) -> list[Contract]:
        """The contracts of which it matches some events or may do so."""
        return [one for one in self.contracts if self.verdicts[one.name].kind != Kind.NEVER]

    @cached_property
    def verdict(self) -> Verdict:
        """The verdict on all of its contracts together."""
        if not self.known.contracts:
            return Verdict(Kind.UNDECIDED, reason="there are no contracts")
        if not self.rule.receives_contracts:
            kind = Kind.NEVER if self.is_on_wrong_bus else Kind.UNDECIDED
            return Verdict(kind, reason=f"the bus {self.rule.bus} carries no contract's events")
        found = combined(self.verdicts)
        if found.kind is Kind.NEVER and any(map(self.is_aws, self.pattern.branches)):
            reason = "it matches events of AWS, which no contract describes"
            return Verdict(Kind.UNDECIDED, reason=reason, contracts=found.contracts)
        return found

    def is_aws(self, branch: Branch) -> bool:
        """True if a branch is for AWS's own events too, of which no contract is known.

        Such a branch names them, or is for any event of their bus.
        """
        if SOURCE not in branch:
            return self.rule.bus == DEFAULT_BUS
        described = self.known.by_source
        return any(is_aws(one) and not any(map(one.passes, described)) for one in branch[SOURCE])

    def branches_of(self, leaf: Leaf) -> list[Branch]:
        """Returns the branches in which the clause counts."""
        return [one for one in self.pattern.branches if one.get(leaf.path) == leaf.clause]

    def names(self, contract: Contract) -> bool:
        """True if the contract's detail-type is a plain value of the rule."""
        named = Text(contract.detail_type)
        return any(named in leaf.conditions for leaf in self.leaves if leaf.path == DETAIL_TYPE)

    def line_of(self, contract: Contract) -> int:
        """Returns the line of the detail-type entry for a contract, else of the pattern."""
        lines = (
            line
            for leaf in self.leaves
            if leaf.path == DETAIL_TYPE
            for found, line in self.entries(leaf)
            if found.passes(contract.detail_type)
        )
        return next(lines, self.rule.pattern_line)

    def found(self, check: str, line: int, what: str, fix: str, *about: Contract) -> Finding:
        """Returns a finding in the rule's template, with the owners of contracts."""
        signed = list(dict.fromkeys(contract.signed for contract in about))
        more = [f"and {len(signed) - SIGNED_MAX} more"] if len(signed) > SIGNED_MAX else []
        owner = "; ".join(signed[:SIGNED_MAX] + more)
        named = f"{self.rule.logical_id}: {what}"
        return finding(self.rule.template, line, check, named, fix, owner)
