"""Schema inclusion: the values of one schema that another schema rejects.

Every mismatch is listed. The comparison is exact for types, constants, numbers, strings and
objects. Unions of objects are compared member by member. A mismatch is unknown if it is neither
proved nor refuted by a value.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Final

from trunklab.contracts.compatibility.array_and_object_inclusion import (
    array_mismatches,
    object_mismatches,
)
from trunklab.contracts.compatibility.mismatch import (
    Facet,
    Mismatch,
    shape_kind,
    shown,
    types_text,
    value_kind,
)
from trunklab.contracts.compatibility.string_and_number_inclusion import (
    number_mismatches,
    number_outside,
    string_mismatches,
    string_outside,
)
from trunklab.schema_solver.errors import NoValueError, UndecidedError
from trunklab.schema_solver.json_pointer import resolved
from trunklab.schema_solver.random_values import sample_value
from trunklab.schema_solver.shape import (
    JSON,
    ArrayShape,
    BooleanShape,
    ConstantShape,
    Node,
    NullShape,
    NumberShape,
    ObjectShape,
    Shape,
    TextShape,
    only,
)
from trunklab.schema_solver.shape_intersection import disjoint
from trunklab.schema_solver.solver_limits import REFERENCES_MAX
from trunklab.schema_solver.validate import accepts, key_of, node_accepts

Mismatches = tuple[Mismatch, ...]

VALUES_TRIED: Final = 100
"""Random values tried if inclusion in a union of objects or arrays is not proved."""

_NOTHING: Final = object()


class _Accepted:
    """The values that a place accepts; constants are looked up, however many there are."""

    def __init__(self, place: Node) -> None:
        self._alternatives = place.alternatives()
        constants = [one for one in self._alternatives if isinstance(one, ConstantShape)]
        self._constants = {key_of(one.value) for one in constants}
        self._others = [one for one in self._alternatives if not isinstance(one, ConstantShape)]
        self.kinds = {shape_kind(one) for one in self._alternatives}

    @cached_property
    def description(self) -> str:
        """The accepted values, for a finding."""
        return types_text(self._alternatives)

    def has(self, value: JSON) -> bool:
        """True if the place accepts the value."""
        return key_of(value) in self._constants or any(accepts(one, value) for one in self._others)


class Inclusion:
    """Compares two schemas; each pair of places once."""

    def __init__(self) -> None:
        self._known: dict[tuple[Node, Node], Mismatches] = {}
        self._accepted: dict[Node, _Accepted] = {}

    def mismatches(self, sub: Node, sup: Node) -> Mismatches:
        """Returns every way in which a value of the first node is invalid for the second."""
        pair = sub, sup
        if pair not in self._known:
            # A recursive pair is included unless another pair below it has a mismatch.
            self._known[pair] = ()
            # A shared definition is reached on many paths: only the first mismatch is kept.
            first: dict[object, Mismatch] = {}
            for shape in sub.alternatives():
                for mismatch in self._outside(shape, sub, sup):
                    first.setdefault(mismatch.key, mismatch)
            self._known[pair] = tuple(first.values())
        return self._known[pair]

    def _outside(self, shape: Shape, sub: Node, sup: Node) -> Mismatches:
        values = _values_of(shape)
        if values:
            return tuple(self._of_values(values, sub, sup))
        others = _alike(shape, sup)
        if all(isinstance(one, ConstantShape) for one in others):
            return tuple(_of_type(shape, sub, sup))
        if isinstance(shape, NumberShape):
            return tuple(number_mismatches(shape, others))
        if isinstance(shape, TextShape):
            return tuple(string_mismatches(shape, others))
        if len(others) == len(_alike(shape, sub)) == 1:
            return self._of_parts(shape, others[0])
        return self._of_member(shape, others, sup)

    def _of_values(self, values: list[JSON], sub: Node, sup: Node) -> Iterator[Mismatch]:
        if sup not in self._accepted:
            self._accepted[sup] = _Accepted(sup)
        accepted = self._accepted[sup]
        for value in values:
            if not accepted.has(value):
                facet, sent = Facet.TYPE, types_text(sub.alternatives())
                if value_kind(value) in accepted.kinds:
                    facet, sent = Facet.VALUE, shown(value)
                here = (facet, (), home(sub), home(sup))
                yield Mismatch(*here, sent, accepted.description, value, value)

    def _of_parts(self, shape: Shape, other: Shape) -> Mismatches:
        """Returns the mismatches of two arrays or two objects."""
        if isinstance(shape, ArrayShape) and isinstance(other, ArrayShape):
            return tuple(array_mismatches(shape, other, self))
        if isinstance(shape, ObjectShape) and isinstance(other, ObjectShape):
            return tuple(object_mismatches(shape, other, self))
        return (Mismatch(Facet.MEMBER, (), shape.place, other.place, "", "", known=False),)

    def _of_member(self, shape: Shape, others: Sequence[Shape], sup: Node) -> Mismatches:
        """Returns the mismatches of a union member that no other member accepts."""
        near = [one for one in others if not disjoint(shape, one)]
        results = []
        for other in near:
            results.append(self._of_parts(shape, other))
            # Without another candidate this member alone decides.
            if not results[-1] or len(near) == 1:
                return results[-1]
        return _of_union(shape, sorted(results, key=_weight), sup)


def _values_of(shape: Shape) -> list[JSON]:
    """Returns the values of a shape that has few."""
    if isinstance(shape, BooleanShape):
        return [True, False]
    if isinstance(shape, ConstantShape):
        return [shape.value]
    return [None] if isinstance(shape, NullShape) else []


def _alike(shape: Shape, place: Node) -> list[Shape]:
    """Returns the alternatives of a place that have the type of the shape."""
    return [one for one in place.alternatives() if shape_kind(one) == shape_kind(shape)]


def home(place: Node) -> str:
    """Returns the pointer at the end of a node's references; a constructed node has none."""
    pointer = place.pointer
    for _ in range(REFERENCES_MAX if place.document.schema else 0):
        schema = resolved(place.document.schema, pointer)
        if not isinstance(schema, dict) or "$ref" not in schema:
            break
        pointer = schema["$ref"].removeprefix("#")
    return pointer


