"""Which rules no longer take events that they took."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from trunklab.contracts.impact.break_search import Search
from trunklab.contracts.impact.breaks import MISSES, UNKNOWN, Break
from trunklab.contracts.impact.pattern_places import line_of_clause
from trunklab.contracts.impact.rule_consumers import Listener
from trunklab.contracts.impact.same_field import same_at
from trunklab.patterns.compiled.program import Program
from trunklab.patterns.conditions import Condition
from trunklab.patterns.parse import Clause, Path
from trunklab.patterns.pattern import Pattern
from trunklab.rules.event_search import admits
from trunklab.rules.impossible_clauses import always_true, possible
from trunklab.rules.prepared_contract import prepared
from trunklab.rules.verdict import Kind
from trunklab.schema_solver.errors import UndecidedError
from trunklab.schema_solver.shape import JSON

DATA: Final = ("detail", "data")
"""Where the fields of a contract lie in the event that a rule sees."""


@dataclass(frozen=True)
class _Asked:
    """One clause of a rule, about a field of the contract."""

    path: Path
    clause: Clause
    condition: Condition | None = None

    @property
    def field(self) -> Path:
        """The field within the event's data."""
        return self.path[len(DATA) :]


def misses(listener: Listener, search: Search) -> Iterator[Break]:
    """At most one break: the first reason for which the rule misses something."""
    before, now, pattern = search.before, search.now, listener.pattern
    if pattern is None or before is None or now is None:
        return
    asked = _asked(pattern, search)
    if Kind.UNDECIDED in {before.kind, now.kind}:
        changed = [one for one in asked if not same_at(search.versions, one.field)]
        if changed:
            reason = now.reason or before.reason
            why = f"cannot be told to take the events that it took: {reason}"
            yield _break(listener, search, UNKNOWN, changed[0], why)
    elif before.kind is Kind.ALWAYS and now.kind is not Kind.ALWAYS:
        why = "took every event and now leaves some"
        yield _break(listener, search, MISSES, _failing(asked, now.other), why)
    elif before.kind is Kind.SOMETIMES and now.kind is Kind.NEVER:
        why = "takes no event any more"
        yield _break(listener, search, MISSES, _failing(asked, now.other), why)
    elif before.kind is Kind.SOMETIMES and now.kind is Kind.SOMETIMES:
        lost = next(_lost(asked, search), None)
        if lost is not None:
            why = f"has an entry for {'.'.join(lost.field)} that no event has any more"
            yield _break(listener, search, MISSES, lost, why)


def _asked(pattern: Pattern, search: Search) -> list[_Asked]:
    """What the rule asks of the contract's fields."""
    contract = prepared(search.versions.promised)
    return [
        _Asked(path, clause)
        for branch in pattern.branches
        if admits(branch, contract)
        for path, clause in branch.items()
        if path[: len(DATA)] == DATA
    ]


def _lost(asked: list[_Asked], search: Search) -> Iterator[_Asked]:
    """Entries that took events and can take none: the values that they were for are others now."""
    for one in asked:
        if not always_true(search.versions.sent, one.path, one.clause):
            for condition in one.clause:
                if _is_lost(search, one, condition):
                    yield _Asked(one.path, one.clause, condition)


def _is_lost(search: Search, asked: _Asked, condition: Condition) -> bool:
    versions = search.versions
    try:
        return (
            possible(versions.sent, asked.path, condition) is None
            and possible(versions.promised, asked.path, condition) is not None
        )
    except UndecidedError:
        return not same_at(versions, asked.field)


def _failing(asked: list[_Asked], event: JSON) -> _Asked | None:
    """The first clause that leaves the event."""
    for one in asked:
        if event is not None and not Program([{one.path: one.clause}]).matching(event):
            return one
    return None


def _break(listener: Listener, search: Search, name: str, asked: _Asked | None, why: str) -> Break:
    rule = listener.rule
    line = rule.pattern_line
    if asked is not None:
        line = line_of_clause(rule, asked.path, asked.clause, asked.condition)
    event = search.now.other if search.now is not None else None
    like = search.nearest(event) if event is not None else None
    what = f"{listener.name}: the rule {rule.logical_id} {why}"
    return Break(name, rule.template, line, what, event, like)
