"""Finds arrays that reach a goal: which element satisfies which group, and what the others are.

A group needs one element that satisfies all of it; groups may share an element. A forbidden clause
is forbidden in every element.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import product

from trunklab.patterns.conditions import Condition, Constant, Number, Text
from trunklab.schema_solver.errors import UndecidedError
from trunklab.schema_solver.goals import Found, Goal, Group, first_found, together
from trunklab.schema_solver.number_search import EXACT_MAX
from trunklab.schema_solver.schema_reader import ANYTHING
from trunklab.schema_solver.shape import ARRAY, JSON, ArrayShape, Node, type_of
from trunklab.schema_solver.solver_limits import ELEMENTS_MAX, SPREADS_MAX
from trunklab.schema_solver.validate import is_in, is_number

FindNode = Callable[[Node, Goal, Found | None], Found | None]
Spread = tuple[int, ...]
"""The index of the element for each group."""


def array(find: FindNode, shape: ArrayShape, goal: Goal, like: Found | None) -> Found | None:
    """Returns an array that reaches the goal, near to an example; None proves that no value exists.

    Raises UndecidedError.
    """
    for group in goal.groups:
        paths = [*(path for path, _ in group.present), *group.absent]
        if () in paths and any(paths):
            raise UndecidedError(f"#{shape.place} is wanted to hold leaves and objects")
    if shape.count_min > ELEMENTS_MAX:
        raise UndecidedError(f"#{shape.place} needs more than {ELEMENTS_MAX} elements")
    examples = like.value if like is not None and isinstance(like.value, list) else []
    maker = _Maker(find, shape, goal, examples)
    return first_found(
        partial(maker.made, count, spread) for count, spread in _spreads(shape, goal, examples)
    )


class _Maker:
    def __init__(
        self, find: FindNode, shape: ArrayShape, goal: Goal, examples: Sequence[JSON]
    ) -> None:
        self.find = find
        self.shape = shape
        self.goal = goal
        self.examples = examples
        self.known: dict[tuple[int, Spread], Found | None] = {}

    def made(self, count: int, spread: Spread) -> Found | None:
        values: list[JSON] = []
        for index in range(count):
            groups = tuple(number for number, place in enumerate(spread) if place == index)
            if (index, groups) not in self.known:
                self.known[index, groups] = self._found(index, self._goal(groups))
            element = self.known[index, groups]
            if element is None:
                return None
            if self.shape.unique and is_in(element.value, values):
                element = self._other_than(values, index, groups)
                if element is None:
                    return None
            values.append(element.value)
        return Found(values)

    def _found(self, index: int, goal: Goal) -> Found | None:
        like = Found(self.examples[min(index, len(self.examples) - 1)]) if self.examples else None
        return self.find(self._item(index), goal, like)

    def _item(self, index: int) -> Node:
        return self.shape.item(index) or ANYTHING

    def _goal(self, groups: Spread) -> Goal:
        return Goal(tuple(self.goal.groups[number] for number in groups), self.goal.forbidden)

    def _other_than(self, values: Sequence[JSON], index: int, groups: Spread) -> Found | None:
        """Returns an element that equals none of the values; None proves that there are too few.

        Raises UndecidedError; conditions tell only leaves apart.
        """
        conditions = tuple(map(only_condition, values))
        clause = tuple(one for one in conditions if one is not None)
        if len(clause) == len(conditions):
            goal = together([self._goal(groups), Goal(forbidden=(((), clause),))])
            element = self._found(index, goal)
            if element is not None and not is_in(element.value, values):
                return element
            # Conditions on the elements of inner arrays exclude more than the values.
            shapes = self._item(index).alternatives()
            is_exact = not any(type_of(shape) == ARRAY for shape in shapes)
            if element is None and is_exact and not groups and not self.shape.prefix:
                return None
        raise UndecidedError(f"no further unique element found for #{self.shape.place}")


def only_condition(value: JSON) -> Condition | None:
    """Returns the condition that only this value passes; None for arrays and objects."""
    if isinstance(value, str):
        return Text(value)
    if value is None or isinstance(value, bool):
        return Constant(value)
    is_exact = is_number(value) and abs(value) < EXACT_MAX
    return Number(repr(value), float(value)) if is_exact else None


def _spreads(
    shape: ArrayShape, goal: Goal, examples: Sequence[JSON]
) -> Iterator[tuple[int, Spread]]:
    """Yields numbers of elements with the element for each group; those near the example first."""
    groups = len(goal.groups)
    most = max(shape.count_min, len(shape.prefix) + groups)
    if shape.count_max is not None:
        most = min(most, shape.count_max)
    if shape.count_min > most:
        return
    near = max(len(examples), shape.count_min)
    near = near if shape.count_max is None else min(near, shape.count_max)
    between = range(shape.count_min, most + 1) if shape.prefix else ()
    counts = dict.fromkeys((near, most, shape.count_min, *between))
    best = [_best(group, examples) for group in goal.groups]
    tried = 0
    for count in counts:
        common = range(count) if shape.prefix else range(min(count, groups))
        places = [
            dict.fromkeys((*(place for place in first if place < count), *common)) for first in best
        ]
        for spread in product(*places):
            tried += 1
            if tried > SPREADS_MAX:
                raise UndecidedError(f"more than {SPREADS_MAX} ways to fill #{shape.place}")
            yield count, spread


def _best(group: Group, examples: Sequence[JSON]) -> list[int]:
    """Returns the index of the example's element that satisfies most of the group, if any does."""
    goals = [Goal((Group((clause,)),)) for clause in group.present]
    met = [sum(goal.is_reached(element) for goal in goals) for element in examples]
    return [met.index(max(met))] if any(met) else []
