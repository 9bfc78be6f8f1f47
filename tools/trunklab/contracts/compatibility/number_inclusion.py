"""Number inclusion: numbers of one shape that other shapes reject, tried around every bound."""

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
"""Tried fractions between two bounds; no usual step is a divisor of all of them."""


def outside(shape: NumberShape, others: Sequence[Shape]) -> Number | None:
    """Returns a number of the shape that the others reject; None proves that none exists.

    Between two neighboring bounds only the steps matter, so a few neighbors decide.
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
