"""Judges every change of a contract by what it does to each consumer."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath

from trunklab.contracts.compatibility.baseline import baseline
from trunklab.contracts.compatibility.contract_changes import Change, changes
from trunklab.contracts.contract import Contract
from trunklab.contracts.contract_files import contracts_in
from trunklab.contracts.impact.break_search import Search, Versions
from trunklab.contracts.impact.breaks import FIXES, REMOVED, Break
from trunklab.contracts.impact.field_paths import text_of, value_of
from trunklab.contracts.impact.lost_fields import fails
from trunklab.contracts.impact.missed_events import misses
from trunklab.contracts.impact.model_rejections import rejects
from trunklab.contracts.impact.path_outcomes import below
from trunklab.contracts.impact.pattern_places import line_of_name
from trunklab.contracts.impact.rule_consumers import Listener, Listeners
from trunklab.contracts.impact.same_field import same_at
from trunklab.findings.finding import Finding
from trunklab.rules.verdict import Kind
from trunklab.templates.repository import topology


@dataclass(frozen=True)
class Verdict:
    """What a change does to one consumer."""

    consumer: str
    breaks: tuple[Break, ...]
    reason: str
    """Why it does not break; empty if it does."""


@dataclass(frozen=True)
class Impact:
    """What became of one contract, and what of those who listen to it."""

    contract: Contract
    """As it is now; as it was, if it is gone."""
    changes: tuple[Change, ...]
    verdicts: tuple[Verdict, ...]
    is_removed: bool = False

    @property
    def findings(self) -> list[Finding]:
        """Every break as a finding, with the contract's owner and the end of its life."""
        return [
            Finding(
                one.path,
                one.line,
                one.id,
                f"{self.contract.name}: {one.what}",
                FIXES[one.id],
                owner=self.contract.signed,
            )
            for verdict in self.verdicts
            for one in verdict.breaks
        ]


def impacts(root: FilePath, against: str | None) -> list[Impact]:
    """Every contract that changed, in the order of their names, with what it does to whom.

    Raises ContractFileError, RevisionError, TopologyError, SourceError, ReadsFileError and
    ShapesError.
    """
    promised = baseline(root, against).contracts
    now = {contract.name: contract for contract in contracts_in(root)}
    changed = [
        (old, new, found)
        for old in promised
        if (new := now.get(old.name)) is not None and (found := changes(old.document, new.document))
    ]
    removed = [old for old in promised if old.name not in now]
    if not changed and not removed:
        return []
    listeners = Listeners(root, topology(root).whole())
    judged = [_removed(listeners, old) for old in removed]
    judged += [_changed(listeners, Versions(*one)) for one in changed]
    return sorted(judged, key=lambda one: one.contract.name)


def _removed(listeners: Listeners, old: Contract) -> Impact:
    verdicts = []
    for rule in listeners.naming(old):
        line = line_of_name(rule, old.detail_type)
        what = f"it is gone and the rule {rule.full_name} still names it"
        broken = Break(REMOVED, rule.template, line, what)
        verdicts.append(Verdict(rule.full_name, (broken,), ""))
    return Impact(old, (), tuple(verdicts), is_removed=True)


def _changed(listeners: Listeners, versions: Versions) -> Impact:
    verdicts = [
        _verdict(listener, versions) for listener in listeners.of(versions.old, versions.new)
    ]
    return Impact(versions.new, tuple(versions.changes), tuple(verdicts))


def _verdict(listener: Listener, versions: Versions) -> Verdict:
    search = Search(versions, listener.pattern)
    breaks = tuple(_breaks(listener, search))
    return Verdict(listener.name, breaks, "" if breaks else _reason(listener, versions))


def _breaks(listener: Listener, search: Search) -> Iterator[Break]:
    yield from misses(listener, search)
    if search.now is not None and search.now.kind is Kind.NEVER:
        return  # nothing comes that could be refused or read
    yield from rejects(listener, search)
    yield from fails(listener, search)


def _reason(listener: Listener, versions: Versions) -> str:
    changed = sorted(
        text_of(path)
        for one in listener.reads.paths
        for path in ([one] if value_of(one) == one else below(versions.old_node, one))
        if path and not same_at(versions, path)
    )
    if not changed:
        return "reads none of the changed fields"
    return f"can go on reading {_listed(changed)}"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(dict.fromkeys(names))
