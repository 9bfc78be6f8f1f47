"""Ways in which a contract change breaks a consumer: missed, rejected and failing events."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from trunklab.contracts.compatibility.contract_changes import Change
from trunklab.contracts.compatibility.mismatch import Facet, path_text
from trunklab.contracts.contract import Breaks
from trunklab.contracts.impact.break_search import Search, Versions
from trunklab.contracts.impact.field_paths import (
    MISSING,
    Path,
    value_of,
    values_at,
    with_value,
)
from trunklab.contracts.impact.impact_findings import FAILS, MISSES, REJECTS, UNKNOWN, Break
from trunklab.contracts.impact.path_outcomes import (
    ABSENT,
    GONE,
    IN_ARRAY,
    below,
    kind_of,
    outcomes,
)
from trunklab.contracts.impact.rule_consumers import RuleConsumer
from trunklab.patterns.compiled.program import Program
from trunklab.patterns.conditions import Condition
from trunklab.patterns.parse import Clause, tree_of_text
from trunklab.patterns.pattern import Pattern
from trunklab.rules.event_search import admits, prepared
from trunklab.rules.impossible_clauses import always_true, possible
from trunklab.rules.rule_under_check import leaves
from trunklab.rules.verdict import Kind
from trunklab.schema_solver.errors import NoValueError, UndecidedError
from trunklab.schema_solver.random_values import sample_value
from trunklab.schema_solver.shape import JSON, JSON_TYPES, NULL, Shape, only
from trunklab.templates.topology import Rule


@dataclass(frozen=True)
class _FieldClause:
    """One clause of a rule, about a field of the contract."""

    path: Path
    field: Path
    """The field within the event's data."""
    clause: Clause
    condition: Condition | None = None


def misses(consumer: RuleConsumer, search: Search) -> Iterator[Break]:
    """Yields at most one break: the first reason why the rule misses events."""
    before, now, pattern = search.before, search.now, consumer.pattern
    if pattern is None or before is None or now is None:
        return
    clauses = _field_clauses(pattern, search)
    name, entry = MISSES, _failing(clauses, now.other)
    kinds = before.kind, now.kind
    if Kind.UNDECIDED in kinds:
        name = UNKNOWN
        entry = next((one for one in clauses if not search.versions.is_same(one.field)), None)
        why = f"may no longer match events that it matched before: {now.reason or before.reason}"
    elif kinds == (Kind.SOMETIMES, Kind.SOMETIMES):
        entry = next(_lost_entries(clauses, search), None)
        why = f"has a value for {'.'.join(entry.field) if entry else ''} that no event has any more"
    elif kinds == (Kind.SOMETIMES, Kind.NEVER):
        why = "no longer matches any event"
    elif before.kind is Kind.ALWAYS and now.kind is not Kind.ALWAYS:
        why = "matched every event and now misses some"
    else:
        return
    if entry is None and (name == UNKNOWN or kinds == (Kind.SOMETIMES, Kind.SOMETIMES)):
        return
    rule = consumer.rule
    line = rule.pattern_line if entry is None else _line_of(rule, entry)
    like = search.nearest(now.other) if now.other is not None else None
    what = f"{consumer.name}: the rule {rule.logical_id} {why}"
    yield Break(name, rule.template, line, what, now.other, like)


def _field_clauses(pattern: Pattern, search: Search) -> list[_FieldClause]:
    """Returns the clauses of the rule about fields of the contract."""
    contract = prepared(search.versions.promised)
    data = search.versions.promised.data_path
    return [
        _FieldClause(path, path[len(data) :], clause)
        for branch in pattern.branches
        if admits(branch, contract)
        for path, clause in branch.items()
        if path[: len(data)] == data
    ]


def _lost_entries(clauses: list[_FieldClause], search: Search) -> Iterator[_FieldClause]:
    """Yields the entries that matched events and can match none of the new contract."""
    for entry in clauses:
        if not always_true(search.versions.sent, entry.path, entry.clause):
            for condition in entry.clause:
                if _is_lost(search, entry, condition):
                    yield replace(entry, condition=condition)


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


def _line_of(rule: Rule, entry: _FieldClause) -> int:
    """Returns the line of a clause or of its condition, else the line of the pattern."""
    for leaf in leaves(tree_of_text(rule.text or "{}")):
        if leaf.path == entry.path and leaf.clause == entry.clause:
            is_found = entry.condition in leaf.conditions
            index = (leaf.conditions.index(entry.condition),) if is_found else ()
            return rule.line_of((*leaf.steps, *index))
    return rule.pattern_line


_STEPS = frozenset({"[]", "*"})
"""Steps of a change for the elements of lists and maps."""


def rejects(consumer: RuleConsumer, search: Search) -> Iterator[Break]:
    """Yields one break for each change that allows a value which the old model rejects."""
    for change in search.versions.changes:
        if Breaks.FORWARD in change.breaks:
            yield from _of_change(consumer, search, change)


def _of_change(consumer: RuleConsumer, search: Search, change: Change) -> Iterator[Break]:
    event = search.event(
        _rejected_values(search, change), lambda data: _is_rejected(search, change, data)
    )
    if event is None and _is_change_never_matched(search, change):
        return
    what = f"{consumer.name} as deployed rejects {path_text(change.path)} ({change.difference})"
    name = REJECTS
    if consumer.handler is None:
        name, what = UNKNOWN, f"{what}, if it validates with the contract: {consumer.unknown}"
    elif event is None:
        name, what = UNKNOWN, f"{what}, if its rule matches such an event"
    yield Break(name, consumer.path, consumer.line, what, event, search.nearest(event))


