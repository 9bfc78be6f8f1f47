"""Subscriptions: the consumers of each contract, and what has none."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from trunklab.contracts.contract import Contract
from trunklab.rules.lint import Linted
from trunklab.rules.rule_under_check import Subject
from trunklab.rules.verdict import Kind
from trunklab.templates.topology import Topology


@dataclass(frozen=True)
class Subscription:
    """One consumer of one contract by one rule."""

    contract: str
    consumer: str
    rule: str
    kind: Kind
    examples: int
    """The number of the contract's examples that the rule matches."""
    of: int


@dataclass(frozen=True)
class Coverage:
    """The subscriptions, and what is missing."""

    contracts: tuple[Contract, ...]
    subscriptions: tuple[Subscription, ...]
    unread: tuple[str, ...]
    """Rules whose pattern could not be judged."""
    disabled: tuple[str, ...] = ()
    on_other_buses: tuple[str, ...] = ()
    """Rules on buses that carry no contract's events, each with its bus."""
    not_read: tuple[str, ...] = ()
    """Files that could not be read: their rules are missing."""

    @property
    def unheard(self) -> list[Contract]:
        """Contracts that no rule matches."""
        matched = {one.contract for one in self.subscriptions}
        return [contract for contract in self.contracts if contract.name not in matched]

    @property
    def unexercised(self) -> list[str]:
        """Rules that match none of the examples of any contract."""
        examples: Counter[str] = Counter()
        for one in self.subscriptions:
            examples[one.rule] += one.examples
        return [rule for rule, count in examples.items() if not count]

    def as_json(self) -> dict[str, Any]:
        """Returns the JSON document; `matrix` has the strongest kind by contract and consumer."""
        matrix: dict[str, dict[str, str]] = {contract.name: {} for contract in self.contracts}
        order = [Kind.UNDECIDED, Kind.SOMETIMES, Kind.ALWAYS]
        for one in sorted(self.subscriptions, key=lambda one: order.index(one.kind)):
            matrix[one.contract][one.consumer] = one.kind.value
        return {
            "matrix": matrix,
            "rules": [vars(one) | {"kind": one.kind.value} for one in self.subscriptions],
            "unheard": [contract.name for contract in self.unheard],
            "unexercised": self.unexercised,
            "unread": list(self.unread),
            "disabled": list(self.disabled),
            "on_other_buses": list(self.on_other_buses),
            "not_read": list(self.not_read),
        }


def coverage(read: Topology, linted: Linted, contracts: Sequence[Contract]) -> Coverage:
    """Returns the subscriptions by the verdicts on the rules."""
    judged = {id(subject.rule) for subject in linted.subjects if not subject.rule.unresolved}
    reached: dict[int, dict[str, None]] = {}
    for consumer in read.consumers:
        reached.setdefault(id(consumer.rule), {})[consumer.full_name] = None
    return Coverage(
        tuple(contracts),
        tuple(
            subscription
            for subject in linted.subjects
            if subject.rule.enabled and not subject.rule.unresolved
            for subscription in _subscriptions(list(reached.get(id(subject.rule), {})), subject)
        ),
        tuple(rule.full_name for rule in read.rules if id(rule) not in judged),
        tuple(rule.full_name for rule in read.rules if not rule.enabled),
        tuple(
            f"{rule.full_name} ({rule.bus})" for rule in read.rules if not rule.receives_contracts
        ),
        tuple(f"{part.file}:{part.line}: {part.problem}" for part in read.unread),
    )


def _subscriptions(consumers: Sequence[str], subject: Subject) -> Iterator[Subscription]:
    rule = subject.rule.full_name
    for contract in subject.taken:
        kind, examples = subject.verdicts[contract.name].kind, contract.event_examples
        matched = sum(map(subject.pattern.matches, examples))
        for consumer in consumers or (f"({rule})",):
            yield Subscription(contract.name, consumer, rule, kind, matched, len(examples))
