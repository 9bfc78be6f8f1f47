"""Who hears which event: contracts by consumers, events without any, rules without an example."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from trunklab.contracts.contract import Contract
from trunklab.rules.lint import Linted
from trunklab.rules.rule_under_check import Subject
from trunklab.rules.verdict import Kind
from trunklab.templates.topology import Topology


@dataclass(frozen=True)
class Hears:
    """One consumer of one contract by one rule."""

    contract: str
    consumer: str
    rule: str
    kind: Kind
    examples: int
    """How many of the contract's examples the rule takes."""
    of: int


@dataclass(frozen=True)
class Coverage:
    """The matrix, and what is missing in it."""

    contracts: tuple[Contract, ...]
    heard: tuple[Hears, ...]
    unread: tuple[str, ...]
    """Rules whose pattern could not be judged."""
    disabled: tuple[str, ...] = ()
    """Rules that hear nothing in this stage."""
    on_other_buses: tuple[str, ...] = ()
    """Rules on buses that carry no contract's events, each with its bus."""
    not_read: tuple[str, ...] = ()
    """Files that could not be read: their rules are missing."""

    @property
    def unheard(self) -> list[Contract]:
        """Events that no rule takes."""
        taken = {one.contract for one in self.heard}
        return [one for one in self.contracts if one.name not in taken]

    @property
    def unexercised(self) -> list[str]:
        """Rules that take none of the examples of any contract."""
        rules = dict.fromkeys(one.rule for one in self.heard)
        exercised = {one.rule for one in self.heard if one.examples}
        return [rule for rule in rules if rule not in exercised]

    def as_json(self) -> dict[str, Any]:
        """The matrix as JSON: contract, consumer, how often."""
        matrix: dict[str, dict[str, str]] = {one.name: {} for one in self.contracts}
        for one in self.heard:
            known = matrix[one.contract].get(one.consumer)
            matrix[one.contract][one.consumer] = _stronger(known, one.kind)
        return {
            "matrix": matrix,
            "rules": [vars(one) | {"kind": one.kind.value} for one in self.heard],
            "unheard": [one.name for one in self.unheard],
            "unexercised": self.unexercised,
            "unread": list(self.unread),
            "disabled": list(self.disabled),
            "on_other_buses": list(self.on_other_buses),
            "not_read": list(self.not_read),
        }


def coverage(read: Topology, linted: Linted, contracts: Sequence[Contract]) -> Coverage:
    """Return who hears what, as the verdicts of the rules tell."""
    judged = {id(subject.rule) for subject in linted.subjects if not subject.rule.unresolved}
    reached: dict[int, dict[str, None]] = {}
    for consumer in read.consumers:
        reached.setdefault(id(consumer.rule), {})[consumer.full_name] = None
    return Coverage(
        tuple(contracts),
        tuple(
            one
            for subject in linted.subjects
            if subject.rule.enabled and not subject.rule.unresolved
            for one in _heard(list(reached.get(id(subject.rule), {})), subject)
        ),
        tuple(rule.full_name for rule in read.rules if id(rule) not in judged),
        tuple(rule.full_name for rule in read.rules if not rule.enabled),
        tuple(
            f"{rule.full_name} ({rule.bus})" for rule in read.rules if not rule.receives_contracts
        ),
        tuple(f"{part.file}:{part.line}: {part.problem}" for part in read.unread),
    )


def _heard(consumers: Sequence[str], subject: Subject) -> Iterator[Hears]:
    for contract in subject.taken:
        taken = sum(map(subject.pattern.matches, contract.event_examples))
        for consumer in consumers or (f"({subject.rule.full_name})",):
            yield Hears(
                contract=contract.name,
                consumer=consumer,
                rule=subject.rule.full_name,
                kind=subject.verdicts[contract.name].kind,
                examples=taken,
                of=len(contract.event_examples),
            )


def _stronger(known: str | None, kind: Kind) -> str:
    order = [Kind.UNDECIDED, Kind.SOMETIMES, Kind.ALWAYS]
    return kind.value if known is None else max(Kind(known), kind, key=order.index).value
