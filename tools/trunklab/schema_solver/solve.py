"""Finds a value of a node that reaches a goal, or proves that there is none.

Alternatives are tried one by one; the fields of an object are independent of each other. An
example is followed wherever it will do, so that only what must change is changed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from trunklab.patterns.conditions import Exists
from trunklab.patterns.parse import Clause, Path, passes
from trunklab.schema_solver import array_search, object_keys
from trunklab.schema_solver.accepts import accepts, applying, is_number, same
from trunklab.schema_solver.errors import UndecidedError
from trunklab.schema_solver.found import Found
from trunklab.schema_solver.goal_reached import reaches
from trunklab.schema_solver.goals import Goal, below, wanting
from trunklab.schema_solver.number_search import number
from trunklab.schema_solver.schema_paths import all_of
from trunklab.schema_solver.schema_reader import ANYTHING
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
from trunklab.schema_solver.solver_limits import ELEMENTS_MAX, SOLVE_STEPS_MAX, UNDECIDED_MAX
from trunklab.schema_solver.string_search import witness

__all__ = ["Found", "find", "solve"]


def find(node: Node, goal: Goal, like: Found | None = None) -> Found | None:
    """A valid value that reaches the goal, near to an example; None is a proof that none does.

    Fields that the schema does not speak of are never made up. Parts of the value may be parts of
    the example: neither is to be changed. Raises UndecidedError.
    """
    try:
        return _Search().node(node, goal, like)
    except RecursionError as error:
        raise UndecidedError("it is nested too deeply") from error


def solve(
    node: Node,
    wanted: Mapping[Path, Clause],
    unwanted: Mapping[Path, Clause] | None = None,
    like: Found | None = None,
) -> Found | None:
    """A value that matches some clauses together and fails each of others.

    None is a proof that there is none; raises UndecidedError.
    """
    for goal in wanting(wanted, unwanted or {}):
        found = find(node, goal, like)
        if found is not None:
            return found
    return None


@dataclass(frozen=True, slots=True)
class _Leaf:
    """What a leaf has to pass and to fail."""

    wanted: tuple[Clause, ...]
    unwanted: tuple[Clause, ...]

    def takes(self, value: JSON) -> bool:
        return all(passes(clause, value) for clause in self.wanted) and not any(
            passes(clause, value) for clause in self.unwanted
        )


class _Search:
    """One search with its bound; `under_way` keeps recursion from going round."""

    def __init__(self) -> None:
        self.steps = 0
        self.dead_ends = 0
        self.under_way: set[tuple[Node, Goal]] = set()

    def node(self, node: Node, goal: Goal, like: Found | None) -> Found | None:
        # The smallest value of a recursive schema never holds itself.
        if (node, goal) in self.under_way:
            return None
        self.under_way.add((node, goal))
        try:
            return self._alternatives(node, goal, like)
        finally:
            self.under_way.remove((node, goal))

    def _alternatives(self, node: Node, goal: Goal, like: Found | None) -> Found | None:
        undecided: UndecidedError | None = None
        for shape, example in _nearest_first(node.alternatives(), like):
            self.steps += 1
            if self.steps > SOLVE_STEPS_MAX:
                raise UndecidedError(f"no value found in {SOLVE_STEPS_MAX} steps")
            try:
                found = self._shape(shape, goal, example)
            except UndecidedError as error:
                if self.dead_ends > UNDECIDED_MAX:
                    raise
                undecided = error
                continue
            if found is not None:
                return found
        if undecided is not None:
            raise undecided
        return None

    def _shape(self, shape: Shape, goal: Goal, like: Found | None) -> Found | None:
        if goal.is_free and like is not None and accepts(shape, like.value):
            return like
        match shape:
            case ObjectShape():
                return self._object(shape, goal, like)
            case ArrayShape():
                return array_search.array(self.node, shape, goal, like)
            case ConstantShape(_, Mapping() | list()):
                return Found(shape.value) if reaches(shape.value, goal) else None
        leaf = _leaf(goal)
        try:
            return None if leaf is None else _leaf_value(shape, leaf, like)
        except UndecidedError:
            self.dead_ends += 1
            raise

    def _object(self, shape: ObjectShape, goal: Goal, like: Found | None) -> Found | None:
        if any(not path for group in goal.groups for path, _ in group.present):
            return None  # an object is no leaf
        example = like.value if like is not None and isinstance(like.value, Mapping) else {}
        undecided: UndecidedError | None = None
        for chosen in object_keys.choices(shape, goal):
            try:
                found = self._fields(shape, chosen, goal, example)
            except UndecidedError as error:
                undecided = error
                continue
            if found is not None:
                return found
        if undecided is not None:
            raise undecided
        return None

    def _fields(
        self, shape: ObjectShape, chosen: Sequence[str], goal: Goal, example: Mapping[str, JSON]
    ) -> Found | None:
        made: dict[str, JSON] = {}
        undecided: UndecidedError | None = None
        needed: set[str] = set()
        order = [*(name for name in example if applying(shape, name)), *chosen]
        for name in dict.fromkeys(order):
            inner = below(goal, tuple(name.split(".")))
            is_needed = name in shape.required or bool(inner.groups)
            if not is_needed and name not in example:
                continue
            needed |= {name} if is_needed else set()
            nodes = applying(shape, name)
            like = Found(example[name]) if name in example else None
            try:
                found = None if nodes is None else self.node(_field_node(nodes), inner, like)
            except UndecidedError as error:
                undecided = error
                continue
            if found is not None:
                made[name] = found.value
            elif is_needed:
                return None
        if undecided is not None:
            raise undecided
        return self._counted(shape, made, needed, goal)

    def _counted(
        self, shape: ObjectShape, made: dict[str, JSON], needed: set[str], goal: Goal
    ) -> Found | None:
        """The object with so many fields as it may have."""
        if shape.count_max is not None:
            if len(needed) > shape.count_max:
                return None
            for name in [name for name in made if name not in needed][::-1]:
                if len(made) > shape.count_max:
                    del made[name]
        for name in shape.properties:
            if name not in made and len(made) < shape.count_min:
                self._add(shape, made, name, goal)
        if len(made) < shape.count_min and object_keys.is_map(shape):
            self._fill(shape, made, goal)
        return Found(made) if len(made) >= shape.count_min else None

    def _fill(self, shape: ObjectShape, made: dict[str, JSON], goal: Goal) -> None:
        """Add fields of a map until there are enough; raises UndecidedError at the bounds."""
        if shape.count_min > ELEMENTS_MAX:
            raise UndecidedError(f"#{shape.place} needs more than {ELEMENTS_MAX} fields")
        left_out: list[str] = []
        for kind in object_keys.kinds(shape):
            while len(made) < shape.count_min:
                name = object_keys.further(kind, [*made, *shape.properties, *left_out])
                if name is None:
                    break
                if not self._add(shape, made, name, goal):
                    left_out.append(name)
                    break
        if left_out and len(made) < shape.count_min and (shape.patterns or not goal.is_free):
            raise UndecidedError(f"no {shape.count_min} fields found for #{shape.place}")

    def _add(self, shape: ObjectShape, made: dict[str, JSON], name: str, goal: Goal) -> bool:
        nodes = applying(shape, name)
        inner = below(goal, tuple(name.split(".")))
        found = None if nodes is None else self.node(_field_node(nodes), inner, None)
        if found is not None:
            made[name] = found.value
        return found is not None


def _nearest_first(
    shapes: Sequence[Shape], like: Found | None
) -> Iterator[tuple[Shape, Found | None]]:
    """The shapes, with the example for those that it has or at least resembles."""
    if like is None:
        yield from ((shape, None) for shape in shapes)
        return
    fitting = [shape for shape in shapes if accepts(shape, like.value)]
    for shape in fitting:
        yield shape, like
    for shape in shapes:
        if not any(shape is one for one in fitting):
            yield shape, like


def _field_node(nodes: Sequence[Node]) -> Node:
    return all_of(nodes) if nodes else ANYTHING


def _leaf(goal: Goal) -> _Leaf | None:
    """What the goal demands of a leaf; None if none can reach it."""
    for group in goal.groups:
        if () in group.absent or any(path for path, _ in group.present):
            return None
    wanted = tuple(clause for group in goal.groups for _, clause in group.present)
    unwanted = tuple(clause for path, clause in goal.forbidden if not path)
    if any(Exists() in clause for clause in unwanted):
        return None
    return _Leaf(wanted, unwanted)


def _leaf_value(shape: Shape, leaf: _Leaf, like: Found | None) -> Found | None:
    near = None if like is None else like.value
    match shape:
        case TextShape():
            text = witness(
                shape, leaf.wanted, leaf.unwanted, near if isinstance(near, str) else None
            )
            return None if text is None else Found(text)
        case NumberShape():
            found = number(shape, leaf.wanted, leaf.unwanted, near if is_number(near) else None)
            return None if found is None else Found(found)
        case ConstantShape(_, value):
            return Found(value) if leaf.takes(value) else None
        case NullShape():
            return Found(None) if leaf.takes(None) else None
        case BooleanShape():
            options = sorted((True, False), key=lambda one: not same(one, near))
            return next((Found(one) for one in options if leaf.takes(one)), None)
    return None
