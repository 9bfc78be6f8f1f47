"""Compares what runs left behind: the effects of a run must be those of a clean run."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from trunklab.printable import printable
from trunklab.prove.handler_run import HandlerRun
from trunklab.testing.sandbox import DeadLetter, Sandbox
from trunklab.testing.template_stack import TABLE, Stack

BUS: Final = "bus"
OUTSIDE: Final = "outside"
ANSWERS: Final = "answers"
QUEUE: Final = "queue "

EVENT_ID: Final = "detail.metadata.event_id"
"""The path of every event's id."""

_EVENT_FIELDS: Final = ("source", "detail-type", "detail")
_SANDBOX: Final = "sandbox"
"""Replaces the token in the names of a run's tables and queues."""


@dataclass(frozen=True)
class Record:
    """One item, event, message, effect or response: every value by its path, as JSON."""

    values: Mapping[str, str]
    key: tuple[str, ...] = ()
    """Paths that identify the record in another run: an item's key, an event's id."""


Snapshot = Mapping[str, list[Record]]
"""Records by their place."""


def snapshot_of(run: HandlerRun, stack: Stack) -> Snapshot:
    """Returns all that the service could change, without the ids that AWS assigns to messages."""
    sandbox = run.sandbox
    places: dict[str, list[Record]] = {}
    for logical_id, name in sandbox.tables.items():
        schema = stack.resources(TABLE)[logical_id]["KeySchema"]
        key = tuple(attribute["AttributeName"] for attribute in schema)
        items = sandbox.items_of(name)
        places[f"table {logical_id}"] = [_record(sandbox, item, *key) for item in items]
    events = [json.loads(message["Body"]) for message in sandbox.messages_of(sandbox.events_url)]
    places[BUS] = [
        _record(sandbox, {name: event[name] for name in _EVENT_FIELDS}, EVENT_ID)
        for event in events
    ]
    for logical_id, url in sandbox.queues.items():
        letters = map(DeadLetter.of, sandbox.messages_of(url))
        places[QUEUE + logical_id] = [
            _record(sandbox, vars(letter), f"body.{EVENT_ID}") for letter in letters
        ]
    places[OUTSIDE] = [_record(sandbox, effect, "key") for effect in run.provider.effects]
    places[ANSWERS] = [_record(sandbox, response) for response in run.responses]
    return places


def _record(sandbox: Sandbox, content: Any, *key: str) -> Record:
    text = json.dumps(content, default=str).replace(sandbox.token, _SANDBOX)
    values = values_of(json.loads(text))
    return Record(values, tuple(path for path in key if path in values))


def values_of(content: Any) -> dict[str, str]:
    """Returns every value by its path, as JSON."""
    return dict(_values(content, ""))


def _values(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str) and value.startswith(("{", "[")):
        value = _parsed(value)  # JSON within JSON: compared value by value as well
    pairs = value.items() if isinstance(value, dict) else ()
    members = list(enumerate(value) if isinstance(value, list) else pairs)
    for name, member in members:
        yield from _values(member, f"{path}.{name}" if path else str(name))
    if not members:
        yield path, json.dumps(value)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


Unstable = frozenset[tuple[str, str]]
"""Place and path of each value in which two clean runs differ."""

_CHARACTERS_MAX: Final = 200
"""Characters shown of one value."""

_INDEX: Final = re.compile(r"(?<=\.)[0-9]+(?=\.|$)")
_KINDS: Final = {
    "a moment": re.compile(r'"\d{4}-\d\d-\d\dT\d\d:\d\d.*"'),
    "a UUID": re.compile(r'"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"'),
    "a number": re.compile(r"-?[0-9.]+"),
    "random digits": re.compile(r'"[0-9a-f]{16,}"'),
}
"""Times and random values: two clean runs may differ in nothing else."""


class Kind(StrEnum):
    """A kind of difference."""

    DUPLICATE = "duplicate"
    LOSS = "loss"


@dataclass(frozen=True)
class Difference:
    """One difference to a clean run."""

    kind: Kind
    where: str
    what: str


@dataclass(frozen=True)
class Judgement:
    """The differences of a run, and the number of records that came again without harm."""

    differences: tuple[Difference, ...] = ()
    repeats: int = 0


