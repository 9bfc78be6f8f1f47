"""Deployed consumers whose model rejects an event that the new contract allows."""

from collections.abc import Iterator

from trunklab.contracts.compatibility.contract_changes import Breaks, Change
from trunklab.contracts.compatibility.mismatch import Facet
from trunklab.contracts.compatibility.shape_descriptions import path as spelled
from trunklab.contracts.impact.break_search import Search
from trunklab.contracts.impact.field_paths import MISSING, Path, values_at, with_value
from trunklab.contracts.impact.impact_findings import REJECTS, UNKNOWN, Break
from trunklab.contracts.impact.lost_fields import is_never_matched
from trunklab.contracts.impact.path_outcomes import outcomes
from trunklab.contracts.impact.rule_consumers import RuleConsumer
from trunklab.schema_solver.shape import JSON

_STEPS = frozenset({"[]", "*"})
"""Steps of a change for the elements of lists and maps."""


def rejects(consumer: RuleConsumer, search: Search) -> Iterator[Break]:
    """Yields one break for each change that allows a value which the old model rejects."""
    for change in search.versions.changes:
        if Breaks.FORWARD in change.breaks:
            yield from _of_change(consumer, search, change)


def _of_change(consumer: RuleConsumer, search: Search, change: Change) -> Iterator[Break]:
    event = search.event(_candidates(search, change), lambda data: _shows(search, change, data))
    if event is None and _is_never_matched(search, change):
        return
    difference = " -> ".join((change.was or "nothing", change.now or "nothing"))
    what = f"{consumer.name} as deployed rejects {spelled(change.path)} ({difference})"
    name = REJECTS
    if consumer.handler is None:
        name, what = UNKNOWN, f"{what}, if it validates with the contract: {consumer.unknown}"
    elif event is None:
        name, what = UNKNOWN, f"{what}, if its rule matches such an event"
    yield Break(name, consumer.path, consumer.line, what, event, search.nearest(event))


def _candidates(search: Search, change: Change) -> Iterator[JSON]:
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


def _shows(search: Search, change: Change, data: JSON) -> bool:
    """True if the old model rejects the data at the place of the change."""
    path = _plain(change.path)
    return any(
        rejected == path[: len(rejected)] and len(rejected) >= len(path) - 1
        for rejected in search.versions.rejections(data)
    )


def _is_never_matched(search: Search, change: Change) -> bool:
    """True if the rule provably matches no event with this change at any of its paths."""
    paths = search.versions.paths_to(change.new_place, _plain(change.path))
    if change.facet is Facet.VALUE:
        return all(search.never_matches(path, {"const": change.leaf}) for path in paths)
    if change.facet is Facet.REQUIRED:
        return all(search.never_matches(path, what=False) for path in paths)
    if change.facet is not Facet.TYPE:
        return False
    kinds = [(path, _new_kinds(search, path)) for path in paths]
    return all(
        new and all(is_never_matched(search, path, kind) for kind in new) for path, new in kinds
    )


def _new_kinds(search: Search, path: Path) -> list[str]:
    """Returns the kinds of values that the old contract did not allow there."""
    versions = search.versions
    before = outcomes(versions.old_node, path)
    after = outcomes(versions.new_node, path)
    return [outcome.what for outcome in after if outcome not in before]


def _plain(path: tuple[str, ...]) -> Path:
    return tuple(step for step in path if step not in _STEPS)
