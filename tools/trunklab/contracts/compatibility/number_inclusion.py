"""Finds numbers that one shape allows and others do not, by trying every place where it changes."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from trunklab.contracts.compatibility.inclusion_limits import NUMBERS_TRIED_MAX
from trunklab.schema_solver.accepts import accepts
from trunklab.schema_solver.errors import UndecidedError
from trunklab.schema_solver.shape import ConstantShape, NumberShape, Shape

Number = int | float

_FRACTIONS: Final = (0.5, 0.25, 0.3141592653589793)
"""Where between two whole numbers is looked; no step that people write meets all of them."""


def outside(shape: NumberShape, others: Sequence[Shape]) -> Number | None:
    """A number of the shape that none of the others accepts; None is a proof that there is none.

    Between two neighbouring bounds nothing changes but the steps, so that a few neighbours decide.
    Raises UndecidedError if steps have no small common multiple.
    """
    if any(
        replace(one, place=shape.place) == shape for one in others if isinstance(one, NumberShape)
    ):
        return None
    for value in _candidates(shape, others):
        if accepts(shape, value) and not any(accepts(one, value) for one in others):
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
    """Multiples of the step from here on, as far as the segment goes."""
    try:
        first = math.floor(start / step) + 1 if up else math.ceil(start / step) - 1
    except OverflowError:
        return  # beyond what a double can count
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
    """A whole number without a fraction, as people write it."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