def _weight(found: Mismatches) -> tuple[bool, int]:
    """Returns how much a member differs; a different tag means another member."""
    tagged = any(one.facet is Facet.VALUE and len(one.path) == 1 for one in found)
    return tagged, len(found)


def _of_union(shape: Shape, results: Sequence[Mismatches], sup: Node) -> Mismatches:
    """Returns the mismatches of the nearest member with values that no member accepts."""
    if results and not _weight(results[0])[0]:
        nearest = [one for one in results[0] if not (one.known and node_accepts(sup, one.value))]
        if nearest:
            return tuple(nearest)
    refused = (value for value in _values(shape, results) if not node_accepts(sup, value))
    try:
        value = next(refused, _NOTHING)
    except UndecidedError:
        value = _NOTHING
    said = (_member(shape), "no such member")
    here = (Facet.MEMBER, (), shape.place, home(sup), *said)
    return (Mismatch(*here, known=False) if value is _NOTHING else Mismatch(*here, value, value),)


def _values(shape: Shape, results: Sequence[Mismatches]) -> Iterator[JSON]:
    yield from (mismatch.value for found in results for mismatch in found if mismatch.known)
    for seed in range(VALUES_TRIED):
        try:
            yield sample_value(only(shape), seed)
        except NoValueError:
            return


def _member(shape: Shape) -> str:
    if not isinstance(shape, ObjectShape):
        return shape_kind(shape)
    tags = [
        f"{name}={shown(one.value)}"
        for name, place in shape.properties.items()
        if len(found := place.alternatives()) == 1
        for one in found
        if isinstance(one, ConstantShape)
    ]
    return f"an object with {', '.join(tags or shape.properties)}"


def _of_type(shape: Shape, sub: Node, sup: Node) -> Iterator[Mismatch]:
    """Yields a mismatch for a type that the other side accepts only as constants or not at all."""
    said = types_text(sub.alternatives()), types_text(sup.alternatives())
    here = (Facet.TYPE, (), home(sub), home(sup), *said)
    try:
        for value in _of_kind(shape, sup):
            if not node_accepts(sup, value):
                yield Mismatch(*here, value, value)
                return
    except UndecidedError:
        yield Mismatch(*here, known=False)


def _of_kind(shape: Shape, sup: Node) -> Iterator[JSON]:
    """Yields values of which at least one is rejected, if such a value exists."""
    if not isinstance(shape, NumberShape | TextShape):
        yield from _values(shape, ())
        # A shape without values has no value to reject.
        if next(_values(shape, ()), None) is not None:
            raise UndecidedError("a type against constants")
        return
    others = _alike(shape, sup)
    if isinstance(shape, NumberShape):
        value: JSON = number_outside(shape, others)
    else:
        value = string_outside(shape, others)
    if value is not None:
        yield value
