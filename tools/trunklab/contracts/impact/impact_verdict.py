"""The effect of every contract change on each consumer."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path as FilePath

from trunklab.contracts.compatibility.baseline import baseline
from trunklab.contracts.compatibility.contract_changes import Change, changes
from trunklab.contracts.compatibility.lifecycle import rules_naming
from trunklab.contracts.contract import Contract
from trunklab.contracts.exported_contracts import OWN_FILES, Location
from trunklab.contracts.impact.break_search import Search, Versions
from trunklab.contracts.impact.consumer_breaks import fails, misses, rejects
from trunklab.contracts.impact.field_paths import value_of
from trunklab.contracts.impact.impact_findings import FIXES, REMOVED, Break
from trunklab.contracts.impact.path_outcomes import below
from trunklab.contracts.impact.rule_consumers import RuleConsumer, RuleConsumers
from trunklab.findings.finding import Finding
from trunklab.patterns.parse import tree_of_text
from trunklab.rules.rule_under_check import leaves
from trunklab.rules.verdict import Kind
from trunklab.templates.repository import topology
from trunklab.templates.topology import Rule


@dataclass(frozen=True)
class Verdict:
    """The effect of a change on one consumer."""

    consumer: str
    breaks: tuple[Break, ...]
    reason: str
    """Why the consumer does not break; empty if it does."""


@dataclass(frozen=True)
class Impact:
    """The changes of one contract, and their effect on its consumers."""

    contract: Contract
    """The new version; the old one if the contract is removed."""
    changes: tuple[Change, ...]
    verdicts: tuple[Verdict, ...]
    is_removed: bool = False

    @property
    def findings(self) -> list[Finding]:
        """Every break as a finding, with the contract's owner, deprecation and sunset."""
        return [
            Finding(
                broken.path,
                broken.line,
                broken.id,
                f"{self.contract.name}: {broken.what}",
                FIXES[broken.id],
                owner=self.contract.signed,
            )
            for verdict in self.verdicts
            for broken in verdict.breaks
        ]


def impacts(root: FilePath, against: str | None, location: Location = OWN_FILES) -> list[Impact]:
    """Returns the impact of each changed contract, in the order of the contract names.

    Raises ContractFileError, RevisionError, TopologyError, SourceError, ReadsFileError and
    ShapesError.
    """
    promised = baseline(root, against, location).contracts
    now = {contract.name: contract for contract in location.below(root)}
    changed = [
        (old, new, different)
        for old in promised
        if (new := now.get(old.name)) is not None
        and (different := changes(old.document, new.document))
    ]
    removed = [old for old in promised if old.name not in now]
    if not changed and not removed:
        return []
    consumers = RuleConsumers(root, topology(root).whole())
    result = [_removed(consumers, old) for old in removed]
    for old, new, different in changed:
        versions = Versions(old, new, different)
        verdicts = [_verdict(consumer, versions) for consumer in consumers.of(old, new)]
        result.append(Impact(new, tuple(different), tuple(verdicts)))
    return sorted(result, key=lambda impact: impact.contract.name)


def _removed(consumers: RuleConsumers, old: Contract) -> Impact:
    verdicts = []
    for rule in rules_naming(consumers.rules, old):
        line = _line_of_name(rule, old.detail_type)
        what = f"the contract is removed and the rule {rule.full_name} still names it"
        verdicts.append(Verdict(rule.full_name, (Break(REMOVED, rule.template, line, what),), ""))
    return Impact(old, (), tuple(verdicts), is_removed=True)


def _verdict(consumer: RuleConsumer, versions: Versions) -> Verdict:
    breaks = tuple(_breaks(consumer, Search(versions, consumer.pattern)))
    return Verdict(consumer.name, breaks, "" if breaks else _reason(consumer, versions))


def _breaks(consumer: RuleConsumer, search: Search) -> Iterator[Break]:
    yield from misses(consumer, search)
    if search.now is not None and search.now.kind is Kind.NEVER:
        return  # the rule matches no event that could be rejected or read
    yield from rejects(consumer, search)
    yield from fails(consumer, search)


def _reason(consumer: RuleConsumer, versions: Versions) -> str:
    if consumer.unknown:
        return "loses no field"
    changed = [
        ".".join(field)
        for path in consumer.reads
        for field in ([path] if value_of(path) == path else below(versions.old_node, path))
        if field and not versions.is_same(field)
    ]
    if not changed:
        return "reads none of the changed fields"
    return f"can still read {', '.join(sorted(set(changed)))}"


def _line_of_name(rule: Rule, detail_type: str) -> int:
    """Returns the line on which the rule names a detail-type."""
    for leaf in leaves(tree_of_text(rule.text or "{}")):
        if leaf.path == ("detail-type",):
            for index, condition in enumerate(leaf.conditions):
                if condition.passes(detail_type):
                    return rule.line_of((*leaf.steps, index))
    return rule.pattern_line
