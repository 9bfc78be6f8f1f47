"""Why an event matches a pattern or not, clause by clause, and the nearest change that matches.

Of several branches of `$or`, the one with the fewest failing clauses is explained.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from ipaddress import ip_address
from itertools import islice
from typing import Any, Final

from trunklab.patterns import backtracking
from trunklab.patterns.backtracking import Leaves
from trunklab.patterns.compiled import field_tree
from trunklab.patterns.compiled.program import Program
from trunklab.patterns.conditions import (
    Absent,
    Affix,
    AnyCase,
    AnySpelling,
    Condition,
    Constant,
    LiteralNumber,
    Network,
    Number,
    Range,
    Text,
    Value,
    Wildcard,
    number_of,
)
from trunklab.patterns.errors import InvalidEventError
from trunklab.patterns.operators import expected, plain, shown
from trunklab.patterns.parse import Branch, Clause, Path, accepts_absence, passes

FOUND_SHOWN_MAX: Final = 10
"""Values of one field that an explanation shows."""

COMPARED_CHARACTERS_MAX: Final = 200
"""Characters by which the likeness of two values is measured."""

OPTIONS_MAX: Final = 100
"""Entries of a clause that are tried for the nearest change."""

TRIES_MAX: Final = 12
"""Changes tried: in elements of arrays, in branches of `$or`."""

ELEMENTS_TRIED_MAX: Final = 4
"""Elements of an array that are tried."""


@dataclass(frozen=True)
class Change:
    """A change of one field, such as `a[1].b`; `value` is JSON, None if the field must go."""

    path: str
    value: str | None

    def __str__(self) -> str:
        return f"remove {self.path}" if self.value is None else f"set {self.path} to {self.value}"


@dataclass(frozen=True)
class Explained:
    """One clause: what it expects, what the event has there (as JSON), and if that matches."""

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
    """The result, the clauses, and the nearest change if one was found.

    `scattered` is true if each clause finds a value, but in different elements of one array.
    """

    matched: bool
    clauses: tuple[Explained, ...]
    scattered: bool
    changes: tuple[Change, ...]

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def lines(self, *, changes: bool = True) -> Iterator[str]:
        """Yields the text line by line, with or without the nearest change."""
        yield "the event matches" if self.matched else "the event does not match"
        yield from (f"  {clause}" for clause in self.clauses)
        if self.scattered:
            yield "  the values are in different elements of one array"
        if changes and self.changes:
            yield f"nearest change: {'; '.join(map(str, self.changes))}"


def explain(event: Mapping[str, object], branches: Sequence[Branch]) -> Explanation:
    """Explains one event; `branches` are those of one pattern. Raises InvalidEventError."""
    try:
        return _explained(event, branches)
    except RecursionError as error:
        raise InvalidEventError("it is nested too deeply") from error


def _explained(event: Mapping[str, object], branches: Sequence[Branch]) -> Explanation:
    matching = Program(branches).matching(event)
    leaves = backtracking.leaves(event, field_tree.tree(branches))
    held = [
        {path: _holds(path, clause, number, leaves) for path, clause in branch.items()}
        for number, branch in enumerate(branches)
    ]
    order = sorted(
        range(len(branches)), key=lambda number: list(held[number].values()).count(False)
    )
    chosen = matching.bit_length() - 1 if matching else order[0]
    clauses = tuple(
        Explained(
            ".".join(path),
            tuple(map(expected, clause)),
            tuple(shown(leaf.value) for leaf in leaves.get(path, ())[:FOUND_SHOWN_MAX]),
            held[chosen][path],
        )
        for path, clause in branches[chosen].items()
    )
    if matching:
        return Explanation(matched=True, clauses=clauses, scattered=False, changes=())
    tries = (changes for number in order for changes in _changes(event, branches[number]))
    found = [changes for changes in islice(tries, TRIES_MAX) if changes]
    return Explanation(
        matched=False,
        clauses=clauses,
        scattered=all(held[chosen].values()),
        changes=min(found, key=len, default=()),
    )


def _holds(path: Path, clause: Clause, number: int, leaves: Leaves) -> bool:
    found = leaves.get(path, ())
    return bool(backtracking.taken(found, number)) if found else accepts_absence(clause)


def _changes(event: Mapping[str, object], branch: Branch) -> Iterator[tuple[Change, ...]]:
    """Yields changes after which the event matches, an empty tuple where a try fails.

    Each try changes one element of an array: the first, then the second, and so on.
    """
    root = field_tree.tree([branch])
    for index in range(ELEMENTS_TRIED_MAX):
        narrowed, more = _narrowed(event, index)
        leaves = backtracking.leaves(narrowed, root)
        changed: Any = event
        changes = []
        for path, clause in branch.items():
            if _holds(path, clause, 0, leaves):
                continue
            nearest = _nearest(clause, leaves.get(path, ()))
            changed, place = _changed(changed, path, nearest, index)
            changes.append(Change(place, None if nearest is None else shown(nearest[0])))
        yield tuple(changes) if Program([branch]).matching(changed) else ()
        if not more:
            return


def _narrowed(event: Mapping[str, object], index: int) -> tuple[dict[str, object], bool]:
    """Returns the event with one element of each array of objects, and if an array has more."""
    longest = 0

    # Loops, as comprehensions would halve the depth that can be walked.
    def narrow(value: Any) -> Any:
        nonlocal longest
        if isinstance(value, Mapping):
            copy = {}
            for key, inner in value.items():
                copy[key] = narrow(inner)
            return copy
        if isinstance(value, list) and _holds_more(value):
            longest = max(longest, len(value))
            return [narrow(value[min(index, len(value) - 1)])]
        return value

    return narrow(event), longest > index + 1


def _changed(value: Any, path: Path, new: tuple[Value] | None, index: int) -> tuple[Any, str]:
    """Returns a copy with another value at a path or without it, and the place of the change.

    A new value goes into one element of each array on the path; a removal applies to all.
    """
    if isinstance(value, list) and _holds_more(value):
        return _changed_array(value, path, new, index)
    if not path:
        return (new[0] if new else None), ""
    copy = dict(value) if isinstance(value, Mapping) else {}
    # The event may have the beginning of the path as one key with dots.
    lengths = (length for length in range(len(path), 1, -1) if ".".join(path[:length]) in copy)
    length = next(lengths, 1)
    key, below = ".".join(path[:length]), path[length:]
    if new is None and (not below or key not in copy):
        copy.pop(key, None)
        return copy, ".".join(path)
    copy[key], place = _changed(copy.get(key), below, new, index)
    return copy, _joined(key, place)


def _changed_array(
    values: list[Any], path: Path, new: tuple[Value] | None, index: int
) -> tuple[Any, str]:
    if new is None:
        changed = [_changed(value, path, new, index) for value in values]
        return [value for value, _ in changed], f"[*].{changed[0][1]}"
    at = min(index, len(values) - 1)
    copy = [*values]
    copy[at], place = _changed(values[at], path, new, index)
    return copy, _joined(f"[{at}]", place)


def _joined(place: str, below: str) -> str:
    return f"{place}.{below}" if below and not below.startswith("[") else f"{place}{below}"


def _holds_more(values: list[Any]) -> bool:
    return any(isinstance(value, Mapping | list) for value in values)


def _nearest(clause: Clause, found: Sequence[backtracking.Leaf]) -> tuple[Value] | None:
    """Returns the matching value most like the first one found; None without one."""
    there = found[0].value if found else None
    options = [
        value
        for condition in clause[:OPTIONS_MAX]
        for value in _passing(condition, there)
        if passes(clause, value)
    ]
    return (max(options, key=lambda value: _likeness(value, there)),) if options else None


def _passing(condition: Condition, found: Value) -> Iterator[Value]:  # noqa: C901 - one case for each condition
    """Yields values that may pass, those nearest to the found one first."""
    match condition:
        case Text(text) | AnySpelling(text, _) | AnyCase(text):
            yield text
        case Number(text, double):
            yield LiteralNumber(text) if double is None else plain(double)
        case Constant(value):
            yield value
        case Affix(text, at_end):
            rest = found if isinstance(found, str) else ""
            yield rest + text if at_end else text + rest
        case Wildcard(_, parts):
            yield "".join(parts)
        case Network(_, first, last):
            yield str(ip_address(min(first.value + 1, last.value).to_bytes(first.bits // 8)))
        case Range():
            yield from _inside(condition, found)
        case Absent():
            return
        case _:
            yield from ("other", 0, None)


def _inside(wanted: Range, found: Value) -> Iterator[Value]:
    """Yields the bounds and their neighbours, nearest to the found number first, and the middle."""
    bounds = [bound for bound in (wanted.low, wanted.high) if bound is not None]
    number = number_of(found)
    if isinstance(number, float):
        bounds.sort(key=lambda bound: abs(bound - number))
    for bound in bounds:
        yield from (plain(bound), plain(bound + 1), plain(bound - 1))
    yield plain(sum(bounds) / len(bounds))


def _likeness(value: Value, other: Value) -> float:
    first, second = number_of(value), number_of(other)
    if isinstance(first, float) and isinstance(second, float):
        return 1 - abs(first - second)
    this, that = shown(value), shown(other)
    matcher = SequenceMatcher(None, this[:COMPARED_CHARACTERS_MAX], that[:COMPARED_CHARACTERS_MAX])
    return matcher.ratio() - (type(value) is not type(other))
