"""Which handlers read a field that the new contract no longer has, or no longer guarantees."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from trunklab.contracts.compatibility.witness import only, value_of
from trunklab.contracts.impact.break_search import Search, Versions
from trunklab.contracts.impact.breaks import FAILS, UNKNOWN, Break
from trunklab.contracts.impact.event_data import MISSING, values_at, with_value
from trunklab.contracts.impact.field_paths import EVERYTHING, Path, text_of
from trunklab.contracts.impact.field_paths import value_of as without_sign
from trunklab.contracts.impact.path_outcomes import (
    ABSENT,
    GONE,
    IN_A_LIST,
    JSON_TYPES,
    NULL,
    Outcomes,
    below,
    kind_of,
    outcomes,
)
from trunklab.contracts.impact.rule_consumers import Listener
from trunklab.schema_solver.errors import NoValueError, UndecidedError
from trunklab.schema_solver.shape import JSON, Shape

_VALUES_TRIED = 4
"""Values of one shape that are tried for an event."""


@dataclass(frozen=True)
class Loss:
    """A field of which a reader met less before."""

    at: Path
    now: dict[str, Shape]
    """What may be met there now, and what has it."""

    def __str__(self) -> str:
        words = [f"is {one}" if one == GONE else f"may be {one}" for one in sorted(self.now)]
        return f"{text_of(self.at)}, which {' or '.join(words)}"


def fails(listener: Listener, search: Search) -> Iterator[Break]:
    """One break for each lost field that is read; for all others too, if reads are unknown."""
    versions = search.versions
    known = losses(versions, listener.reads.paths)
    for loss in known:
        yield from _broken(listener, search, loss, FAILS, f"{listener.name} reads {loss}")
    if listener.reads.unknown:
        place = listener.reads.unknown[0]
        told = {loss.at for loss in known}
        for loss in losses(versions, [(EVERYTHING,)]):
            if loss.at not in told:
                what = f"{listener.name} may read {loss}: {place}"
                yield from _broken(listener, search, loss, UNKNOWN, what)


def losses(versions: Versions, paths: Iterable[Path]) -> list[Loss]:
    """What was lost of the fields, each once, in the order of their names."""
    found: dict[Path, dict[str, Shape]] = {}
    for path in paths:
        single = without_sign(path)
        for one in [single] if single == path else below(versions.old_node, path):
            for at, what, shape in _lost(versions, one):
                found.setdefault(at, {})[what] = shape
    return [Loss(at, now) for at, now in sorted(found.items(), key=lambda one: one[0])]


def _lost(versions: Versions, path: Path) -> Iterator[tuple[Path, str, Shape]]:
    before = outcomes(versions.old_node, path)
    if _never_there(before, path):
        return  # the consumer is ahead: it reads what only the new contract has
    for outcome, shape in outcomes(versions.new_node, path).items():
        if outcome not in before:
            yield outcome.at, outcome.what, shape


def _never_there(before: Outcomes, path: Path) -> bool:
    return bool(before) and all(one.what == GONE for one in before) and bool(path)


def _broken(
    listener: Listener, search: Search, loss: Loss, name: str, what: str
) -> Iterator[Break]:
    event = search.event(_candidates(search, loss), lambda data: _shows(data, loss))
    if event is None and all(is_never_taken(search, loss.at, one) for one in loss.now):
        return
    like = search.nearest(event) if event is not None else None
    yield Break(name, listener.path, listener.line, what, event, like)


def is_never_taken(search: Search, at: Path, what: str) -> bool:
    """Whether the rule provably keeps every event away in which that is met."""
    if what in {GONE, ABSENT}:
        return search.never_takes(at, what=False)
    return what in JSON_TYPES and search.never_takes(at, {"type": JSON_TYPES[what]})


def _candidates(search: Search, loss: Loss) -> Iterator[JSON]:
    for data in search.bases:
        for what, shape in loss.now.items():
            for path, value in _replacements(loss.at, what, shape):
                changed = with_value(data, path, value)
                if changed is not None:
                    yield changed


def _replacements(at: Path, what: str, shape: Shape) -> Iterator[tuple[Path, JSON]]:
    """What to put where, so that the loss is met."""
    if what in {GONE, ABSENT}:
        yield at, MISSING
    if what == NULL:
        yield at, None
    for seed in range(_VALUES_TRIED):
        try:
            made = value_of(only(shape), seed)
        except (NoValueError, UndecidedError):
            return  # without an event the loss still counts as breaking
        if what in {GONE, ABSENT}:
            yield at[:-1], made
        else:
            yield at, [made] if what.endswith(IN_A_LIST) else made


def _shows(data: JSON, loss: Loss) -> bool:
    met = list(values_at(data, loss.at))
    return any(_is_met(one, what) for one in met for what in loss.now)


def _is_met(value: JSON, what: str) -> bool:
    if what in {GONE, ABSENT}:
        return value is MISSING
    if what.endswith(IN_A_LIST):
        return isinstance(value, list) and any(
            _is_met(one, what.removesuffix(IN_A_LIST)) for one in value
        )
    return value is not MISSING and what.startswith(kind_of(value))
