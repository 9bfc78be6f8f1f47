"""Which consumers, as they are deployed, refuse an event that the new contract allows."""

from collections.abc import Iterator

from trunklab.contracts.compatibility.breach import Facet
from trunklab.contracts.compatibility.contract_changes import Breaks, Change
from trunklab.contracts.compatibility.shape_descriptions import path as spelled
from trunklab.contracts.impact.break_search import Search
from trunklab.contracts.impact.breaks import REJECTS, UNKNOWN, Break
from trunklab.contracts.impact.event_data import MISSING, values_at, with_value
from trunklab.contracts.impact.field_paths import Path
from trunklab.contracts.impact.lost_fields import is_never_taken
from trunklab.contracts.impact.path_outcomes import outcomes
from trunklab.contracts.impact.rule_consumers import Listener
from trunklab.schema_solver.shape import JSON

_STEPS = frozenset({"[]", "*"})
"""How changes write the elements of lists and maps."""


def rejects(listener: Listener, search: Search) -> Iterator[Break]:
    """One break for each change that lets a value through which the old model refuses."""
    for change in search.versions.changes:
        if Breaks.FORWARD in change.breaks:
            yield from _of_change(listener, search, change)


def _of_change(listener: Listener, search: Search, change: Change) -> Iterator[Break]:
    event = search.event(_candidates(search, change), lambda data: _shows(search, change, data))
    if event is None and _is_never_taken(search, change):
        return
    difference = " -> ".join((change.was or "nothing", change.now or "nothing"))
    what = f"{listener.name} as deployed refuses {spelled(change.path)} ({difference})"
    name = REJECTS
    if listener.handler is None:
        name, what = UNKNOWN, f"{what}, if it has a model of it: {listener.reads.unknown[0]}"
    elif event is None:
        name, what = UNKNOWN, f"{what}, if its rule takes such an event"
    yield Break(name, listener.path, listener.line, what, event, search.nearest(event))


def _candidates(search: Search, change: Change) -> Iterator[JSON]:
    """What was found to be refused, put into events that the rule takes; then as it was found."""
    witness = change.witnesses.get(Breaks.FORWARD)
    if witness is None:
        return
    path = _plain(change.path)
    for value in (*values_at(witness, path), MISSING):
        for data in search.bases:
            changed = with_value(data, path, value)
            if changed is not None:
                yield changed
    yield witness


def _shows(search: Search, change: Change, data: JSON) -> bool:
    """Whether the old model refuses the data, and does so where the change is."""
    path = _plain(change.path)
    return any(
        refused == path[: len(refused)] and len(refused) >= len(path) - 1
        for refused in search.versions.refusals(data)
    )


def _is_never_taken(search: Search, change: Change) -> bool:
    """Whether the rule provably takes no event with this change, wherever it shows."""
    paths = search.versions.paths_to(change.new_place, _plain(change.path))
    if change.facet is Facet.VALUE:
        return all(search.never_takes(path, {"const": change.leaf}) for path in paths)
    if change.facet is Facet.REQUIRED:
        return all(search.never_takes(path, what=False) for path in paths)
    if change.facet is not Facet.TYPE:
        return False
    kinds = [(path, _new_kinds(search, path)) for path in paths]
    return all(
        found and all(is_never_taken(search, path, kind) for kind in found) for path, found in kinds
    )


def _new_kinds(search: Search, path: Path) -> list[str]:
    """The kinds of values that the old contract did not allow there."""
    versions = search.versions
    before = outcomes(versions.old_node, path)
    return [one.what for one in outcomes(versions.new_node, path) if one not in before]


def _plain(path: tuple[str, ...]) -> Path:
    return tuple(step for step in path if step not in _STEPS)
