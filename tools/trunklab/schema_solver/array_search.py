"""Arrays that reach a goal: who of the elements satisfies which group, and what the others are.

A group needs one element that satisfies all of it; different groups may share one or not. What is
forbidden is forbidden in every element.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import product

from trunklab.patterns.conditions import (
    Condition,
    Constant,
    Number,
    Text,
)
from trunklab.schema_solver import unique_arrays
from trunklab.schema_solver.accepts import has_doubles, is_number, same
from trunklab.schema_solver.errors import UndecidedError
from trunklab.schema_solver.found import Found
from trunklab.schema_solver.goal_reached import reaches
from trunklab.schema_solver.goals import Goal, Group, together
from trunklab.schema_solver.schema_reader import ANYTHING
from trunklab.schema_solver.shape import JSON, ArrayShape, Node
from trunklab.schema_solver.solver_limits import ELEMENTS_MAX, GROUPS_SPREAD_MAX, SPREADS_MAX

FindNode = Callable[[Node, Goal, Found | None], Found | None]
Spread = tuple[int, ...]
"""For each group the index of its element."""


def array(find: FindNode, shape: ArrayShape, goal: Goal, like: Found | None) -> Found | None:
    """An array that reaches the goal, near to an example; None is a proof that there is none.

    Raises UndecidedError.
    """
    _check_readable(shape, goal)
    if shape.count_min > ELEMENTS_MAX:
        raise UndecidedError(f"#{shape.place} needs more than {ELEMENTS_MAX} elements")
    if shape.unique and (values := unique_arrays.finite(shape)) is not None:
        return unique_arrays.chosen(shape, values, goal, _examples(like))
    maker = _Maker(find, shape, goal, _examples(like))
    undecided: UndecidedError | None = None
    for count, spread in _spreads(shape, goal, maker.examples):
        try:
            found = maker.made(count, spread)
        except UndecidedError as error:
            undecided = error
            continue
        if found is not None:
            return Found(found)
    if undecided is not None:
        raise undecided
    return None


class _Maker:
    def __init__(
        self, find: FindNode, shape: ArrayShape, goal: Goal, examples: Sequence[JSON]
    ) -> None:
        self.find = find
        self.shape = shape
        self.goal = goal
        self.examples = examples
        self.known: dict[tuple[int, Spread], Found | None] = {}

    def made(self, count: int, spread: Spread) -> list[JSON] | None:
        found: list[JSON] = []
        for index in range(count):
            chosen = tuple(number for number, place in enumerate(spread) if place == index)
            element = self._element(index, chosen)
            if element is None:
                return None
            if self.shape.unique and any(same(element.value, other) for other in found):
                element = self._other_than(found, index, chosen)
            found.append(element.value)
        return found

    def _element(self, index: int, chosen: Spread) -> Found | None:
        if (index, chosen) not in self.known:
            like = self._like(index)
            goal = self._goal(chosen)
            self.known[index, chosen] = self.find(self._item(index), goal, like)
        return self.known[index, chosen]

    def _item(self, index: int) -> Node:
        return self.shape.item(index) or ANYTHING

    def _like(self, index: int) -> Found | None:
        if not self.examples:
            return None
        return Found(self.examples[min(index, len(self.examples) - 1)])

    def _goal(self, chosen: Spread) -> Goal:
        return Goal(tuple(self.goal.groups[number] for number in chosen), self.goal.forbidden)

    def _other_than(self, found: Sequence[JSON], index: int, chosen: Spread) -> Found:
        """An element that is none of those; only leaves can be told apart by conditions."""
        conditions = tuple(map(_only, found))
        clause = tuple(one for one in conditions if one is not None)
        if len(clause) == len(conditions):
            goal = together([self._goal(chosen), Goal(forbidden=(((), clause),))])
            element = self.find(self._item(index), goal, self._like(index))
            if element is not None and not has_doubles([*found, element.value]):
                return element
        raise UndecidedError(f"no further unique element found for #{self.shape.place}")


def _only(value: JSON) -> Condition | None:
    if isinstance(value, str):
        return Text(value)
    if value is None or isinstance(value, bool):
        return Constant(value)
    return Number(repr(value), float(value)) if is_number(value) else None


def _check_readable(shape: ArrayShape, goal: Goal) -> None:
    """Leaves beside objects in one array sit in no element; that is left to the engine."""
    for group in goal.groups:
        paths = [*(path for path, _ in group.present), *group.absent]
        if () in paths and any(paths):
            raise UndecidedError(f"#{shape.place} is wanted to hold leaves and objects")


def _examples(like: Found | None) -> list[JSON]:
    return like.value if like is not None and isinstance(like.value, list) else []


def _spreads(
    shape: ArrayShape, goal: Goal, examples: Sequence[JSON]
) -> Iterator[tuple[int, Spread]]:
    """How many elements, and which one is for which group; those near the example first."""
    groups = len(goal.groups)
    if groups > GROUPS_SPREAD_MAX:
        raise UndecidedError(f"more than {GROUPS_SPREAD_MAX} things wanted of one array")
    most = max(shape.count_min, len(shape.prefix) + groups)
    if shape.count_max is not None:
        most = min(most, shape.count_max)
    if shape.count_min > most:
        return
    counts = dict.fromkeys(_clipped(one, shape) for one in (len(examples), most, shape.count_min))
    counts |= dict.fromkeys(range(shape.count_min, most + 1) if shape.prefix else ())
    ready = [_ready(group, examples) for group in goal.groups]
    tried = 0
    for count in counts:
        common = range(count) if shape.prefix else range(min(count, groups))
        places = [
            dict.fromkeys((*(place for place in first if place < count), *common))
            for first in ready
        ]
        for spread in product(*places):
            tried += 1
            if tried > SPREADS_MAX:
                raise UndecidedError(f"more than {SPREADS_MAX} ways to fill #{shape.place}")
            yield count, spread


def _ready(group: Group, examples: Sequence[JSON]) -> list[int]:
    """The element of the example that satisfies most of the group, if one does any of it."""
    goals = [Goal((Group((one,)),)) for one in group.present]
    met = [sum(reaches(element, goal) for goal in goals) for element in examples]
    return [met.index(max(met))] if any(met) else []


def _clipped(count: int, shape: ArrayShape) -> int:
    count = max(count, shape.count_min)
    return count if shape.count_max is None else min(count, shape.count_max)
