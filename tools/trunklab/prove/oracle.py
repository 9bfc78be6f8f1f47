"""Whether a run came to what a clean run comes to: nothing twice, nothing lost, nothing else."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from trunklab.printable import printable
from trunklab.prove.prover_limits import BODY_CHARACTERS_MAX
from trunklab.prove.snapshot import ANSWERS, BUS, EVENT_ID, QUEUE, Record, Snapshot

Unstable = frozenset[tuple[str, str]]
"""What two clean runs differ in: where, and the path there. It cannot be compared between runs."""

_INDEX: Final = re.compile(r"(?<=\.)[0-9]+(?=\.|$)")
_KINDS: Final = {
    "a moment": re.compile(r'"\d{4}-\d\d-\d\dT\d\d:\d\d.*"'),
    "a UUID": re.compile(r'"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"'),
    "a number": re.compile(r"-?[0-9.]+"),
    "random digits": re.compile(r'"[0-9a-f]{16,}"'),
}
"""What two runs may differ in: times and random values. Nothing else is left out."""


class Kind(StrEnum):
    """What is wrong with a run."""

    DUPLICATE = "duplicate"
    LOSS = "loss"


@dataclass(frozen=True)
class Difference:
    """One thing that a clean run has otherwise."""

    kind: Kind
    where: str
    what: str


@dataclass(frozen=True)
class Judgement:
    """What a run differs in, and how often something harmless came twice.

    Harmless are the same event with the same id on the bus, of which every consumer takes one, the
    same dead letter, and the same answer.
    """

    differences: tuple[Difference, ...]
    repeats: int


def unstable(first: Snapshot, second: Snapshot) -> Unstable:
    """What two clean runs differ in: times, above all.

    Records are paired by their key, those without a partner by likeness. Only times and random
    values of paired records count: all other differences are told by `judge`.
    """
    found = {
        (where, path)
        for where in first
        for one, other in _pairs(first[where], second.get(where, []))
        for path in _different_paths(one, other)
    }
    return frozenset(found)


def judge(expected: Snapshot, seen: Snapshot, ignored: Unstable) -> Judgement:
    """Compare a run with a clean one."""
    differences: list[Difference] = []
    repeats = 0
    for where in expected:
        wanted = Counter(_comparable(where, one, ignored) for one in expected[where])
        found = Counter(_comparable(where, one, ignored) for one in seen.get(where, []))
        if _may_repeat(where, ignored):
            repeats += sum(max(found[one] - 1, 0) for one in found)
            wanted, found = Counter(set(wanted)), Counter(set(found))
        missing, extra = list((wanted - found).elements()), list((found - wanted).elements())
        differences += _told(where, missing, extra)
    return Judgement(tuple(differences), repeats)


@dataclass(frozen=True)
class _Comparable:
    key: str
    values: tuple[tuple[str, str], ...]


def _comparable(where: str, record: Record, ignored: Unstable) -> _Comparable:
    values = {
        path: _kind_of(value) if (where, _general(path)) in ignored else value
        for path, value in record.values.items()
    }
    return _Comparable(_key(record, values), tuple(sorted(values.items())))


def _key(record: Record, values: Mapping[str, str]) -> str:
    return " ".join(values[path].strip('"') for path in record.key)


def _may_repeat(where: str, ignored: Unstable) -> bool:
    """Whether equal records there are one: an event with its id, a letter, an answer."""
    if where == BUS:
        return (BUS, EVENT_ID) not in ignored
    return where == ANSWERS or where.startswith(QUEUE)


def _told(
    where: str, missing: Sequence[_Comparable], extra: Sequence[_Comparable]
) -> Iterator[Difference]:
    left: defaultdict[str, list[_Comparable]] = defaultdict(list)
    for one in extra:
        left[one.key].append(one)
    for wanted in missing:
        if left[wanted.key]:
            found = left[wanted.key].pop()
            yield Difference(Kind.DUPLICATE, where, f"{_name(wanted)} {_change(wanted, found)}")
        else:
            yield Difference(Kind.LOSS, where, f"{_name(wanted)} is missing")
    for others in left.values():
        for one in others:
            yield Difference(Kind.DUPLICATE, where, f"{_name(one)} is one more than in a clean run")


def _name(record: _Comparable) -> str:
    values = dict(record.values)
    named = values.get("detail-type", values.get("request", "")).strip('"')
    told = " ".join(part for part in (named, record.key) if part)
    return printable(told or "the record", BODY_CHARACTERS_MAX)


def _change(wanted: _Comparable, found: _Comparable) -> str:
    before, after = dict(wanted.values), dict(found.values)
    paths = sorted(
        path for path in before.keys() | after.keys() if before.get(path) != after.get(path)
    )
    changes = [
        f"{path} is {after.get(path, 'absent')}, in a clean run {before.get(path, 'absent')}"
        for path in paths
    ]
    return printable("; ".join(changes), BODY_CHARACTERS_MAX)


def _pairs(first: Sequence[Record], second: Sequence[Record]) -> Iterator[tuple[Record, Record]]:
    by_key: defaultdict[str, list[Record]] = defaultdict(list)
    for one in second:
        by_key[_key(one, one.values)].append(one)
    alone = []
    for one in first:
        if same := by_key[_key(one, one.values)]:
            yield one, same.pop(0)
        else:
            alone.append(one)
    others = [one for left in by_key.values() for one in left]
    for one in alone:
        if others:
            best = max(others, key=lambda other: _likeness(one, other))
            others.remove(best)
            yield one, best


def _likeness(one: Record, other: Record) -> int:
    return sum(other.values.get(path) == value for path, value in one.values.items())


def _different_paths(one: Record, other: Record) -> Iterator[str]:
    for path in one.values.keys() & other.values.keys():
        kinds = {_kind_of(record.values[path]) for record in (one, other)}
        if one.values[path] != other.values[path] and len(kinds) == 1 and kinds <= _KINDS.keys():
            yield _general(path)


def _general(path: str) -> str:
    return _INDEX.sub("*", path)


def _kind_of(value: str) -> str:
    return next((kind for kind, form in _KINDS.items() if form.fullmatch(value)), value)


def ignored_paths(ignored: Unstable) -> Mapping[str, list[str]]:
    """The same by where they lie, in order: to be printed."""
    told: defaultdict[str, list[str]] = defaultdict(list)
    for where, path in sorted(ignored):
        told[where].append(path)
    return told