def _rejected_values(search: Search, change: Change) -> Iterator[JSON]:
    """Yields matched events with the rejected value, then the counterexample of the change."""
    counterexample = change.counterexamples.get(Breaks.FORWARD)
    if counterexample is None:
        return
    path = _plain(change.path)
    for value in (*values_at(counterexample, path), MISSING):
        for data in search.bases:
            changed = with_value(data, path, value)
            if changed is not None:
                yield changed
    yield counterexample


def _is_rejected(search: Search, change: Change, data: JSON) -> bool:
    """True if the old model rejects the data at the place of the change."""
    path = _plain(change.path)
    return any(
        rejected == path[: len(rejected)] and len(rejected) >= len(path) - 1
        for rejected in search.versions.rejections(data)
    )


def _is_change_never_matched(search: Search, change: Change) -> bool:
    """True if the rule provably matches no event with this change at any of its paths."""
    paths = search.versions.paths_to(change.new_place, _plain(change.path))
    if change.facet is Facet.VALUE:
        return all(search.never_matches(path, {"const": change.leaf}) for path in paths)
    if change.facet is Facet.REQUIRED:
        return all(search.never_matches(path, what=False) for path in paths)
    if change.facet is not Facet.TYPE:
        return False
    old, new = search.versions.old_node, search.versions.new_node
    for path in paths:
        kinds = {
            outcome.what for outcome in outcomes(new, path).keys() - outcomes(old, path).keys()
        }
        if not kinds or not all(is_never_matched(search, path, kind) for kind in kinds):
            return False
    return True


def _plain(path: tuple[str, ...]) -> Path:
    return tuple(step for step in path if step not in _STEPS)


_VALUES_TRIED = 4
"""Values of one shape that are tried for an event."""


@dataclass(frozen=True)
class Loss:
    """A field with outcomes that its readers did not have to handle before."""

    at: Path
    now: dict[str, Shape]
    """The new outcomes, each with a shape that has it."""

    def __str__(self) -> str:
        verbs = {GONE: "is", ABSENT: "may be", NULL: "may be"}
        words = [f"{verbs.get(what, 'may be of type')} {what}" for what in sorted(self.now)]
        return f"{'.'.join(self.at)}, which {' or '.join(words)}"


def fails(consumer: RuleConsumer, search: Search) -> Iterator[Break]:
    """Yields one break for each lost field that the handler reads, or may read."""
    name = UNKNOWN if consumer.unknown else FAILS
    for loss in losses(search.versions, consumer.reads):
        event = search.event(_candidates(search, loss), partial(_shows, loss))
        if event is not None or not all(is_never_matched(search, loss.at, one) for one in loss.now):
            what = f"{consumer.name} reads {loss}"
            if consumer.unknown:
                what = f"{consumer.name} may read {loss}: {consumer.unknown}"
            like = search.nearest(event) if event is not None else None
            yield Break(name, consumer.path, consumer.line, what, event, like)


def losses(versions: Versions, paths: Iterable[Path]) -> list[Loss]:
    """Returns each lost field once, in the order of their names."""
    lost: dict[Path, dict[str, Shape]] = {}
    for path in paths:
        value = value_of(path)
        for field in [value] if value == path else below(versions.old_node, path):
            for at, what, shape in _lost(versions, field):
                lost.setdefault(at, {})[what] = shape
    return [Loss(at, now) for at, now in sorted(lost.items(), key=lambda entry: entry[0])]


def _lost(versions: Versions, path: Path) -> Iterator[tuple[Path, str, Shape]]:
    before = outcomes(versions.old_node, path)
    if path and before and all(outcome.what == GONE for outcome in before):
        return  # the consumer is ahead: it reads a field that only the new contract has
    for outcome, shape in outcomes(versions.new_node, path).items():
        if outcome not in before:
            yield outcome.at, outcome.what, shape


def is_never_matched(search: Search, at: Path, what: str) -> bool:
    """True if the rule provably matches no event with that outcome."""
    if what in {GONE, ABSENT}:
        return search.never_matches(at, what=False)
    return what in JSON_TYPES and search.never_matches(at, {"type": what})


def _candidates(search: Search, loss: Loss) -> Iterator[JSON]:
    for data in search.bases:
        for what, shape in loss.now.items():
            for path, value in _replacements(loss.at, what, shape):
                changed = with_value(data, path, value)
                if changed is not None:
                    yield changed


def _replacements(at: Path, what: str, shape: Shape) -> Iterator[tuple[Path, JSON]]:
    """Yields values that show the loss, each with its path."""
    if what in {GONE, ABSENT}:
        yield at, MISSING
    if what == NULL:
        yield at, None
    for seed in range(_VALUES_TRIED):
        try:
            value = sample_value(only(shape), seed)
        except (NoValueError, UndecidedError):
            return  # without an event the loss still counts as breaking
        if what in {GONE, ABSENT}:
            yield at[:-1], value
        else:
            yield at, [value] if what.endswith(IN_ARRAY) else value


def _shows(loss: Loss, data: JSON) -> bool:
    return any(_has(value, what) for value in values_at(data, loss.at) for what in loss.now)


def _has(value: JSON, what: str) -> bool:
    if what in {GONE, ABSENT}:
        return value is MISSING
    if what.endswith(IN_ARRAY):
        return isinstance(value, list) and any(
            _has(element, what.removesuffix(IN_ARRAY)) for element in value
        )
    return value is not MISSING and what.startswith(kind_of(value))
