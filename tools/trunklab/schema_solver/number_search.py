"""Finds a number between bounds that passes or fails clauses, or proves that none exists.

Clauses and bounds are unions of intervals. Each interval of their intersection is searched for a
number, an integer or a multiple.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil, floor, inf, isfinite, nextafter
from typing import Final

from trunklab.patterns.conditions import (
    AnythingButLike,
    AnythingButNumbers,
    AnythingButTexts,
    Condition,
    Exists,
    Number,
    Range,
)
from trunklab.patterns.parse import Clause
from trunklab.schema_solver.errors import UndecidedError
from trunklab.schema_solver.goals import agrees
from trunklab.schema_solver.shape import NumberShape
from trunklab.schema_solver.validate import accepts

EXACT_MAX: Final = 2**53
"""Above it doubles skip integers, and several of them match as one number."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Numbers between two ends."""

    low: float = -inf
    low_open: bool = False
    high: float = inf
    high_open: bool = False

    def meet(self, other: "Interval") -> "Interval | None":
        """Returns the numbers in both; None if they are disjoint."""
        low, low_open = max((one.low, one.low_open) for one in (self, other))
        high, high_closed = min((one.high, not one.high_open) for one in (self, other))
        empty = low > high or (low == high and (low_open or not high_closed))
        return None if empty else Interval(low, low_open, high, not high_closed)


EVERYTHING: Final = (Interval(),)


def number(
    shape: NumberShape,
    wanted: Sequence[Clause] = (),
    unwanted: Sequence[Clause] = (),
    like: float | None = None,
) -> float | None:
    """Returns a number near the example; None proves that none exists. Raises UndecidedError."""

    def fits(candidate: float) -> bool:
        return agrees(candidate, wanted, unwanted) and accepts(shape, candidate)

    if like is not None and fits(like):
        return like
    pieces = _pieces(shape, wanted, unwanted)
    step = _step(shape)
    is_sure = True
    near = 0 if like is None else like
    for piece in sorted(pieces, key=lambda one: max(one.low - near, near - one.high, 0)):
        candidates = list(_candidates(piece, step, near))
        for candidate in candidates:
            if fits(candidate):
                return candidate
        is_coarse = step is not None and any(
            EXACT_MAX <= abs(end) < inf for end in (piece.low, piece.high)
        )
        is_sure = is_sure and not candidates and not is_coarse
    if not is_sure or _pieces(_as_doubles(shape), wanted, unwanted) != pieces:
        raise UndecidedError(f"no number found for #{shape.place}, and no proof that none exists")
    return None


def _pieces(
    shape: NumberShape, wanted: Sequence[Clause], unwanted: Sequence[Clause]
) -> list[Interval]:
    low = -inf if shape.low is None else shape.low
    high = inf if shape.high is None else shape.high
    pieces = _meet([Interval(low, shape.low_open, high, shape.high_open)], EVERYTHING)
    for clause in wanted:
        pieces = _meet(pieces, [one for condition in clause for one in _passing(condition)])
    for clause in unwanted:
        for condition in clause:
            pieces = _meet(pieces, _complement(_passing(condition)))
    return list(dict.fromkeys(pieces))


def _meet(some: Sequence[Interval], others: Sequence[Interval]) -> list[Interval]:
    met = (one.meet(other) for one in some for other in others)
    return [one for one in met if one is not None]


def _passing(condition: Condition) -> Sequence[Interval]:
    """Returns the numbers that pass; numbers beyond the doubles are in no contract's values."""
    match condition:
        case Range(low, low_open, high, high_open):
            ends = (-inf if low is None else low, inf if high is None else high)
            return (Interval(ends[0], low_open, ends[1], high_open),)
        case Number(_, double) if double is not None:
            return (Interval(double, high=double),)
        case AnythingButNumbers(excluded):
            return _complement([Interval(one, high=one) for one in excluded])
        case Exists() | AnythingButTexts() | AnythingButLike():
            return EVERYTHING
    return ()


def _complement(intervals: Sequence[Interval]) -> list[Interval]:
    pieces = [*EVERYTHING]
    for one in intervals:
        below = Interval(high=one.low, high_open=not one.low_open)
        above = Interval(low=one.high, low_open=not one.high_open)
        outside = [part for part, end in ((below, one.low), (above, one.high)) if isfinite(end)]
        pieces = _meet(pieces, outside)
    return pieces


def _step(shape: NumberShape) -> Fraction | None:
    """Returns the distance between the shape's numbers; None if they are not discrete."""
    if shape.multiple_of is None:
        return Fraction(1) if shape.integer else None
    step = Fraction(str(shape.multiple_of))
    return Fraction(step.numerator) if shape.integer else step


def _candidates(piece: Interval, step: Fraction | None, near: float) -> Iterator[float]:
    """Yields numbers of the piece: the nearest, round ones and the ends.

    For discrete numbers nothing is yielded only if the piece contains none.
    """
    if step is None:
        yield from _candidates(piece, Fraction(1), near)
        yield from _between(piece)
        return
    # A bound counts as it is written: 0.07 is seven hundredths.
    lowest, highest = -inf, inf
    if isfinite(piece.low):
        edge = Fraction(str(piece.low)) / step
        lowest = floor(edge) + 1 if piece.low_open else ceil(edge)
    if isfinite(piece.high):
        edge = Fraction(str(piece.high)) / step
        highest = ceil(edge) - 1 if piece.high_open else floor(edge)
    if lowest > highest:
        return
    nearest = floor(Fraction(str(near)) / step)
    for times in dict.fromkeys(
        int(min(max(one, lowest), highest)) for one in (nearest, nearest + 1, 0, nearest - 1)
    ):
        multiple = times * step
        yield multiple.numerator if multiple.denominator == 1 else float(multiple)


def _between(piece: Interval) -> Iterator[float]:
    """Yields numbers inside a piece, its ends, and the doubles next to them."""
    middle = (piece.low + piece.high) / 2
    if isfinite(middle):
        yield from (round(middle, 2), middle)
    for end, other in ((piece.low, piece.high), (piece.high, piece.low)):
        if isfinite(end):
            yield from (end, nextafter(end, other))


def _as_doubles(shape: NumberShape) -> NumberShape:
    """Returns the shape with large bounds rounded to doubles, as a rule compares them."""
    low, high = shape.low, shape.high
    if low is not None and abs(low) >= EXACT_MAX:
        shape = replace(shape, low=float(low), low_open=False)
    if high is not None and abs(high) >= EXACT_MAX:
        shape = replace(shape, high=float(high), high_open=False)
    return shape
