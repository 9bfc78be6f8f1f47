"""Array inclusion: arrays of one shape that another shape rejects."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from trunklab.contracts.compatibility import shape_descriptions
from trunklab.contracts.compatibility.mismatch import Facet, Mismatch
from trunklab.contracts.compatibility.sample_values import (
    ANYTHING,
    elements,
    value_of,
    with_element,
)
from trunklab.schema_solver.errors import NoValueError, UndecidedError
from trunklab.schema_solver.shape import JSON, ArrayShape

if TYPE_CHECKING:
    from trunklab.contracts.compatibility.schema_inclusion import Inclusion


def mismatches(shape: ArrayShape, other: ArrayShape, inclusion: "Inclusion") -> Iterator[Mismatch]:
    """Yields every way in which an array of the shape is invalid for the other."""
    yield from _counts(shape, other)
    if other.unique and not shape.unique and _may_hold(shape, 2):
        yield from _doubles(shape, other)
    fixed = max(len(shape.prefix), len(other.prefix))
    for index in range(fixed + 1):
        if not _may_hold(shape, index + 1):
            return
        mine, theirs = shape.item(index) or ANYTHING, other.item(index) or ANYTHING
        step = "[]" if index == fixed else f"[{index}]"
        for inner in inclusion.mismatches(mine, theirs):
            try:
                value: list[JSON] | None = with_element(shape, index, inner.value)
            except NoValueError:
                continue
            except UndecidedError:
                value = None
            yield inner.inside(step, value)


def _may_hold(shape: ArrayShape, count: int) -> bool:
    return shape.count_max is None or shape.count_max >= count


def _counts(shape: ArrayShape, other: ArrayShape) -> Iterator[Mismatch]:
    count = None
    if shape.count_min < other.count_min:
        count = shape.count_min
    elif other.count_max is not None and _may_hold(shape, other.count_max + 1):
        count = max(other.count_max + 1, shape.count_min)
    if count is None:
        return
    sent = shape_descriptions.limits(shape.count_min, shape.count_max, "elements")
    accepted = shape_descriptions.limits(other.count_min, other.count_max, "elements")
    yield from _mismatch(shape, other, (sent, accepted), count, {})


def _doubles(shape: ArrayShape, other: ArrayShape) -> Iterator[Mismatch]:
    said = ("elements may repeat", "no element twice")
    try:
        double = value_of(shape.item(0) or ANYTHING)
    except NoValueError:
        return
    except UndecidedError:
        yield Mismatch(Facet.BOUNDS, (), shape.place, other.place, *said, known=False)
        return
    yield from _mismatch(shape, other, said, max(2, shape.count_min), {0: double, 1: double})


def _mismatch(
    shape: ArrayShape, other: ArrayShape, said: tuple[str, str], count: int, fixed: dict[int, JSON]
) -> Iterator[Mismatch]:
    here = (Facet.BOUNDS, (), shape.place, other.place, *said)
    try:
        value: list[JSON] | None = elements(shape, count, fixed)
    except NoValueError:
        return
    except UndecidedError:
        value = None
    yield Mismatch(*here, value, value, known=value is not None)
