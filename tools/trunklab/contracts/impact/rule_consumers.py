"""Consumers of a contract: each rule that matches its events, with each handler behind it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path as FilePath
from pathlib import PurePosixPath

from trunklab.contracts.compatibility.rule_references import pattern_of, rules_naming
from trunklab.contracts.contract import Contract
from trunklab.contracts.impact.field_paths import EVERYTHING, Path
from trunklab.contracts.impact.recorded_reads import FILE, recorded_reads
from trunklab.patterns.pattern import Pattern
from trunklab.rules.verdict import admitted
from trunklab.templates.topology import Consumer, Handler, Rule, Topology


@dataclass(frozen=True)
class RuleConsumer:
    """One rule and one handler of the events that it matches."""

    rule: Rule
    pattern: Pattern | None
    """None if its value depends on the deployment."""
    handler: Handler | None
    reads: frozenset[Path]
    """Fields that the handler reads; all of them if that is unknown."""
    unknown: str = ""
    """Why the reads are unknown; empty if they are recorded."""

    @property
    def name(self) -> str:
        """`payments.decide-payment`; without a handler the rule's name."""
        return f"{self.rule.service}.{self.handler.name if self.handler else self.rule.logical_id}"

    @property
    def path(self) -> PurePosixPath:
        """The file that declares the handler, else the rule."""
        return self.handler.file if self.handler else self.rule.template

    @property
    def line(self) -> int:
        """The line of the declaration."""
        return self.handler.line if self.handler else self.rule.line


class RuleConsumers:
    """All consumers of a checkout."""

    def __init__(self, root: FilePath, topology: Topology) -> None:
        self._root = root
        self._topology = topology
        self._patterns = {rule.full_name: pattern_of(rule) for rule in topology.rules}

    def of(self, contract: Contract, new: Contract) -> Iterator[RuleConsumer]:
        """Yields the consumers of a contract in the order of the templates.

        `new` is the changed contract: its handlers count too. Raises ReadsFileError.
        """
        paths = {contract.path, new.path}
        for rule in self._topology.rules:
            pattern = self._patterns[rule.full_name]
            if pattern is not None and not admitted(pattern, [contract]):
                continue
            consumers = [entry for entry in self._topology.consumers if entry.rule is rule]
            for consumer in consumers:
                named = [one for one in consumer.handlers if one.contract_path in paths]
                yield from (self._recorded(consumer, pattern, handler) for handler in named)
                if not named and pattern is not None:
                    # The rule matches these events, so an undeclared handler receives them.
                    what = f"handler of {contract.detail_type}" if consumer.declares else "handler"
                    why = f"{consumer.function.logical_id} declares no {what}"
                    yield _without_handler(rule, pattern, why)
            if not consumers and pattern is not None:
                yield _without_handler(rule, pattern, "no function of its template is a target")

    def naming(self, contract: Contract) -> Iterator[Rule]:
        """Yields the rules that name the contract's detail-type."""
        return rules_naming(self._topology.rules, contract)

    def _recorded(
        self, consumer: Consumer, pattern: Pattern | None, handler: Handler
    ) -> RuleConsumer:
        folder = consumer.rule.template.parent
        reads = recorded_reads(self._root / folder, self._root).get(handler.name)
        if reads is None:
            why = f"{folder / FILE} has no entry for {handler.name}"
            return RuleConsumer(consumer.rule, pattern, handler, frozenset({(EVERYTHING,)}), why)
        return RuleConsumer(consumer.rule, pattern, handler, reads)


def _without_handler(rule: Rule, pattern: Pattern, why: str) -> RuleConsumer:
    return RuleConsumer(rule, pattern, None, frozenset({(EVERYTHING,)}), why)
