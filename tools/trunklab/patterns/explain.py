"""Why an event matches a pattern or not, clause by clause, and the nearest change that would match.

Of several branches that `$or` makes, the one with the fewest clauses that fail is explained.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import islice
from typing import Final

from trunklab.patterns import backtracking, changed_event, condition_words
from trunklab.patterns.backtracking import Leaves
from trunklab.patterns.compiled import field_tree
from trunklab.patterns.compiled.program import Program
from trunklab.patterns.conditions import Value, number_of
from trunklab.patterns.errors import InvalidEventError
from trunklab.patterns.parse import Branch, Clause, Path, accepts_absence, passes

FOUND_SHOWN_MAX: Final = 10
"""Values of one field that an explanation holds."""

COMPARED_CHARACTERS_MAX: Final = 200
"""Characters up to which two values are compared for likeness."""

OPTIONS_MAX: Final = 100
"""Entries of a clause that are tried for the nearest change."""

TRIES_MAX: Final = 12
"""How often a change is tried: in elements of arrays, in combinations of `$or`."""

ELEMENTS_TRIED_MAX: Final = 4
"""Elements of an array that are tried."""


@dataclass(frozen=True)
class Change:
    """What to do to one field, `a[1].b` for example; `value` is JSON, or None where it must go."""

    path: str
    value: str | None

    def __str__(self) -> str:
        return f"remove {self.path}" if self.value is None else f"set {self.path} to {self.value}"


@dataclass(frozen=True)
class Explained:
    """One clause: what it takes, what the event has there (as JSON), whether that is enough."""

    path: str
    expected: tuple[str, ...]
    found: tuple[str, ...]
    matched: bool

    def __str__(self) -> str:
        wanted = " or ".join(self.expected)
        there = ", ".join(self.found) or "nothing"
        return f"{'ok' if self.matched else 'NO'}  {self.path}: expected {wanted}, found {there}"


@dataclass(frozen=True)
class Explanation:
    """The verdict, the clauses, and what would have to change; no changes where none was found.

    `scattered` says that each clause finds a value, but in different elements of one array.
    """

    matched: bool
    clauses: tuple[Explained, ...]
    scattered: bool
    changes: tuple[Change, ...]

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def lines(self, *, changes: bool = True) -> Iterator[str]:
        """The same line by line, with the nearest change or without."""
        yield "the event matches" if self.matched else "the event does not match"
        yield from (f"  {clause}" for clause in self.clauses)
        if self.scattered:
            yield "  the values lie in different elements of one array"
        if changes and self.changes:
            yield f"nearest change: {'; '.join(map(str, self.changes))}"


def explain(event: Mapping[str, object], branches: Sequence[Branch]) -> Explanation:
    """Explain one event; `branches` are those of one pattern. Raises InvalidEventError."""
    try:
        return _explained(event, branches)
    except RecursionError as error:
        raise InvalidEventError("it is nested too deeply") from error


def _explained(event: Mapping[str, object], branches: Sequence[Branch]) -> Explanation:
    matching = Program(branches).matching(event)
    leaves = backtracking.leaves(event, field_tree.tree(branches))
    order = sorted(
        range(len(branches)), key=lambda number: _failing(branches[number], number, leaves)
    )
    chosen = matching.bit_length() - 1 if matching else order[0]
    clauses = tuple(
        Explained(
            ".".join(path),
            tuple(condition_words.expected(condition) for condition in clause),
            tuple(
                condition_words.shown(leaf.value) for leaf in leaves.get(path, ())[:FOUND_SHOWN_MAX]
            ),
            _holds(path, clause, chosen, leaves),
        )
        for path, clause in branches[chosen].items()
    )
    if matching:
        return Explanation(matched=True, clauses=clauses, scattered=False, changes=())
    scattered = all(clause.matched for clause in clauses)
    tries = (changes for number in order for changes in _changes(event, branches[number]))
    found = [changes for changes in islice(tries, TRIES_MAX) if changes]
    return Explanation(
        matched=False,
        clauses=clauses,
        scattered=scattered,
        changes=min(found, key=len, default=()),
    )


def _failing(branch: Branch, number: int, leaves: Leaves) -> int:
    return sum(not _holds(path, clause, number, leaves) for path, clause in branch.items())


def _holds(path: Path, clause: Clause, number: int, leaves: Leaves) -> bool:
    found = leaves.get(path, ())
    return bool(backtracking.taken(found, number)) if found else accepts_absence(clause)


def _changes(event: Mapping[str, object], branch: Branch) -> Iterator[tuple[Change, ...]]:
    """Changes that were tried out: the event that has them matches. None where a try fails.

    They are made in one element of an array, the first, then the second, and so on.
    """
    root = field_tree.tree([branch])
    for index in range(ELEMENTS_TRIED_MAX):
        narrowed, more = changed_event.narrowed(event, index)
        leaves = backtracking.leaves(narrowed, root)
        changed: Mapping[str, object] = event
        changes = []
        for path, clause in branch.items():
            if _holds(path, clause, 0, leaves):
                continue
            nearest = _nearest(clause, leaves.get(path, ()))
            changed, place = changed_event.made(changed, path, nearest, index)
            value = None if nearest is None else condition_words.shown(nearest[0])
            changes.append(Change(place, value))
        yield tuple(changes) if Program([branch]).matching(changed) else ()
        if not more:
            return


def _nearest(clause: Clause, found: Sequence[backtracking.Leaf]) -> tuple[Value] | None:
    """The value that passes and looks most like one that was found; None if there is none."""
    there = found[0].value if found else None
    options = [
        value
        for condition in clause[:OPTIONS_MAX]
        for value in condition_words.passing(condition, there)
        if passes(clause, value)
    ]
    return (max(options, key=lambda value: _likeness(value, there)),) if options else None


def _likeness(value: Value, other: Value) -> float:
    first, second = number_of(value), number_of(other)
    if isinstance(first, float) and isinstance(second, float):
        return 1 - abs(first - second)
    this, that = (condition_words.shown(one)[:COMPARED_CHARACTERS_MAX] for one in (value, other))
    ratio: float = SequenceMatcher(None, this, that).ratio()
    return ratio - (type(value) is not type(other))
