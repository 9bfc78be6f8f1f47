"""Finds a number between bounds that passes or fails clauses, or proves that there is none.

Clauses and bounds are unions of intervals; their intersection is looked through piece by piece,
for a whole number or a multiple where that is demanded.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil, floor, nextafter
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
from trunklab.patterns.parse import Clause, passes
from trunklab.schema_solver.accepts import accepts
from trunklab.schema_solver.errors import UndecidedError
from trunklab.schema_solver.shape import NumberShape

EXACT_MAX: Final = 2**53
"""Above it doubles leave out whole numbers, and several of them pass as one."""

INFINITE: Final = float("inf")


@dataclass(frozen=True, slots=True)
class Interval:
    """Numbers between two ends."""

    low: float = -INFINITE
    low_open: bool = False
    high: float = INFINITE
    high_open: bool = False

    def meet(self, other: "Interval") -> "Interval | None":
        """What both hold; None if that is nothing."""
        low, low_open = max((one.low, one.low_open) for one in (self, other))
        high, high_closed = min((one.high, not one.high_open) for one in (self, other))
        met = Interval(low, low_open, high, not high_closed)
        empty = low > high or (low == high and (met.low_open or met.high_open))
        return None if empty else met


EVERYTHING: Final = (Interval(),)


def number(
    shape: NumberShape,
    wanted: Sequence[Clause] = (),
    unwanted: Sequence[Clause] = (),
    like: float | None = None,
) -> float | None:
    """A number near the example; None is a proof that there is none. Raises UndecidedError."""

    def fits(found: float) -> bool:
        return (
            all(passes(clause, found) for clause in wanted)
            and not any(passes(clause, found) for clause in unwanted)
            and accepts(shape, found)
        )

    if like is not None and fits(like):
        return like
    pieces = _pieces(shape, wanted, unwanted)
    unsure = False
    near = 0 if like is None else like
    for piece in sorted(pieces, key=lambda one: _distance(one, near)):
        offers = list(_offers(piece, _step(shape), near))
        for offer in offers:
            if fits(offer):
                return offer
        unsure |= bool(offers) or _is_coarse(piece, shape)
    if unsure or _pieces(_as_doubles(shape), wanted, unwanted) != pieces:
        raise UndecidedError(f"no number found for #{shape.place}, and no proof that there is none")
    return None


def _pieces(
    shape: NumberShape, wanted: Sequence[Clause], unwanted: Sequence[Clause]
) -> list[Interval]:
    low = -INFINITE if shape.low is None else shape.low
    high = INFINITE if shape.high is None else shape.high
    whole = Interval(low, shape.low_open, high, shape.high_open)
    bounds = whole.meet(Interval())
    pieces = [] if bounds is None else [bounds]
    for clause in wanted:
        passing = [one for condition in clause for one in _passing(condition)]
        pieces = _meet(pieces, passing)
    for clause in unwanted:
        for condition in clause:
            pieces = _meet(pieces, _complement(_passing(condition)))
    return list(dict.fromkeys(pieces))


def _meet(some: Sequence[Interval], others: Sequence[Interval]) -> list[Interval]:
    met = (one.meet(other) for one in some for other in others)
    return [one for one in met if one is not None]


def _passing(condition: Condition) -> Sequence[Interval]:
    """The numbers that pass; one beyond the doubles is none that a contract's values can be."""
    match condition:
        case Range(low, low_open, high, high_open):
            ends = (-INFINITE if low is None else low, INFINITE if high is None else high)
            return (Interval(ends[0], low_open, ends[1], high_open),)
        case Number(_, double) if double is not None:
            return (Interval(double, high=double),)
        case AnythingButNumbers(excluded):
            return _complement([Interval(one, high=one) for one in excluded])
        case Exists() | AnythingButTexts() | AnythingButLike():
            return EVERYTHING
    return ()


def _complement(intervals: Sequence[Interval]) -> list[Interval]:
    found: list[Interval] = [*EVERYTHING]
    for one in intervals:
        below = Interval(high=one.low, high_open=not one.low_open)
        above = Interval(low=one.high, low_open=not one.high_open)
        outside = [
            part for part, end in ((below, one.low), (above, one.high)) if abs(end) != INFINITE
        ]
        found = _meet(found, outside)
    return found


def _step(shape: NumberShape) -> Fraction | None:
    """The distance between the numbers that the shape allows; None where they lie close."""
    if shape.multiple_of is None:
        return Fraction(1) if shape.integer else None
    step = Fraction(str(shape.multiple_of))
    return Fraction(step.numerator) if shape.integer else step


def _offers(piece: Interval, step: Fraction | None, near: float) -> Iterator[float]:
    """Numbers of the piece: the nearest ones, and round ones; all if there are so few."""
    if step is None:
        yield from _offers(piece, Fraction(1), near)
        yield from _between(piece)
        return
    lowest = None if piece.low == -INFINITE else _ceil(piece.low, step, past=piece.low_open)
    highest = None if piece.high == INFINITE else _floor(piece.high, step, past=piece.high_open)
    if lowest is not None and highest is not None and lowest > highest:
        return
    nearest = floor(Fraction(str(near)) / step)
    for times in dict.fromkeys(
        _clipped(one, lowest, highest) for one in (nearest, nearest + 1, 0, nearest - 1)
    ):
        yield _plain(times * step)


def _ceil(bound: float, step: Fraction, *, past: bool) -> int:
    edge = Fraction(str(bound))  # as it is written: 0.07 is seven hundredths
    times = ceil(edge / step)
    return times + 1 if past and times * step == edge else times


def _floor(bound: float, step: Fraction, *, past: bool) -> int:
    edge = Fraction(str(bound))
    times = floor(edge / step)
    return times - 1 if past and times * step == edge else times


def _clipped(times: int, lowest: int | None, highest: int | None) -> int:
    if lowest is not None:
        times = max(times, lowest)
    return times if highest is None else min(times, highest)


def _between(piece: Interval) -> Iterator[float]:
    """Numbers inside a piece, or its closed ends; the doubles next to the ends if nothing else."""
    finite = [end for end in (piece.low, piece.high) if abs(end) != INFINITE]
    if len(finite) > 1:
        yield round(sum(finite) / 2, 2)
        yield sum(finite) / 2
    for end, other, is_open in (
        (piece.low, piece.high, piece.low_open),
        (piece.high, piece.low, piece.high_open),
    ):
        if end in finite:
            yield nextafter(end, other) if is_open else end


def _plain(found: Fraction) -> float:
    return found.numerator if found.denominator == 1 else float(found)


def _distance(piece: Interval, near: float) -> float:
    return max(piece.low - near, near - piece.high, 0)


def _as_doubles(shape: NumberShape) -> NumberShape:
    """The shape with bounds as a rule sees them: large ones are rounded, and hold what is."""
    low, high = shape.low, shape.high
    if low is not None and abs(low) >= EXACT_MAX:
        shape = replace(shape, low=float(low), low_open=False)
    if high is not None and abs(high) >= EXACT_MAX:
        shape = replace(shape, high=float(high), high_open=False)
    return shape


def _is_coarse(piece: Interval, shape: NumberShape) -> bool:
    """Whether the piece lies where several whole numbers are one double."""
    ends = [abs(end) for end in (piece.low, piece.high) if abs(end) != INFINITE]
    return _step(shape) is not None and any(end >= EXACT_MAX for end in ends)
