"""Rules that no longer match events that they matched before."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from trunklab.contracts.impact.break_search import Search
from trunklab.contracts.impact.impact_findings import MISSES, UNKNOWN, Break
from trunklab.contracts.impact.rule_consumers import RuleConsumer
from trunklab.patterns.compiled.program import Program
from trunklab.patterns.conditions import Condition
from trunklab.patterns.parse import Clause, Path, tree_of_text
from trunklab.patterns.pattern import Pattern
from trunklab.rules.event_search import admits
from trunklab.rules.impossible_clauses import always_true, possible
from trunklab.rules.pattern_clauses import leaves
from trunklab.rules.prepared_contract import prepared
from trunklab.rules.verdict import Kind
from trunklab.schema_solver.errors import UndecidedError
from trunklab.schema_solver.shape import JSON
from trunklab.templates.topology import Rule

DATA: Final = ("detail", "data")
"""The path to the fields of a contract in an EventBridge event."""


@dataclass(frozen=True)
class _FieldClause:
    """One clause of a rule, about a field of the contract."""

    path: Path
    clause: Clause
    condition: Condition | None = None

    @property
    def field(self) -> Path:
        """The field within the event's data."""
        return self.path[len(DATA) :]


def misses(consumer: RuleConsumer, search: Search) -> Iterator[Break]:
    """Yields at most one break: the first reason why the rule misses events."""
    before, now, pattern = search.before, search.now, consumer.pattern
    if pattern is None or before is None or now is None:
        return
    clauses = _field_clauses(pattern, search)
    if Kind.UNDECIDED in {before.kind, now.kind}:
        changed = [clause for clause in clauses if not search.versions.is_same(clause.field)]
        if changed:
            reason = now.reason or before.reason
            why = f"may no longer match events that it matched before: {reason}"
            yield _break(consumer, search, UNKNOWN, changed[0], why)
    elif before.kind is Kind.ALWAYS and now.kind is not Kind.ALWAYS:
        why = "matched every event and now misses some"
        yield _break(consumer, search, MISSES, _failing(clauses, now.other), why)
    elif before.kind is Kind.SOMETIMES and now.kind is Kind.NEVER:
        why = "no longer matches any event"
        yield _break(consumer, search, MISSES, _failing(clauses, now.other), why)
    elif before.kind is Kind.SOMETIMES and now.kind is Kind.SOMETIMES:
        lost = next(_lost(clauses, search), None)
        if lost is not None:
            why = f"has a value for {'.'.join(lost.field)} that no event has any more"
            yield _break(consumer, search, MISSES, lost, why)


def _field_clauses(pattern: Pattern, search: Search) -> list[_FieldClause]:
    """Returns the clauses of the rule about fields of the contract."""
    contract = prepared(search.versions.promised)
    return [
        _FieldClause(path, clause)
        for branch in pattern.branches
        if admits(branch, contract)
        for path, clause in branch.items()
        if path[: len(DATA)] == DATA
    ]


def _lost(clauses: list[_FieldClause], search: Search) -> Iterator[_FieldClause]:
    """Yields the entries that matched events and can match none of the new contract."""
    for entry in clauses:
        if not always_true(search.versions.sent, entry.path, entry.clause):
            for condition in entry.clause:
                if _is_lost(search, entry, condition):
                    yield _FieldClause(entry.path, entry.clause, condition)


def _is_lost(search: Search, entry: _FieldClause, condition: Condition) -> bool:
    versions = search.versions
    try:
        return (
            possible(versions.sent, entry.path, condition) is None
            and possible(versions.promised, entry.path, condition) is not None
        )
    except UndecidedError:
        return not versions.is_same(entry.field)


def _failing(clauses: list[_FieldClause], event: JSON) -> _FieldClause | None:
    """Returns the first clause that does not match the event."""
    for entry in clauses:
        if event is not None and not Program([{entry.path: entry.clause}]).matching(event):
            return entry
    return None


def _break(
    consumer: RuleConsumer, search: Search, name: str, entry: _FieldClause | None, why: str
) -> Break:
    rule = consumer.rule
    line = rule.pattern_line if entry is None else _line_of(rule, entry)
    event = search.now.other if search.now is not None else None
    like = search.nearest(event) if event is not None else None
    what = f"{consumer.name}: the rule {rule.logical_id} {why}"
    return Break(name, rule.template, line, what, event, like)


def _line_of(rule: Rule, entry: _FieldClause) -> int:
    """Returns the line of a clause or of its condition, else the line of the pattern."""
    for leaf in leaves(tree_of_text(rule.text or "{}")):
        if leaf.path == entry.path and leaf.clause == entry.clause:
            is_found = entry.condition in leaf.conditions
            index = (leaf.conditions.index(entry.condition),) if is_found else ()
            return rule.line_of((*leaf.steps, *index))
    return rule.pattern_line
