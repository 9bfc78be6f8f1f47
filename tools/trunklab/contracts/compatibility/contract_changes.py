"""Changes between two versions of one contract, and what each change breaks."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from trunklab.contracts.compatibility.mismatch import Facet, Mismatch
from trunklab.contracts.compatibility.open_and_closed import closed, opened
from trunklab.contracts.compatibility.schema_inclusion import Inclusion
from trunklab.contracts.nullable import is_annotation
from trunklab.schema_solver.schema_reader import node
from trunklab.schema_solver.shape import JSON
from trunklab.schema_solver.validate import validator

Schema = dict[str, Any]


class Breaks(StrEnum):
    """The sides that a change breaks."""

    BACKWARD = "BACKWARD"
    """New consumers reject old events."""

    FORWARD = "FORWARD"
    """Old consumers reject new events."""

    PRODUCERS = "producers"
    """The new contract, closed, rejects events of old producers."""


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
    counterexamples: Mapping[Breaks, JSON] = field(default_factory=dict)
    """Data of an event that is sent and then rejected, if found."""

    leaf: JSON = None
    """The part of the data at the path."""

    facet: Facet | None = None


@dataclass
class _Difference:
    """The mismatches of one place, by reading."""

    path: tuple[str, ...]
    old_place: str
    new_place: str
    facet: Facet
    by: dict[str, list[Mismatch]] = field(default_factory=dict)


ADDED = "added"
"""Events that only new producers send: a difference that breaks nothing."""

_FIELD = frozenset({Facet.REQUIRED, Facet.EXTRA})


def changes(old: Schema, new: Schema) -> list[Change]:
    """Returns every difference in what the two versions accept, in the order of the new one."""
    if _meaning(old) == _meaning(new):
        return []
    differences: dict[object, _Difference] = {}
    readings = _readings(old, new)
    for reading, (sub, sup) in readings.items():
        for mismatch in Inclusion().mismatches(node(sub), node(sup)):
            _note(differences, reading, mismatch)
    validators = _Validators(readings)
    return [_change(difference, validators) for difference in differences.values()]


def _meaning(document: Schema) -> Schema:
    """Returns the schema without declarations and annotations."""
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


def _note(differences: dict[object, _Difference], reading: str, mismatch: Mismatch) -> None:
    sent_by_old = reading in {Breaks.BACKWARD, Breaks.PRODUCERS}
    old_place, new_place = mismatch.place, mismatch.other
    if not sent_by_old:
        old_place, new_place = new_place, old_place
    key: tuple[object, ...] = (mismatch.facet in _FIELD or mismatch.facet, old_place, new_place)
    if mismatch.facet in {Facet.VALUE, Facet.MEMBER}:
        key += (sent_by_old, mismatch.sent)
    new = _Difference(mismatch.path, old_place, new_place, mismatch.facet)
    differences.setdefault(key, new).by.setdefault(reading, []).append(mismatch)


class _Validators:
    """Runs both versions: an example must be sent by one and rejected by the other."""

    def __init__(self, readings: Mapping[str, tuple[Schema, Schema]]) -> None:
        self._readings = readings
        self._validators: dict[str, tuple[Any, Any]] = {}

    def confirm(self, reading: str, value: JSON) -> bool:
        """True if the one version accepts the value and the other rejects it."""
        if reading not in self._validators:
            sends, reads = self._readings[reading]
            self._validators[reading] = validator(sends), validator(reads)
        sent, read = self._validators[reading]
        return bool(sent.is_valid(value) and not read.is_valid(value))


def _change(difference: _Difference, validators: _Validators) -> Change:
    mismatches = [mismatch for group in difference.by.values() for mismatch in group]
    breaks = frozenset(Breaks(reading) for reading in difference.by if reading != ADDED)
    counterexamples = {
        Breaks(reading): mismatch.value
        for reading, group in difference.by.items()
        for mismatch in group
        if reading != ADDED and mismatch.known and validators.confirm(reading, mismatch.value)
    }
    name, was, now = _named(difference)
    leaf = next((mismatch.leaf for mismatch in mismatches if mismatch.known), None)
    return Change(
        name,
        difference.path,
        difference.old_place,
        difference.new_place,
        was,
        now,
        breaks,
        counterexamples,
        leaf,
        difference.facet,
    )


def _named(difference: _Difference) -> tuple[str, str, str]:
    """Returns the id of a difference, with the old and the new description."""
    removed = difference.by.get(Breaks.PRODUCERS) or difference.by.get(Breaks.BACKWARD, [])
    added = difference.by.get(ADDED) or difference.by.get(Breaks.FORWARD, [])
    if difference.facet in _FIELD:
        return _of_field(removed, added)
    was, now = (
        (removed[0].sent, removed[0].accepted) if removed else (added[0].accepted, added[0].sent)
    )
    if difference.facet in {Facet.VALUE, Facet.MEMBER}:
        # A value or a member exists on one side only.
        return (
            (f"{difference.facet}-removed", was, "")
            if removed
            else (f"{difference.facet}-added", "", now)
        )
    way = "changed" if removed and added else "narrowed" if removed else "widened"
    return f"{difference.facet}-{way}", was, now


def _of_field(removed: list[Mismatch], added: list[Mismatch]) -> tuple[str, str, str]:
    sent_before = _of(removed, Facet.EXTRA)
    sent_now = _of(added, Facet.EXTRA)
    required_now = _of(removed, Facet.REQUIRED)
    required_before = _of(added, Facet.REQUIRED)
    if sent_before:
        word = "required" if required_before else "optional"
        return f"{word}-field-removed", f"{word}, {sent_before.sent}", ""
    if sent_now:
        word = "required" if required_now else "optional"
        return f"{word}-field-added", "", f"{word}, {sent_now.sent}"
    if required_now:
        return "field-required", "optional", "required"
    return "field-optional", "required", "optional"


def _of(mismatches: Iterable[Mismatch], facet: Facet) -> Mismatch | None:
    return next((mismatch for mismatch in mismatches if mismatch.facet is facet), None)
