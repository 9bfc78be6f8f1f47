"""What changed between two versions of one contract, and what each change breaks."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from trunklab.contracts.compatibility.breach import Breach, Facet
from trunklab.contracts.compatibility.open_and_closed import closed, opened
from trunklab.contracts.compatibility.schema_inclusion import Inclusion
from trunklab.contracts.nullable import is_annotation
from trunklab.schema_solver.schema_reader import node
from trunklab.schema_solver.shape import JSON
from trunklab.schema_solver.validate import validator

Schema = dict[str, Any]


class Breaks(StrEnum):
    """Who cannot go on."""

    BACKWARD = "BACKWARD"
    """New consumers refuse old events."""

    FORWARD = "FORWARD"
    """Old consumers refuse new events."""

    PRODUCERS = "producers"
    """The new contract, closed, refuses what old producers send."""


@dataclass(frozen=True)
class Change:
    """One difference between two versions."""

    id: str
    path: tuple[str, ...]
    old_place: str
    new_place: str
    was: str
    now: str
    breaks: frozenset[Breaks] = frozenset()
    witnesses: Mapping[Breaks, JSON] = field(default_factory=dict)
    """Data of an event that is sent and then refused, where one was found."""

    leaf: JSON = None
    """What stands at the path in it."""

    facet: Facet | None = None


@dataclass
class _Met:
    """The breaches of one place, by who meets them."""

    path: tuple[str, ...]
    old_place: str
    new_place: str
    facet: Facet
    by: dict[str, list[Breach]] = field(default_factory=dict)


ADDED = "added"
"""What new producers send and old ones could not: no break, but a difference."""

_FIELD = frozenset({Facet.REQUIRED, Facet.EXTRA})


def changes(old: Schema, new: Schema) -> list[Change]:
    """Return every difference in what the two versions accept, in the order of the new one."""
    if _meaning(old) == _meaning(new):
        return []
    met: dict[object, _Met] = {}
    readings = _readings(old, new)
    for reading, (sub, sup) in readings.items():
        for breach in Inclusion().breaches(node(sub), node(sup)):
            _note(met, reading, breach, sent_by_old=reading in {Breaks.BACKWARD, Breaks.PRODUCERS})
    judges = _Judges(readings)
    return [_change(one, judges) for one in met.values()]


def _meaning(document: Schema) -> Schema:
    """The contract without what stands at its head."""
    return {
        key: value
        for key, value in document.items()
        if not key.startswith(("x-", "$id", "$schema")) and not is_annotation(key)
    }


def _readings(old: Schema, new: Schema) -> dict[str, tuple[Schema, Schema]]:
    closed_old, closed_new = closed(old), closed(new)
    return {
        Breaks.PRODUCERS: (closed_old, closed_new),
        ADDED: (closed_new, closed_old),
        Breaks.BACKWARD: (closed_old, opened(new)),
        Breaks.FORWARD: (closed_new, opened(old)),
    }


def _note(met: dict[object, _Met], reading: str, breach: Breach, *, sent_by_old: bool) -> None:
    old_place, new_place = breach.place, breach.other
    if not sent_by_old:
        old_place, new_place = new_place, old_place
    key: tuple[object, ...] = (breach.facet in _FIELD or breach.facet, old_place, new_place)
    if breach.facet in {Facet.VALUE, Facet.MEMBER}:
        key += (sent_by_old, breach.sends)
    one = met.setdefault(key, _Met(breach.path, old_place, new_place, breach.facet))
    one.by.setdefault(reading, []).append(breach)


class _Judges:
    """Executes both versions: an example counts only if it is really sent and really refused."""

    def __init__(self, readings: Mapping[str, tuple[Schema, Schema]]) -> None:
        self._readings = readings
        self._validators: dict[str, tuple[Any, Any]] = {}

    def confirm(self, reading: str, value: JSON) -> bool:
        """Whether the one version accepts the value and the other does not."""
        if reading not in self._validators:
            sends, reads = self._readings[reading]
            self._validators[reading] = validator(sends), validator(reads)
        sent, read = self._validators[reading]
        return bool(sent.is_valid(value) and not read.is_valid(value))


def _change(met: _Met, judges: _Judges) -> Change:
    breaches = [breach for found in met.by.values() for breach in found]
    breaks = frozenset(Breaks(reading) for reading in met.by if reading != ADDED)
    witnesses = {
        Breaks(reading): breach.value
        for reading, found in met.by.items()
        for breach in found
        if reading != ADDED and breach.known and judges.confirm(reading, breach.value)
    }
    name, was, now = _named(met)
    leaf = next((breach.leaf for breach in breaches if breach.known), None)
    return Change(
        name, met.path, met.old_place, met.new_place, was, now, breaks, witnesses, leaf, met.facet
    )


def _named(met: _Met) -> tuple[str, str, str]:
    """The id of a difference, and what stood and stands there."""
    gone = met.by.get(Breaks.PRODUCERS) or met.by.get(Breaks.BACKWARD, [])
    come = met.by.get(ADDED) or met.by.get(Breaks.FORWARD, [])
    if met.facet in _FIELD:
        return _of_field(gone, come)
    was, now = (gone[0].sends, gone[0].takes) if gone else (come[0].takes, come[0].sends)
    if met.facet in {Facet.VALUE, Facet.MEMBER}:
        # What one side alone says is the other side's nothing.
        return (f"{met.facet}-removed", was, "") if gone else (f"{met.facet}-added", "", now)
    way = "changed" if gone and come else "narrowed" if gone else "widened"
    return f"{met.facet}-{way}", was, now


def _of_field(gone: list[Breach], come: list[Breach]) -> tuple[str, str, str]:
    sent_before = _of(gone, Facet.EXTRA)
    sent_now = _of(come, Facet.EXTRA)
    required_now = _of(gone, Facet.REQUIRED)
    required_before = _of(come, Facet.REQUIRED)
    if sent_before:
        word = "required" if required_before else "optional"
        return f"{word}-field-removed", f"{word}, {sent_before.sends}", ""
    if sent_now:
        word = "required" if required_now else "optional"
        return f"{word}-field-added", "", f"{word}, {sent_now.sends}"
    if required_now:
        return "field-required", "optional", "required"
    return "field-optional", "required", "optional"


def _of(breaches: Iterable[Breach], facet: Facet) -> Breach | None:
    return next((breach for breach in breaches if breach.facet is facet), None)