def unstable(first: Snapshot, second: Snapshot) -> Unstable:
    """Returns the times and random values in which two clean runs differ, record by record."""
    return frozenset(
        (where, path)
        for where in first
        for record, other in _pairs(first[where], second.get(where, []))
        for path in _different_paths(record, other)
    )


def judge(expected: Snapshot, seen: Snapshot, ignored: Unstable) -> Judgement:
    """Compares a run with a clean one."""
    differences: list[Difference] = []
    repeats = 0
    for where in expected:
        wanted = Counter(_comparable(where, record, ignored) for record in expected[where])
        found = Counter(_comparable(where, record, ignored) for record in seen.get(where, []))
        if _may_repeat(where, ignored):
            repeats += found.total() - len(found)
            wanted, found = Counter(set(wanted)), Counter(set(found))
        missing, extra = list((wanted - found).elements()), list((found - wanted).elements())
        differences += _differences(where, missing, extra)
    return Judgement(tuple(differences), repeats)


@dataclass(frozen=True)
class _Comparable:
    key: str
    values: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        values = dict(self.values)
        name = values.get("detail-type", values.get("request", "")).strip('"')
        words = " ".join(filter(None, (name, self.key)))
        return printable(words or "the record", _CHARACTERS_MAX)


def _comparable(where: str, record: Record, ignored: Unstable) -> _Comparable:
    values = {
        path: _kind_of(value) if (where, _INDEX.sub("*", path)) in ignored else value
        for path, value in record.values.items()
    }
    return _Comparable(_key(record, values), tuple(sorted(values.items())))


def _key(record: Record, values: Mapping[str, str]) -> str:
    return " ".join(values[path].strip('"') for path in record.key)


def _may_repeat(where: str, ignored: Unstable) -> bool:
    """True if equal records count once: events with their ids, dead letters and responses."""
    if where == BUS:
        return (BUS, EVENT_ID) not in ignored
    return where == ANSWERS or where.startswith(QUEUE)


def _differences(
    where: str, missing: Sequence[_Comparable], extra: Sequence[_Comparable]
) -> Iterator[Difference]:
    left = list(extra)
    for wanted in missing:
        found = next((record for record in reversed(left) if record.key == wanted.key), None)
        if found:
            left.remove(found)
            yield Difference(Kind.DUPLICATE, where, f"{wanted} {_change(wanted, found)}")
        else:
            yield Difference(Kind.LOSS, where, f"{wanted} is missing")
    for record in left:
        yield Difference(Kind.DUPLICATE, where, f"{record} is one more than in a clean run")


def _change(wanted: _Comparable, found: _Comparable) -> str:
    before, after = dict(wanted.values), dict(found.values)
    changes = [
        f"{path} is {after.get(path, 'absent')}, in a clean run {before.get(path, 'absent')}"
        for path in sorted(before.keys() | after.keys())
        if before.get(path) != after.get(path)
    ]
    return printable("; ".join(changes), _CHARACTERS_MAX)


def _pairs(first: Sequence[Record], second: Sequence[Record]) -> Iterator[tuple[Record, Record]]:
    others = list(second)
    alone = []
    for record in first:
        key = _key(record, record.values)
        same = next((other for other in others if _key(other, other.values) == key), None)
        if same:
            others.remove(same)
            yield record, same
        else:
            alone.append(record)
    for record, _ in zip(alone, tuple(others), strict=False):
        best = max(others, key=lambda other: len(record.values.items() & other.values.items()))
        others.remove(best)
        yield record, best


def _different_paths(record: Record, other: Record) -> Iterator[str]:
    for path in record.values.keys() & other.values.keys():
        value, changed = record.values[path], other.values[path]
        if value != changed and _kind_of(value) == _kind_of(changed) in _KINDS:
            yield _INDEX.sub("*", path)


def _kind_of(value: str) -> str:
    return next((kind for kind, form in _KINDS.items() if form.fullmatch(value)), value)


def paths_by_place(ignored: Unstable) -> Mapping[str, list[str]]:
    """Returns the ignored paths by their place, sorted."""
    paths: defaultdict[str, list[str]] = defaultdict(list)
    for where, path in sorted(ignored):
        paths[where].append(path)
    return paths
