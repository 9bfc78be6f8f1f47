"""Object inclusion: objects and maps of one shape that another shape rejects."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from trunklab.contracts.compatibility import shape_descriptions, string_inclusion
from trunklab.contracts.compatibility.inclusion_limits import ELEMENTS_MAX
from trunklab.contracts.compatibility.mismatch import ANY_NAME, Facet, Mismatch
from trunklab.contracts.compatibility.sample_values import ANYTHING, only, value_of
from trunklab.schema_solver.accepts import applying
from trunklab.schema_solver.errors import NoValueError, UndecidedError
from trunklab.schema_solver.shape import JSON, ConstantShape, Node, ObjectShape, Shape, TextShape

if TYPE_CHECKING:
    from trunklab.contracts.compatibility.schema_inclusion import Inclusion


@dataclass
class _Pair:
    shape: ObjectShape
    other: ObjectShape
    inclusion: "Inclusion"

    @cached_property
    def base(self) -> dict[str, JSON] | None:
        """An object of the shape, to be changed into a rejected one; None if none was found.

        Raises NoValueError if the shape has no values.
        """
        try:
            return dict(value_of(only(self.shape)))
        except UndecidedError:
            return None

    def with_field(self, name: str, leaf: JSON) -> dict[str, JSON] | None:
        """Returns the object with this field."""
        return None if self.base is None else self.base | {name: leaf}


def mismatches(
    shape: ObjectShape, other: ObjectShape, inclusion: "Inclusion"
) -> Iterator[Mismatch]:
    """Yields every way in which an object of the shape is invalid for the other."""
    pair = _Pair(shape, other, inclusion)
    try:
        yield from _all(pair)
    except NoValueError:
        return  # a shape without values has no value to reject


def _all(pair: _Pair) -> Iterator[Mismatch]:
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


def _required(pair: _Pair) -> Iterator[Mismatch]:
    for name in sorted(pair.other.required - pair.shape.required):
        place = pair.shape.properties.get(name)
        demanded = pair.other.properties.get(name)
        base = pair.base
        value = None if base is None else {key: base[key] for key in base if key != name}
        yield Mismatch(
            Facet.REQUIRED,
            (name,),
            place.pointer if place else pair.shape.place,
            demanded.pointer if demanded else pair.other.place,
            "may be absent" if place else "unknown",
            "required",
            value,
            known=value is not None,
        )


def _field(pair: _Pair, name: str, place: Node, step: str) -> Iterator[Mismatch]:
    """Yields the mismatches of a sent field with every schema of its name."""
    nodes = applying(pair.other, name)
    if nodes is None:
        try:
            leaf = value_of(place)
            value = pair.with_field(name, leaf)
        except NoValueError:
            return
        except UndecidedError:
            leaf = value = None
        said = (shape_descriptions.what(place.alternatives()), "nothing")
        rejecting = pair.other.place
        facet = Facet.NAMES if step == ANY_NAME else Facet.EXTRA
        known = value is not None
        yield Mismatch(facet, (step,), place.pointer, rejecting, *said, value, leaf, known)
        return
    for node in nodes:
        for inner in pair.inclusion.mismatches(place, node):
            yield inner.inside(step, pair.with_field(name, inner.value))


def _further(pair: _Pair) -> Iterator[Mismatch]:
    """Yields the mismatches of fields that the sending schema does not declare."""
    place = _further_place(pair.shape)
    for name, node in pair.other.properties.items():
        if name not in pair.shape.properties and applying(pair.shape, name) == [place]:
            for inner in pair.inclusion.mismatches(place, node):
                yield inner.inside(name, pair.with_field(name, inner.value))
    for name in _free_names(pair.shape, pair.other):
        if applying(pair.shape, name) == [place] or place is ANYTHING:
            yield from _field(pair, name, place, ANY_NAME)


def _patterned(pair: _Pair, pattern: str, place: Node) -> Iterator[Mismatch]:
    for name in _matching_names(pattern, pair.shape, pair.other):
        yield from _field(pair, name, place, ANY_NAME)


def _names(pair: _Pair) -> Iterator[Mismatch]:
    if pair.other.names is None or pair.shape.additional is False:
        return
    sent = pair.shape.names or only(TextShape(pair.shape.place))
    for inner in pair.inclusion.mismatches(sent, pair.other.names):
        try:
            value = pair.with_field(str(inner.value), value_of(_further_place(pair.shape)))
        except NoValueError:
            return
        except UndecidedError:
            value = None
        yield inner.inside(ANY_NAME, value)


def _further_place(shape: ObjectShape) -> Node:
    return shape.additional if isinstance(shape.additional, Node) else ANYTHING


def _counts(pair: _Pair) -> Iterator[Mismatch]:
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
        yield Mismatch(*here, known=False)
        return
    if value is not None:
        yield Mismatch(*here, value, value)


def _miscounted(pair: _Pair) -> dict[str, JSON] | None:
    """Returns an object with too few or too many fields for the other shape."""
    shape, other = pair.shape, pair.other
    if pair.base is None:
        raise UndecidedError("no object was found")
    if max(shape.count_min, len(shape.required)) < other.count_min:
        return {key: one for key, one in pair.base.items() if key in shape.required}
    if other.count_max is None:
        return None
    if shape.count_max is not None and shape.count_max <= other.count_max:
        return None
    return _filled(shape, dict(pair.base), other.count_max + 1)


def _filled(shape: ObjectShape, value: dict[str, JSON], count: int) -> dict[str, JSON] | None:
    """Returns the object with fields added up to the count; None if that is impossible."""
    if count > ELEMENTS_MAX:
        raise UndecidedError("objects with so many fields")
    try:
        for name, place in shape.properties.items():
            if name not in value:
                value[name] = value_of(place)
        while len(value) < count and shape.additional is not False:
            value[f"key{len(value)}"] = value_of(_further_place(shape))
    except NoValueError:
        return None
    return value if len(value) >= count else None


def _free_names(shape: ObjectShape, other: ObjectShape) -> Iterator[str]:
    """Yields undeclared names: one that the other shape ignores, and one per pattern."""
    for names in _open_names(shape):
        yield from _distinct_names(names, shape, other)


def _matching_names(pattern: str, shape: ObjectShape, other: ObjectShape) -> Iterator[str]:
    """Yields the same among the names that match a pattern of the shape."""
    for names in _open_names(shape):
        patterns = tuple(dict.fromkeys((*names.patterns, pattern)))
        yield from _distinct_names(replace(names, patterns=patterns), shape, other)


def _open_names(shape: ObjectShape) -> list[TextShape]:
    if shape.names is None:
        return [TextShape(shape.place)]
    return [one for one in shape.names.alternatives() if isinstance(one, TextShape)]


def _distinct_names(names: TextShape, shape: ObjectShape, other: ObjectShape) -> Iterator[str]:
    declared = [ConstantShape("", name) for name in {**shape.properties, **other.properties}]
    matched = [TextShape("", (pattern,)) for pattern, _ in other.patterns]
    yield from _example_name(names, [*declared, *matched], shape)
    for text in matched:
        patterns = tuple(dict.fromkeys((*names.patterns, *text.patterns)))
        yield from _example_name(replace(names, patterns=patterns), declared, shape)


def _example_name(names: TextShape, avoided: Sequence[Shape], shape: ObjectShape) -> Iterator[str]:
    try:
        # The empty name is valid, but unreadable in a finding.
        for length_min in (1, 0):
            wanted = replace(names, length_min=max(names.length_min, length_min))
            name = string_inclusion.outside(wanted, avoided)
            if name is not None and applying(shape, name) is not None:
                yield name
                return
    except UndecidedError:
        return
