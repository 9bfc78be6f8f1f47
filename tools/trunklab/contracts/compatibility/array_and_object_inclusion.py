"""Arrays and objects of one schema that another rejects."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING

from trunklab.contracts.compatibility.mismatch import ANY_NAME, Facet, Mismatch, limits, types_text
from trunklab.contracts.compatibility.string_and_number_inclusion import string_outside
from trunklab.schema_solver.errors import NoValueError, UndecidedError
from trunklab.schema_solver.goals import Found, Goal
from trunklab.schema_solver.random_values import sample_value
from trunklab.schema_solver.schema_reader import ANYTHING
from trunklab.schema_solver.shape import (
    JSON,
    ArrayShape,
    ConstantShape,
    Node,
    ObjectShape,
    Shape,
    TextShape,
    only,
)
from trunklab.schema_solver.solve import find
from trunklab.schema_solver.validate import applying

if TYPE_CHECKING:
    from trunklab.contracts.compatibility.schema_inclusion import Inclusion


def array_mismatches(
    shape: ArrayShape, other: ArrayShape, inclusion: "Inclusion"
) -> Iterator[Mismatch]:
    """Yields every way in which an array of the shape is invalid for the other."""
    yield from _miscounted(shape, other, "elements")
    if other.unique and not shape.unique:
        words = ("elements may repeat", "no element twice")
        # A shape without elements has none to repeat.
        with suppress(NoValueError):
            double = _sample(shape.item(0) or ANYTHING)
            yield from _of_bounds(shape, other, words, _with_elements(shape, [double, double]))
    fixed = max(len(shape.prefix), len(other.prefix))
    for index in range(fixed + 1):
        if shape.count_max is not None and shape.count_max <= index:
            return
        mine, theirs = shape.item(index) or ANYTHING, other.item(index) or ANYTHING
        step = "[]" if index == fixed else f"[{index}]"
        for inner in inclusion.mismatches(mine, theirs):
            found = _found(_with_elements(shape, [inner.value], index))
            if found is not None:
                yield inner.inside(step, found.value)


def _with_elements(shape: ArrayShape, values: Sequence[JSON], index: int = 0) -> ArrayShape:
    """Returns the shape with these elements from an index on."""
    end = index + len(values)
    prefix = [shape.item(at) or ANYTHING for at in range(max(end, len(shape.prefix)))]
    prefix[index:end] = [only(ConstantShape("", value)) for value in values]
    return replace(shape, prefix=tuple(prefix), count_min=max(end, shape.count_min))


def _miscounted(
    shape: ArrayShape | ObjectShape, other: ArrayShape | ObjectShape, unit: str
) -> Iterator[Mismatch]:
    """Yields at most one mismatch: values with too few or too many elements or fields."""
    sent, accepted = (limits(one.count_min, one.count_max, unit) for one in (shape, other))
    ways: list[ArrayShape | ObjectShape] = []
    if shape.count_min < other.count_min:
        ways.append(replace(shape, count_max=_least(shape.count_max, other.count_min - 1)))
    if other.count_max is not None and _least(shape.count_max, other.count_max) != shape.count_max:
        ways.append(replace(shape, count_min=max(shape.count_min, other.count_max + 1)))
    mismatches = (one for way in ways for one in _of_bounds(shape, other, (sent, accepted), way))
    yield from islice(mismatches, 1)


def _least(*limits: int | None) -> int | None:
    return min((limit for limit in limits if limit is not None), default=None)


def _of_bounds(
    shape: Shape, other: Shape, words: tuple[str, str], rejected: ArrayShape | ObjectShape
) -> Iterator[Mismatch]:
    """Yields a mismatch unless the rejected part of the shape has no values."""
    found = _found(rejected)
    if found is not None:
        here = (Facet.BOUNDS, (), shape.place, other.place, *words)
        yield Mismatch(*here, found.value, found.value, known=found.value is not None)


def _found(shape: Shape) -> Found | None:
    """Returns the simplest value, Found(None) if undecided, and None if no value exists."""
    try:
        return find(only(shape), Goal())
    except UndecidedError:
        return Found(None)


def _sample(node: Node) -> JSON:
    """Returns a value, None if undecided; raises NoValueError."""
    try:
        return sample_value(node)
    except UndecidedError:
        return None


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
        value: dict[str, JSON] | None = _sample(only(self.shape))
        return value

    def with_field(self, name: str, leaf: JSON) -> dict[str, JSON] | None:
        """Returns the object with this field."""
        return None if self.base is None else self.base | {name: leaf}


def object_mismatches(
    shape: ObjectShape, other: ObjectShape, inclusion: "Inclusion"
) -> Iterator[Mismatch]:
    """Yields every way in which an object of the shape is invalid for the other."""
    pair = _Pair(shape, other, inclusion)
    # A shape without values has no value to reject.
    with suppress(NoValueError):
        yield from _required(pair)
        for name, place in shape.properties.items():
            yield from _field(pair, name, place, name)
        if shape.additional is not False:
            yield from _further(pair)
        for pattern, place in shape.patterns:
            for name in _free_names(shape, other, pattern):
                yield from _field(pair, name, place, ANY_NAME)
        yield from _names(pair)
        yield from _miscounted(shape, other, "fields")


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
        with suppress(NoValueError):
            leaf = _sample(place)
            value = pair.with_field(name, leaf)
            facet = Facet.NAMES if step == ANY_NAME else Facet.EXTRA
            here = (facet, (step,), place.pointer, pair.other.place)
            words = (types_text(place.alternatives()), "nothing")
            yield Mismatch(*here, *words, value, leaf, known=value is not None)
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


def _names(pair: _Pair) -> Iterator[Mismatch]:
    if pair.other.names is None or pair.shape.additional is False:
        return
    sent = pair.shape.names or only(TextShape(pair.shape.place))
    for inner in pair.inclusion.mismatches(sent, pair.other.names):
        with suppress(NoValueError):
            value = pair.with_field(str(inner.value), _sample(_further_place(pair.shape)))
            yield inner.inside(ANY_NAME, value)


def _further_place(shape: ObjectShape) -> Node:
    return shape.additional if isinstance(shape.additional, Node) else ANYTHING


def _free_names(shape: ObjectShape, other: ObjectShape, *patterns: str) -> Iterator[str]:
    """Yields undeclared names that match: one that the other ignores, and one per pattern."""
    for names in _open_names(shape):
        yield from _distinct_names(_with_patterns(names, *patterns), shape, other)


def _with_patterns(names: TextShape, *patterns: str) -> TextShape:
    return replace(names, patterns=tuple(dict.fromkeys((*names.patterns, *patterns))))


def _open_names(shape: ObjectShape) -> list[TextShape]:
    if shape.names is None:
        return [TextShape(shape.place)]
    return [one for one in shape.names.alternatives() if isinstance(one, TextShape)]


def _distinct_names(names: TextShape, shape: ObjectShape, other: ObjectShape) -> Iterator[str]:
    declared = [ConstantShape("", name) for name in {**shape.properties, **other.properties}]
    matched = [TextShape("", (pattern,)) for pattern, _ in other.patterns]
    yield from _example_name(names, [*declared, *matched], shape)
    for text in matched:
        yield from _example_name(_with_patterns(names, *text.patterns), declared, shape)


def _example_name(names: TextShape, avoided: Sequence[Shape], shape: ObjectShape) -> Iterator[str]:
    try:
        # The empty name is valid, but unreadable in a finding.
        for length_min in (1, 0):
            wanted = replace(names, length_min=max(names.length_min, length_min))
            name = string_outside(wanted, avoided)
            if name is not None and applying(shape, name) is not None:
                yield name
                return
    except UndecidedError:
        return
