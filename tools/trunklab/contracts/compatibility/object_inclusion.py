"""Which records and maps of one shape are none of another."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from trunklab.contracts.compatibility import map_keys, shape_descriptions
from trunklab.contracts.compatibility.breach import ANY_NAME, Breach, Facet
from trunklab.contracts.compatibility.inclusion_limits import ELEMENTS_MAX
from trunklab.contracts.compatibility.witness import ANYTHING, only, value_of
from trunklab.schema_solver.accepts import applying
from trunklab.schema_solver.errors import NoValueError, UndecidedError
from trunklab.schema_solver.shape import JSON, Node, ObjectShape, TextShape

if TYPE_CHECKING:
    from trunklab.contracts.compatibility.schema_inclusion import Inclusion


@dataclass
class _Pair:
    shape: ObjectShape
    other: ObjectShape
    inclusion: "Inclusion"

    @cached_property
    def base(self) -> dict[str, JSON] | None:
        """Some record of the shape, into which one that is refused is made; raises NoValueError.

        None if none was found, though there may be one.
        """
        try:
            return dict(value_of(only(self.shape)))
        except UndecidedError:
            return None

    def record(self, name: str, leaf: JSON) -> dict[str, JSON] | None:
        """The record with this field."""
        return None if self.base is None else self.base | {name: leaf}


def breaches(shape: ObjectShape, other: ObjectShape, inclusion: "Inclusion") -> Iterator[Breach]:
    """Return every way in which a record of the shape is none of the other."""
    pair = _Pair(shape, other, inclusion)
    try:
        yield from _all(pair)
    except NoValueError:
        return  # nothing has the shape: nothing is refused


def _all(pair: _Pair) -> Iterator[Breach]:
    shape = pair.shape
    yield from _required(pair)
    for name, place in shape.properties.items():
        yield from _field(pair, name, place, name)
    if shape.additional is not False:
        yield from _further(pair)
    for pattern, place in shape.patterns:
        yield from _patterned(pair, pattern, place)
    yield from _names(pair)
    yield from _counts(pair)


def _required(pair: _Pair) -> Iterator[Breach]:
    for name in sorted(pair.other.required - pair.shape.required):
        place = pair.shape.properties.get(name)
        demanded = pair.other.properties.get(name)
        base = pair.base
        value = None if base is None else {key: base[key] for key in base if key != name}
        yield Breach(
            Facet.REQUIRED,
            (name,),
            place.pointer if place else pair.shape.place,
            demanded.pointer if demanded else pair.other.place,
            "may be absent" if place else "unknown",
            "required",
            value,
            known=value is not None,
        )


def _field(pair: _Pair, name: str, place: Node, step: str) -> Iterator[Breach]:
    """A field that is sent, against everything that is said of its name."""
    nodes = applying(pair.other, name)
    if nodes is None:
        try:
            leaf = value_of(place)
            value = pair.record(name, leaf)
        except NoValueError:
            return
        except UndecidedError:
            leaf = value = None
        said = (shape_descriptions.what(place.alternatives()), "nothing")
        refused = pair.other.place
        facet = Facet.NAMES if step == ANY_NAME else Facet.EXTRA
        known = value is not None
        yield Breach(facet, (step,), place.pointer, refused, *said, value, leaf, known)
        return
    for node in nodes:
        for inner in pair.inclusion.breaches(place, node):
            yield inner.inside(step, pair.record(name, inner.value))


def _further(pair: _Pair) -> Iterator[Breach]:
    """Fields whose names the sending schema leaves open."""
    place = _further_place(pair.shape)
    for name, node in pair.other.properties.items():
        if name not in pair.shape.properties and applying(pair.shape, name) == [place]:
            for inner in pair.inclusion.breaches(place, node):
                yield inner.inside(name, pair.record(name, inner.value))
    for name in map_keys.free(pair.shape, pair.other):
        if applying(pair.shape, name) == [place] or place is ANYTHING:
            yield from _field(pair, name, place, ANY_NAME)


def _patterned(pair: _Pair, pattern: str, place: Node) -> Iterator[Breach]:
    for name in map_keys.matching(pattern, pair.shape, pair.other):
        yield from _field(pair, name, place, ANY_NAME)


def _names(pair: _Pair) -> Iterator[Breach]:
    if pair.other.names is None or pair.shape.additional is False:
        return
    sent = pair.shape.names or only(TextShape(pair.shape.place))
    for inner in pair.inclusion.breaches(sent, pair.other.names):
        try:
            value = pair.record(str(inner.value), value_of(_further_place(pair.shape)))
        except NoValueError:
            return
        except UndecidedError:
            value = None
        yield inner.inside(ANY_NAME, value)


def _further_place(shape: ObjectShape) -> Node:
    return shape.additional if isinstance(shape.additional, Node) else ANYTHING


def _counts(pair: _Pair) -> Iterator[Breach]:
    shape, other = pair.shape, pair.other
    said = (
        shape_descriptions.limits(shape.count_min, shape.count_max, "fields"),
        shape_descriptions.limits(other.count_min, other.count_max, "fields"),
    )
    if said[0] == said[1]:
        return
    here = (Facet.BOUNDS, (), shape.place, other.place, *said)
    try:
        value = _miscounted(pair)
    except UndecidedError:
        yield Breach(*here, known=False)
        return
    if value is not None:
        yield Breach(*here, value, value)


def _miscounted(pair: _Pair) -> dict[str, JSON] | None:
    """A record with too few fields for the other shape, or with too many."""
    shape, other = pair.shape, pair.other
    if pair.base is None:
        raise UndecidedError("no record was found")
    if max(shape.count_min, len(shape.required)) < other.count_min:
        return {key: one for key, one in pair.base.items() if key in shape.required}
    if other.count_max is None:
        return None
    if shape.count_max is not None and shape.count_max <= other.count_max:
        return None
    return _filled(shape, dict(pair.base), other.count_max + 1)


def _filled(shape: ObjectShape, value: dict[str, JSON], count: int) -> dict[str, JSON] | None:
    """Add fields until there are so many; None if that is impossible."""
    if count > ELEMENTS_MAX:
        raise UndecidedError("records of so many fields")
    try:
        for name, place in shape.properties.items():
            if name not in value:
                value[name] = value_of(place)
        while len(value) < count and shape.additional is not False:
            value[f"key{len(value)}"] = value_of(_further_place(shape))
    except NoValueError:
        return None
    return value if len(value) >= count else None
