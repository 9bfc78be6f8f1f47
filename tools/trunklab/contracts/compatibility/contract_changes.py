"""Changes between two versions of one contract, and what each change breaks.

Producers are closed and consumers are open. The committed file is open: models allow further
fields, which consumers ignore. The closed and open versions keep every JSON pointer of the file.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from trunklab.contracts.compatibility.mismatch import Facet, Mismatch
from trunklab.contracts.compatibility.schema_inclusion import Inclusion
from trunklab.contracts.contract import Breaks
from trunklab.contracts.contract_files import NAMED, VALUES
from trunklab.contracts.event_schema import Schema
from trunklab.schema_solver.schema_reader import is_annotation, node
from trunklab.schema_solver.shape import JSON
from trunklab.schema_solver.validate import validator

ADDED: Final = "added"
"""Events that only new producers send: a difference that breaks nothing."""

_FIELD: Final = frozenset({Facet.REQUIRED, Facet.EXTRA})
_CLOSING: Final = ("properties", "patternProperties")


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

    @property
    def difference(self) -> str:
        """The old and the new description, for a finding."""
        return f"{self.was or 'nothing'} -> {self.now or 'nothing'}"


@dataclass
class _Difference:
    """The mismatches of one place, by reading."""

    first: Mismatch
    old_place: str
    new_place: str
    by: dict[str, list[Mismatch]] = field(default_factory=dict)


def closed(document: Schema) -> Schema:
    """Returns the schema of what a producer may send: only declared fields."""
    schema: Schema = _with_closed(document, _CLOSING)
    return schema


def opened(document: Schema) -> Schema:
    """Returns the schema of what a consumer's model accepts.

    Only maps with name patterns differ from the file: Pydantic models reject other names, but the
    exported schema does not say so.
    """
    schema: Schema = _with_closed(document, _CLOSING[1:])
    return schema


def _with_closed(schema: Any, closing: tuple[str, ...]) -> Any:
    """Returns the schema; objects with such a keyword reject further fields unless declared."""
    if isinstance(schema, list):
        return [_with_closed(entry, closing) for entry in schema]
    if not isinstance(schema, dict):
        return schema
    result: Schema = {}
    for key, value in schema.items():
        if key in VALUES:
            result[key] = value
        elif key in NAMED and isinstance(value, dict):
            result[key] = {name: _with_closed(entry, closing) for name, entry in value.items()}
        else:
            result[key] = _with_closed(value, closing)
    # A model with patterns beside its fields is still a model.
    declared = [key for key in _CLOSING if isinstance(schema.get(key), dict)]
    if declared and declared[0] in closing:
        result.setdefault("additionalProperties", False)
    return result


def changes(old: Schema, new: Schema) -> list[Change]:
    """Returns every difference in what the two versions accept, in the order of the new one."""
    if _meaning(old) == _meaning(new):
        return []
    closed_old, closed_new = closed(old), closed(new)
    readings = {
        Breaks.PRODUCERS: (closed_old, closed_new),
        ADDED: (closed_new, closed_old),
        Breaks.BACKWARD: (closed_old, opened(new)),
        Breaks.FORWARD: (closed_new, opened(old)),
    }
    differences: dict[object, _Difference] = {}
    for reading, (sub, sup) in readings.items():
        for mismatch in Inclusion().mismatches(node(sub), node(sup)):
            _note(differences, reading, mismatch)
    if not differences:
        return []
    validators = {reading: tuple(map(validator, pair)) for reading, pair in readings.items()}
    return [_change(difference, validators) for difference in differences.values()]


def _meaning(document: Schema) -> Schema:
    """Returns the schema without declarations and annotations."""
    return {
        key: value
        for key, value in document.items()
        if not key.startswith(("x-", "$id", "$schema")) and not is_annotation(key)
    }


def _note(differences: dict[object, _Difference], reading: str, mismatch: Mismatch) -> None:
    sent_by_old = reading in {Breaks.BACKWARD, Breaks.PRODUCERS}
    old_place, new_place = mismatch.place, mismatch.other
    if not sent_by_old:
        old_place, new_place = new_place, old_place
    key: tuple[object, ...] = (mismatch.facet in _FIELD or mismatch.facet, old_place, new_place)
    if mismatch.facet in {Facet.VALUE, Facet.MEMBER}:
        key += (sent_by_old, mismatch.sent)
    difference = differences.setdefault(key, _Difference(mismatch, old_place, new_place))
    difference.by.setdefault(reading, []).append(mismatch)


def _change(difference: _Difference, validators: Mapping[str, tuple[Any, ...]]) -> Change:
    counterexamples = {}
    for reading, mismatches in difference.by.items():
        sends, reads = validators[reading]
        for mismatch in mismatches if reading != ADDED else ():
            value = mismatch.value
            # Both versions run: an example must be sent by one and rejected by the other.
            if mismatch.known and sends.is_valid(value) and not reads.is_valid(value):
                counterexamples[Breaks(reading)] = value
    name, was, now = _named(difference)
    known = (one for group in difference.by.values() for one in group if one.known)
    return Change(
        name,
        difference.first.path,
        difference.old_place,
        difference.new_place,
        was,
        now,
        frozenset(Breaks(reading) for reading in difference.by if reading != ADDED),
        counterexamples,
        next((mismatch.leaf for mismatch in known), None),
        difference.first.facet,
    )


def _named(difference: _Difference) -> tuple[str, str, str]:
    """Returns the id of a difference, with the old and the new description."""
    removed = difference.by.get(Breaks.PRODUCERS) or difference.by.get(Breaks.BACKWARD, [])
    added = difference.by.get(ADDED) or difference.by.get(Breaks.FORWARD, [])
    facet = difference.first.facet
    if facet in _FIELD:
        return _of_field(removed, added)
    if facet in {Facet.VALUE, Facet.MEMBER}:
        # A value or a member exists on one side only.
        if removed:
            return f"{facet}-removed", removed[0].sent, ""
        return f"{facet}-added", "", added[0].sent
    way = "changed" if removed and added else "narrowed" if removed else "widened"
    if removed:
        return f"{facet}-{way}", removed[0].sent, removed[0].accepted
    return f"{facet}-{way}", added[0].accepted, added[0].sent


def _of_field(removed: list[Mismatch], added: list[Mismatch]) -> tuple[str, str, str]:
    before, after = ({one.facet: one for one in reversed(group)} for group in (removed, added))
    if Facet.EXTRA in before:
        word = "required" if Facet.REQUIRED in after else "optional"
        return f"{word}-field-removed", f"{word}, {before[Facet.EXTRA].sent}", ""
    if Facet.EXTRA in after:
        word = "required" if Facet.REQUIRED in before else "optional"
        return f"{word}-field-added", "", f"{word}, {after[Facet.EXTRA].sent}"
    if Facet.REQUIRED in before:
        return "field-required", "optional", "required"
    return "field-optional", "required", "optional"
