"""Arrays of unique elements of which there are only so many: all choices are gone through."""

from collections.abc import Iterator, Sequence
from itertools import chain, combinations

from trunklab.schema_solver.accepts import accepts, same
from trunklab.schema_solver.errors import UndecidedError
from trunklab.schema_solver.found import Found
from trunklab.schema_solver.goal_reached import reaches
from trunklab.schema_solver.goals import Goal
from trunklab.schema_solver.shape import JSON, ArrayShape, BooleanShape, ConstantShape, NullShape
from trunklab.schema_solver.solver_limits import SPREADS_MAX


def finite(shape: ArrayShape) -> list[JSON] | None:
    """All that an element can be; None where that is not a few values, or differs by place."""
    if shape.prefix or shape.items is None:
        return None
    found: list[JSON] = []
    for alternative in shape.items.alternatives():
        match alternative:
            case ConstantShape(_, value):
                values: Sequence[JSON] = (value,)
            case BooleanShape():
                values = (True, False)
            case NullShape():
                values = (None,)
            case _:
                return None
        found += [value for value in values if not any(same(value, other) for other in found)]
    return found


def chosen(
    shape: ArrayShape, values: Sequence[JSON], goal: Goal, example: Sequence[JSON]
) -> Found | None:
    """Some of the values, near to an example, that reach the goal; None is a proof.

    Raises UndecidedError.
    """
    if goal.is_free and accepts(shape, list(example)):
        return Found(list(example))
    allowed = [value for value in values if reaches(value, Goal(forbidden=goal.forbidden))]
    likely = [value for value in allowed if any(same(value, one) for one in example)]
    ordered = likely + [value for value in allowed if not any(same(value, one) for one in likely)]
    most = len(ordered) if shape.count_max is None else min(shape.count_max, len(ordered))
    for number, found in enumerate(_choices(ordered, shape.count_min, most, len(example))):
        if number >= SPREADS_MAX:
            raise UndecidedError(f"more than {SPREADS_MAX} sets of elements for #{shape.place}")
        if all(any(reaches(one, Goal((group,))) for one in found) for group in goal.groups):
            return Found(list(found))
    return None


def _choices(
    values: Sequence[JSON], least: int, most: int, likely: int
) -> Iterator[tuple[JSON, ...]]:
    """Sets of the values: those as large as the example, then the largest, which hold the most."""
    near = min(max(likely, least), most)
    counts = dict.fromkeys((near, *range(most, least - 1, -1))) if least <= most else ()
    return chain.from_iterable(combinations(values, count) for count in counts)
