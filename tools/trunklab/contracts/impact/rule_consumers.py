"""Who listens to a contract: each rule that takes its events, with the handler behind it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path as FilePath
from pathlib import PurePosixPath

from trunklab.contracts.compatibility.rule_references import pattern_of, rules_naming
from trunklab.contracts.contract import Contract
from trunklab.contracts.impact.field_paths import normal
from trunklab.contracts.impact.recorded_reads import kept
from trunklab.contracts.impact.source_reads import Place, Reads, reads
from trunklab.patterns.pattern import Pattern
from trunklab.rules.verdict import admitted
from trunklab.templates.topology import Consumer, Handler, Rule, Topology


@dataclass(frozen=True)
class Listener:
    """One rule, and one handler that takes what it lets through."""

    rule: Rule
    pattern: Pattern | None
    """None if only a deployment knows it."""
    handler: Handler | None
    reads: Reads

    @property
    def name(self) -> str:
        """`payments.decide-payment`; without a handler the rule's name."""
        return f"{self.rule.service}.{self.handler.name if self.handler else self.rule.logical_id}"

    @property
    def path(self) -> PurePosixPath:
        """The file that it is declared in: the handler's, else the template."""
        return self.handler.file if self.handler else self.rule.template

    @property
    def line(self) -> int:
        """The line there."""
        return self.handler.line if self.handler else self.rule.line


class Listeners:
    """All listeners of a checkout; a handler is followed when somebody asks for it."""

    def __init__(self, root: FilePath, topology: Topology) -> None:
        self._root = root
        self._topology = topology
        self._rules = [rule for rule in topology.rules if rule.receives_contracts]
        self._patterns = {rule.full_name: pattern_of(rule) for rule in self._rules}

    def of(self, contract: Contract, new: Contract) -> Iterator[Listener]:
        """Who listens to it, in the order of the templates; raises SourceError.

        `new` is what becomes of it: a handler may read what only that has.
        """
        for rule in self._rules:
            pattern = self._patterns[rule.full_name]
            if pattern is not None and not admitted(pattern, [contract]):
                continue
            consumers = [one for one in self._topology.consumers if one.rule is rule]
            for consumer in consumers:
                yield from self._behind(consumer, pattern, (contract, new))
            if not consumers and pattern is not None:
                why = "sends events where no function of its template takes them"
                yield _unknown(rule, pattern, why)

    def naming(self, contract: Contract) -> Iterator[Rule]:
        """The rules that name its detail-type."""
        return rules_naming(self._rules, contract)

    def _behind(
        self, consumer: Consumer, pattern: Pattern | None, versions: tuple[Contract, Contract]
    ) -> Iterator[Listener]:
        paths = {one.path for one in versions}
        named = [one for one in consumer.handlers if one.contract_path in paths]
        for handler in named:
            found = self._reads(consumer, handler, versions)
            yield Listener(consumer.rule, pattern, handler, found)
        if not named and pattern is not None:
            # The rule takes these events: whoever handles them is declared in a way not seen.
            what = f"handler of {versions[0].detail_type}" if consumer.declares else "handlers"
            why = f"leads to {consumer.function.logical_id}, which declares no {what}"
            yield _unknown(consumer.rule, pattern, why)

    def _reads(
        self, consumer: Consumer, handler: Handler, versions: tuple[Contract, Contract]
    ) -> Reads:
        """What the source says and what was recorded; a recording knows what the source hides."""
        if consumer.function.code is None:
            return Reads(frozenset(), (Place(handler.file, handler.line, "has no code here"),))
        folder = self._root / consumer.function.code
        old, new = (
            reads(self._root, folder, handler.module, handler.function, one.document)
            for one in versions
        )
        service = self._root / consumer.rule.template.parent
        recorded = kept(service, self._root).get(handler.name)
        if recorded is not None:
            return Reads(normal(old.paths | recorded), ())
        # What is unknown for one version alone is a field that the other one does not have.
        return Reads(old.paths, tuple(one for one in old.unknown if one in new.unknown))


def _unknown(rule: Rule, pattern: Pattern, why: str) -> Listener:
    place = Place(rule.template, rule.line, why)
    return Listener(rule, pattern, None, Reads(frozenset(), (place,)))
