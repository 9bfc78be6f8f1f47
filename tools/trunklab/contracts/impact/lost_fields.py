"""Fields that a handler reads and that the new contract removes or no longer guarantees."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from trunklab.contracts.compatibility.sample_values import only, value_of
from trunklab.contracts.impact.break_search import Search, Versions
from trunklab.contracts.impact.field_paths import MISSING, Path, text_of, values_at, with_value
from trunklab.contracts.impact.field_paths import value_of as without_star
from trunklab.contracts.impact.impact_findings import FAILS, UNKNOWN, Break
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
from trunklab.contracts.impact.rule_consumers import RuleConsumer
from trunklab.schema_solver.errors import NoValueError, UndecidedError
from trunklab.schema_solver.shape import JSON, Shape

_VALUES_TRIED = 4
"""Values of one shape that are tried for an event."""


@dataclass(frozen=True)
class Loss:
    """A field with outcomes that its readers did not have to handle before."""

    at: Path
    now: dict[str, Shape]
    """The new outcomes, each with a shape that has it."""

    def __str__(self) -> str:
        words = [f"is {what}" if what == GONE else f"may be {what}" for what in sorted(self.now)]
        return f"{text_of(self.at)}, which {' or '.join(words)}"


def fails(consumer: RuleConsumer, search: Search) -> Iterator[Break]:
    """Yields one break for each lost field that the handler reads, or may read."""
    name = UNKNOWN if consumer.unknown else FAILS
    for loss in losses(search.versions, consumer.reads):
        event = search.event(_candidates(search, loss), partial(_shows, loss))
        if event is None and all(is_never_matched(search, loss.at, kind) for kind in loss.now):
            continue
        what = f"{consumer.name} reads {loss}"
        if consumer.unknown:
            what = f"{consumer.name} may read {loss}: {consumer.unknown}"
        like = search.nearest(event) if event is not None else None
        yield Break(name, consumer.path, consumer.line, what, event, like)


def losses(versions: Versions, paths: Iterable[Path]) -> list[Loss]:
    """Returns each lost field once, in the order of their names."""
    lost: dict[Path, dict[str, Shape]] = {}
    for path in paths:
        value = without_star(path)
        for field in [value] if value == path else below(versions.old_node, path):
            for at, what, shape in _lost(versions, field):
                lost.setdefault(at, {})[what] = shape
    return [Loss(at, now) for at, now in sorted(lost.items(), key=lambda entry: entry[0])]


def _lost(versions: Versions, path: Path) -> Iterator[tuple[Path, str, Shape]]:
    before = outcomes(versions.old_node, path)
    if _never_existed(before, path):
        return  # the consumer is ahead: it reads a field that only the new contract has
    for outcome, shape in outcomes(versions.new_node, path).items():
        if outcome not in before:
            yield outcome.at, outcome.what, shape


def _never_existed(before: Outcomes, path: Path) -> bool:
    return bool(before) and all(outcome.what == GONE for outcome in before) and bool(path)


def is_never_matched(search: Search, at: Path, what: str) -> bool:
    """True if the rule provably matches no event with that outcome."""
    if what in {GONE, ABSENT}:
        return search.never_matches(at, what=False)
    return what in JSON_TYPES and search.never_matches(at, {"type": JSON_TYPES[what]})


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
            value = value_of(only(shape), seed)
        except (NoValueError, UndecidedError):
            return  # without an event the loss still counts as breaking
        if what in {GONE, ABSENT}:
            yield at[:-1], value
        else:
            yield at, [value] if what.endswith(IN_A_LIST) else value


def _shows(loss: Loss, data: JSON) -> bool:
    return any(_has(value, what) for value in values_at(data, loss.at) for what in loss.now)


def _has(value: JSON, what: str) -> bool:
    if what in {GONE, ABSENT}:
        return value is MISSING
    if what.endswith(IN_A_LIST):
        return isinstance(value, list) and any(
            _has(element, what.removesuffix(IN_A_LIST)) for element in value
        )
    return value is not MISSING and what.startswith(kind_of(value))
