"""Decides whether every value of one schema is a value of another, and finds what is not.

The answer lists every difference, not only the first. It is exact for types, constants, numbers,
texts and records; unions of records are compared member by member, and what is then neither proved
nor refuted by a value counts as a difference that is not known.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from trunklab.contracts.compatibility import (
    array_inclusion,
    number_inclusion,
    object_inclusion,
    shape_descriptions,
    string_inclusion,
)
from trunklab.contracts.compatibility.accepted_constants import Taken
from trunklab.contracts.compatibility.breach import Breach, Facet
from trunklab.contracts.compatibility.inclusion_limits import VALUES_TRIED
from trunklab.contracts.compatibility.witness import only, value_of
from trunklab.schema_solver.accepts import node_accepts
from trunklab.schema_solver.disjoint import disjoint
from trunklab.schema_solver.errors import NoValueError, UndecidedError
from trunklab.schema_solver.json_pointer import resolved
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
)
from trunklab.schema_solver.solver_limits import REFERENCES_MAX

Breaches = tuple[Breach, ...]

_NOTHING: Final = object()


class Inclusion:
    """Compares the places of two schemas; each pair of places once."""

    def __init__(self) -> None:
        self._known: dict[tuple[Node, Node], Breaches] = {}
        self._taken: dict[Node, Taken] = {}

    def breaches(self, sub: Node, sup: Node) -> Breaches:
        """Return how values of the first can be none of the second; none if they never are."""
        pair = sub, sup
        if pair not in self._known:
            # Met again further in, a pair holds unless something else speaks against it.
            self._known[pair] = ()
            found = [
                breach for shape in sub.alternatives() for breach in self._outside(shape, sub, sup)
            ]
            # One place may be met on many paths: the first is kept, or shared definitions multiply.
            first: dict[object, Breach] = {}
            for breach in found:
                first.setdefault(breach.key, breach)
            self._known[pair] = tuple(first.values())
        return self._known[pair]

    def _outside(self, shape: Shape, sub: Node, sup: Node) -> Breaches:
        if isinstance(shape, BooleanShape):
            values: list[JSON] = [True, False]
        elif isinstance(shape, ConstantShape):
            values = [shape.value]
        else:
            values = [None] if isinstance(shape, NullShape) else []
        if values:
            return tuple(self._of_values(values, sub, sup))
        others = [
            one
            for one in sup.alternatives()
            if shape_descriptions.kind(one) == shape_descriptions.kind(shape)
        ]
        if not any(not isinstance(one, ConstantShape) for one in others):
            return tuple(_of_type(shape, sub, sup))
        if isinstance(shape, NumberShape):
            return tuple(_of_numbers(shape, others))
        if isinstance(shape, TextShape):
            return tuple(string_inclusion.breaches(shape, others))
        alike = [
            one
            for one in sub.alternatives()
            if shape_descriptions.kind(one) == shape_descriptions.kind(shape)
        ]
        if len(others) == len(alike) == 1:
            return self._of_parts(shape, others[0])
        return self._of_member(shape, others, sup)

    def _of_values(self, values: list[JSON], sub: Node, sup: Node) -> Iterator[Breach]:
        if sup not in self._taken:
            self._taken[sup] = Taken(sup)
        taken = self._taken[sup]
        for value in values:
            if not taken.has(value):
                known_kind = shape_descriptions.kind_of(value) in taken.kinds
                facet = Facet.VALUE if known_kind else Facet.TYPE
                sends = (
                    shape_descriptions.shown(value)
                    if known_kind
                    else shape_descriptions.what(sub.alternatives())
                )
                yield Breach(facet, (), home(sub), home(sup), sends, taken.said, value, value)

    def _of_parts(self, shape: Shape, other: Shape) -> Breaches:
        """A list or record against another."""
        if isinstance(shape, ArrayShape) and isinstance(other, ArrayShape):
            return tuple(array_inclusion.breaches(shape, other, self))
        if isinstance(shape, ObjectShape) and isinstance(other, ObjectShape):
            return tuple(object_inclusion.breaches(shape, other, self))
        return (Breach(Facet.MEMBER, (), shape.place, other.place, "", "", known=False),)

    def _of_member(self, shape: Shape, others: Sequence[Shape], sup: Node) -> Breaches:
        """A member of a union: another member has to take it, or several together."""
        near = [one for one in others if not disjoint(shape, one)]
        results = []
        for other in near:
            results.append(self._of_parts(shape, other))
            # What no other member can take, this one alone decides.
            if not results[-1] or len(near) == 1:
                return results[-1]
        return _of_union(shape, sorted(results, key=_weight), sup)


def home(place: Node) -> str:
    """Where a place is described: at the end of its references; a node that was made has none."""
    pointer = place.pointer
    for _ in range(REFERENCES_MAX if place.document.schema else 0):
        schema = resolved(place.document.schema, pointer)
        if not isinstance(schema, dict) or "$ref" not in schema:
            break
        pointer = schema["$ref"].removeprefix("#")
    return pointer


def _weight(found: Breaches) -> tuple[bool, int]:
    """How far off a member is: one with another tag is another member."""
    tagged = any(one.facet is Facet.VALUE and len(one.path) == 1 for one in found)
    return tagged, len(found)


def _of_union(shape: Shape, results: Sequence[Breaches], sup: Node) -> Breaches:
    """What the nearest member refuses, as far as no other member takes it."""
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
    return (Breach(*here, known=False) if value is _NOTHING else Breach(*here, value, value),)


def _values(shape: Shape, results: Sequence[Breaches]) -> Iterator[JSON]:
    yield from (breach.value for found in results for breach in found if breach.known)
    for seed in range(VALUES_TRIED):
        try:
            yield value_of(only(shape), seed)
        except NoValueError:
            return


def _member(shape: Shape) -> str:
    if not isinstance(shape, ObjectShape):
        return shape_descriptions.kind(shape)
    tags = [
        f"{name}={shape_descriptions.shown(one.value)}"
        for name, place in shape.properties.items()
        if len(found := place.alternatives()) == 1
        for one in found
        if isinstance(one, ConstantShape)
    ]
    return f"an object with {', '.join(tags or shape.properties)}"


def _of_type(shape: Shape, sub: Node, sup: Node) -> Iterator[Breach]:
    """A kind of which the other side takes nothing, or only some constants."""
    said = shape_descriptions.what(sub.alternatives()), shape_descriptions.what(sup.alternatives())
    here = (Facet.TYPE, (), home(sub), home(sup), *said)
    try:
        for value in _of_kind(shape, sup):
            if not node_accepts(sup, value):
                yield Breach(*here, value, value)
                return
    except UndecidedError:
        yield Breach(*here, known=False)


def _of_kind(shape: Shape, sup: Node) -> Iterator[JSON]:
    """Values of which one is refused, if there is such a value at all."""
    if not isinstance(shape, NumberShape | TextShape):
        yield from _values(shape, ())
        # Without any value there is nothing to refuse.
        if next(_values(shape, ()), None) is not None:
            raise UndecidedError("a type against constants")
        return
    others = [
        one
        for one in sup.alternatives()
        if shape_descriptions.kind(one) == shape_descriptions.kind(shape)
    ]
    if isinstance(shape, NumberShape):
        value: JSON = number_inclusion.outside(shape, others)
    else:
        value = string_inclusion.outside(shape, others)
    if value is not None:
        yield value


def _of_numbers(shape: NumberShape, others: Sequence[Shape]) -> Iterator[Breach]:
    try:
        value = number_inclusion.outside(shape, others)
    except UndecidedError:
        yield _number_breach(Facet.BOUNDS, shape, others[0], None, known=False)
        return
    if value is None:
        return
    nearest = next(one for one in others if isinstance(one, NumberShape))
    if len(others) > 1:
        yield _number_breach(Facet.BOUNDS, shape, nearest, value)
        return
    if nearest.integer and not shape.integer:
        whole = NumberShape(nearest.place, integer=True)
        value = number_inclusion.outside(shape, [whole])
        if value is not None:
            yield _number_breach(Facet.TYPE, shape, nearest, value)
    bounds = NumberShape(
        nearest.place,
        low=nearest.low,
        low_open=nearest.low_open,
        high=nearest.high,
        high_open=nearest.high_open,
        multiple_of=nearest.multiple_of,
    )
    value = number_inclusion.outside(shape, [bounds])
    if value is not None:
        yield _number_breach(Facet.BOUNDS, shape, nearest, value)


def _number_breach(
    facet: Facet, shape: NumberShape, other: Shape, value: JSON, *, known: bool = True
) -> Breach:
    if facet is Facet.TYPE or not isinstance(other, NumberShape):
        sends, takes = shape_descriptions.what([shape]), shape_descriptions.what([other])
    else:
        sends, takes = shape_descriptions.number(shape), shape_descriptions.number(other)
    return Breach(facet, (), shape.place, other.place, sends, takes, value, value, known)
