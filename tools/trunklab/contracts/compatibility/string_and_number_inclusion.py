"""Strings and numbers of one schema that others reject."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from math import prod
from typing import Final, NamedTuple

from trunklab.contracts.compatibility.mismatch import (
    Facet,
    Mismatch,
    limits,
    number_limits,
    types_text,
)
from trunklab.printable import printable
from trunklab.schema_solver.automaton import shortest
from trunklab.schema_solver.errors import UndecidedError
from trunklab.schema_solver.regex_parser import Demand, demands, literal
from trunklab.schema_solver.shape import JSON, ConstantShape, NumberShape, Shape, TextShape
from trunklab.schema_solver.shape_intersection import both
from trunklab.schema_solver.string_search import shape_demands
from trunklab.schema_solver.validate import NARROW_FORMATS, WIDE_FORMATS, accepts

NUMBERS_TRIED_MAX: Final = 240
"""Neighbouring numbers tried per segment between two bounds: enough for every usual step."""

UNION_CASES_MAX: Final = 256
"""Ways in which a string can be rejected by every alternative of a union."""


class _Case(NamedTuple):
    """Strings that meet demands, between two lengths."""

    demands: tuple[Demand, ...] = ()
    length_min: int = 0
    length_max: int | None = None


def string_mismatches(shape: TextShape, others: Sequence[Shape]) -> Iterator[Mismatch]:
    """Yields every way in which a string of the shape is invalid for the others."""
    other = next(one for one in others if isinstance(one, TextShape))
    place, described = other.place, [Facet.BOUNDS, Facet.PATTERN, Facet.FORMAT]
    demanded: list[tuple[Facet, Sequence[Shape]]] = [(Facet.PATTERN, others)]
    if len(others) == 1:
        lengths = TextShape(place, (), other.length_min, other.length_max)
        demanded = [(Facet.BOUNDS, [lengths])]
        demanded += [(Facet.PATTERN, [TextShape(place, (one,))]) for one in other.patterns]
        demanded += [(Facet.FORMAT, [TextShape(place, formats=(one,))]) for one in other.formats]
    for facet, accepting in demanded:
        known, text = True, None
        try:
            text = string_outside(shape, accepting)
        except UndecidedError:
            known = False
        if text is not None or not known:
            facets = [facet] if len(others) == 1 else described
            words = _described(shape, facets), _described(other, facets)
            yield Mismatch(facet, (), shape.place, place, *words, text, text, known)


def _described(shape: TextShape, facets: Sequence[Facet]) -> str:
    words = {
        Facet.BOUNDS: limits(shape.length_min, shape.length_max, "characters"),
        Facet.PATTERN: " and ".join(map(printable, shape.patterns)) or "no pattern",
        Facet.FORMAT: " and ".join(map(printable, shape.formats)) or "no format",
    }
    return ", ".join(words[facet] for facet in facets)


def string_outside(shape: TextShape, others: Sequence[Shape]) -> str | None:
    """Returns a string of the shape that the others reject; None proves that none exists.

    Raises UndecidedError.
    """
    if any(both(shape, one) == shape for one in others):
        return None
    # A format has a narrow and a wide expression: the first gives strings to try, the second
    # proves that none exists.
    is_possible = False
    for narrow, expressions in ((True, WIDE_FORMATS), (False, NARROW_FORMATS)):
        is_possible = False
        own = _Case(shape_demands(shape, narrow=narrow), shape.length_min, shape.length_max)
        for case in _rejected(own, others, expressions):
            text = shortest(*case)
            is_possible = is_possible or text is not None
            if text is not None and _is_outside(shape, others, text):
                return text
    if is_possible:
        raise UndecidedError(f"strings of the format {' or '.join(shape.formats)}")
    return None


def _rejected(
    own: _Case, others: Sequence[Shape], expressions: Mapping[str, str]
) -> Iterator[_Case]:
    """Yields every way in which strings of a case are rejected by all of the others."""
    ways = [list(_ways(one, expressions)) for one in others]
    if prod(map(len, ways)) > UNION_CASES_MAX:
        raise UndecidedError("a union of too many strings")
    for cases in product([own], *ways):
        bounds = [case.length_max for case in cases if case.length_max is not None]
        yield _Case(
            tuple(demand for case in cases for demand in case.demands),
            max(case.length_min for case in cases),
            min(bounds, default=None),
        )


def _ways(other: Shape, expressions: Mapping[str, str]) -> Iterator[_Case]:
    if isinstance(other, ConstantShape):
        yield _Case((Demand(literal(other.value), wanted=False),))
    elif isinstance(other, TextShape):
        unknown = [name for name in other.formats if name not in expressions]
        if unknown:
            raise UndecidedError(f"the format {', '.join(unknown)}")
        formatted = [expressions[name] for name in other.formats]
        for pattern in (*other.patterns, *formatted):
            for demand in demands(pattern):
                yield _Case((Demand(demand.expression, wanted=not demand.wanted),))
        if other.length_min:
            yield _Case(length_max=other.length_min - 1)
        if other.length_max is not None:
            yield _Case(length_min=other.length_max + 1)


def _is_outside(shape: Shape, others: Sequence[Shape], value: JSON) -> bool:
    return accepts(shape, value) and not any(accepts(one, value) for one in others)


Number = int | float

_FRACTIONS: Final = (0.5, 0.25, 0.3141592653589793)
"""Tried fractions between two bounds; no usual step is a divisor of all of them."""


def number_mismatches(shape: NumberShape, others: Sequence[Shape]) -> Iterator[Mismatch]:
    """Yields every way in which a number of the shape is invalid for the others."""
    other = next(one for one in others if isinstance(one, NumberShape))
    here = (Facet.BOUNDS, (), shape.place, other.place)
    words = number_limits(shape), number_limits(other)
    try:
        value = number_outside(shape, others)
    except UndecidedError:
        yield Mismatch(*here, *words, known=False)
        return
    if value is None or len(others) > 1:
        yield from () if value is None else [Mismatch(*here, *words, value, value)]
        return
    if other.integer and not shape.integer:
        value = number_outside(shape, [NumberShape(other.place, integer=True)])
        if value is not None:
            types = types_text([shape]), types_text([other])
            yield Mismatch(Facet.TYPE, *here[1:], *types, value, value)
    value = number_outside(shape, [replace(other, integer=False)])
    if value is not None:
        yield Mismatch(*here, *words, value, value)


def number_outside(shape: NumberShape, others: Sequence[Shape]) -> Number | None:
    """Returns a number of the shape that the others reject; None proves that none exists.

    Between two neighboring bounds only the steps matter, so a few neighbors decide.
    Raises UndecidedError if steps have no small common multiple.
    """
    if any(
        replace(one, place=shape.place) == shape for one in others if isinstance(one, NumberShape)
    ):
        return None
    for value in _candidates(shape, others):
        if _is_outside(shape, others, value):
            return value
    steps = [one.multiple_of for one in (shape, *others) if isinstance(one, NumberShape)]
    if len(others) > 1 and math.prod(abs(step) for step in steps if step) > NUMBERS_TRIED_MAX:
        raise UndecidedError("the multiples of a union of numbers")
    return None


def _candidates(shape: NumberShape, others: Sequence[Shape]) -> Iterator[Number]:
    edges = sorted({0, *_edges(shape), *(edge for one in others for edge in _edges(one))})
    step = shape.multiple_of or 1
    for edge in edges:
        yield _plain(edge)
    for low, high in zip([None, *edges], [*edges, None], strict=True):
        if low is not None:
            yield from _steps(low, high, step, up=True)
        if high is not None:
            yield from _steps(high, low, step, up=False)
        yield from _between(low, high)


def _steps(start: Number, end: Number | None, step: Number, *, up: bool) -> Iterator[Number]:
    """Yields the multiples of the step from the start to the end of the segment."""
    try:
        first = math.floor(start / step) + 1 if up else math.ceil(start / step) - 1
    except OverflowError:
        return  # larger than a double
    for count in range(NUMBERS_TRIED_MAX):
        value = (first + count if up else first - count) * step
        if end is not None and (value > end if up else value < end):
            return
        yield _plain(value)


def _between(low: Number | None, high: Number | None) -> Iterator[Number]:
    if low is None or high is None:
        start = high - 1 if low is None and high is not None else low or 0
        yield from (start + fraction for fraction in _FRACTIONS)
    else:
        yield from (low + (high - low) * fraction for fraction in _FRACTIONS)


def _edges(shape: Shape) -> list[Number]:
    if isinstance(shape, ConstantShape):
        value = shape.value
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return [value] if is_number else []
    if isinstance(shape, NumberShape):
        return [edge for edge in (shape.low, shape.high) if edge is not None]
    return []


def _plain(value: Number) -> Number:
    """Returns a whole number as an int."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
