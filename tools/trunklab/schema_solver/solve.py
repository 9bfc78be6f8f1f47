"""Finds a value of a node that reaches a goal, or proves that none exists.

Alternatives are tried one by one; the fields of an object are independent of each other. The
result differs from an example only where it must.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from trunklab.patterns.conditions import Exists, Text
from trunklab.patterns.parse import Clause, Path
from trunklab.schema_solver import array_search
from trunklab.schema_solver.errors import UndecidedError
from trunklab.schema_solver.goals import (
    Found,
    Goal,
    agrees,
    below,
    first_found,
    matching,
)
from trunklab.schema_solver.number_search import number
from trunklab.schema_solver.schema_paths import all_of
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
from trunklab.schema_solver.shape_intersection import both
from trunklab.schema_solver.solver_limits import DEAD_END_STEPS, ELEMENTS_MAX, SOLVE_STEPS_MAX
from trunklab.schema_solver.string_search import witness
from trunklab.schema_solver.validate import accepts, applying, is_number, same


def find(node: Node, goal: Goal, like: Found | None = None) -> Found | None:
    """Returns a valid value that reaches the goal, near an example; None proves that none exists.

    Fields that the schema does not describe are never added. The value may share parts with the
    example: change neither. Raises UndecidedError.
    """
    try:
        return _Search().node(node, goal, like)
    except RecursionError as error:
        raise UndecidedError("it is nested too deeply") from error


def solve(node: Node, wanted: Mapping[Path, Clause], like: Found | None = None) -> Found | None:
    """Returns a value that matches some clauses together; None proves that no value exists.

    Raises UndecidedError.
    """
    return first_found(partial(find, node, goal, like) for goal in matching([dict(wanted)]))


class _Search:
    """One search with its limit; `under_way` prevents endless recursion."""

    def __init__(self) -> None:
        self.steps = 0
        self.under_way: set[tuple[Node, Goal]] = set()

    def node(self, node: Node, goal: Goal, like: Found | None) -> Found | None:
        # The smallest value of a recursive schema never contains itself.
        if (node, goal) in self.under_way:
            return None
        self.under_way.add((node, goal))
        try:
            return first_found(
                partial(self._shape, shape, goal, like)
                for shape in _nearest_first(node.alternatives(), like)
            )
        finally:
            self.under_way.remove((node, goal))

    def _shape(self, shape: Shape, goal: Goal, like: Found | None) -> Found | None:
        self.steps += 1
        if self.steps > SOLVE_STEPS_MAX:
            raise UndecidedError(f"no value found in {SOLVE_STEPS_MAX} steps")
        if goal.is_free and like is not None and accepts(shape, like.value):
            return like
        match shape:
            case ObjectShape():
                return self._object(shape, goal, like)
            case ArrayShape():
                return array_search.array(self.node, shape, goal, like)
            case ConstantShape(_, Mapping() | list()):
                return Found(shape.value) if goal.is_reached(shape.value) else None
        if not _is_leaf(goal):
            return None
        try:
            return _leaf(shape, goal, like)
        except UndecidedError:
            # A dead end may have cost as much time as many steps.
            self.steps += DEAD_END_STEPS
            raise

    def _object(self, shape: ObjectShape, goal: Goal, like: Found | None) -> Found | None:
        if any(not path for group in goal.groups for path, _ in group.present):
            return None  # an object is not a leaf
        example = like.value if like is not None and isinstance(like.value, Mapping) else {}
        return first_found(
            partial(self._fields, shape, names, goal, example) for names in _names(shape, goal)
        )

    def _fields(
        self, shape: ObjectShape, names: Sequence[str], goal: Goal, example: Mapping[str, JSON]
    ) -> Found | None:
        made: dict[str, JSON] = {}
        undecided: UndecidedError | None = None
        needed: set[str] = set()
        kept = (name for name in example if applying(shape, name))
        for name in dict.fromkeys([*kept, *names]):
            is_needed = name in shape.required or bool(_inside(goal, name).groups)
            if not is_needed and name not in example:
                continue
            needed |= {name} if is_needed else set()
            like = Found(example[name]) if name in example else None
            try:
                is_made = self._add(shape, made, name, goal, like)
            except UndecidedError as error:
                undecided = error
                continue
            if not is_made and is_needed:
                return None
        if undecided is not None:
            raise undecided
        return self._counted(shape, made, needed, goal)

    def _counted(
        self, shape: ObjectShape, made: dict[str, JSON], needed: set[str], goal: Goal
    ) -> Found | None:
        """Returns the object with fields added or removed until their number is valid."""
        if shape.count_max is not None:
            if len(needed) > shape.count_max:
                return None
            for name in [name for name in made if name not in needed][::-1]:
                if len(made) > shape.count_max:
                    del made[name]
        for name in shape.properties:
            if name not in made and len(made) < shape.count_min:
                self._add(shape, made, name, goal)
        if len(made) < shape.count_min:
            self._fill(shape, made, goal)
        return Found(made) if len(made) >= shape.count_min else None

    def _fill(self, shape: ObjectShape, made: dict[str, JSON], goal: Goal) -> None:
        """Add fields of a map until there are enough; raises UndecidedError at the limits."""
        kinds = name_shapes(shape)
        if kinds and shape.count_min > ELEMENTS_MAX:
            raise UndecidedError(f"#{shape.place} needs more than {ELEMENTS_MAX} fields")
        left_out: list[str] = []
        for kind in kinds:
            while len(made) < shape.count_min:
                used = tuple(map(Text, [*made, *shape.properties, *left_out]))
                name = witness(kind, unwanted=[used] if used else [])
                if name is None:
                    break
                if not self._add(shape, made, name, goal):
                    left_out.append(name)
                    break
        if left_out and len(made) < shape.count_min and (shape.patterns or not goal.is_free):
            raise UndecidedError(f"no {shape.count_min} fields found for #{shape.place}")

    def _add(
        self,
        shape: ObjectShape,
        made: dict[str, JSON],
        name: str,
        goal: Goal,
        like: Found | None = None,
    ) -> bool:
        """True if the field could be added."""
        nodes = applying(shape, name)
        if nodes is None:
            return False
        found = self.node(all_of(nodes), _inside(goal, name), like)
        if found is not None:
            made[name] = found.value
        return found is not None


def _inside(goal: Goal, name: str) -> Goal:
    return below(goal, tuple(name.split(".")))


def _nearest_first(shapes: Sequence[Shape], like: Found | None) -> Sequence[Shape]:
    """Returns the shapes, those that accept the example first."""
    if like is None:
        return shapes
    return sorted(shapes, key=lambda shape: not accepts(shape, like.value))


def _names(shape: ObjectShape, goal: Goal) -> Iterator[list[str]]:
    """Yields names of fields, such that every path of the goal has a field.

    Raises UndecidedError if names with dots give several ways to read a path.
    """
    names = list(dict.fromkeys((*shape.properties, *sorted(shape.required))))
    steps = [tuple(name.split(".")) for name in names]
    wanted = dict.fromkeys(path for group in goal.groups for path, _ in group.present)
    fits = {
        path: sum(path[: len(one)] == one for one in steps)
        for path in (*wanted, *(path for path, _ in goal.forbidden))
    }
    if any(count > 1 for count in fits.values()):
        raise UndecidedError(f"fields of #{shape.place} have dots and can be read in two ways")
    missing = [path for path in wanted if not fits[path]]
    if not missing:
        yield names
    elif name_shapes(shape):
        for length in range(1, max(map(len, missing)) + 1):
            yield [*names, *dict.fromkeys(".".join(path[:length]) for path in missing)]
        if len(missing) > 1 and any(len(path) > 1 for path in missing):
            raise UndecidedError(f"the map #{shape.place} could spell its names in many ways")


def name_shapes(shape: ObjectShape) -> list[TextShape]:
    """Returns the shapes of the names of a map's fields; empty if the object is not a map."""
    kinds = [TextShape(shape.place, (pattern,)) for pattern, _ in shape.patterns]
    if isinstance(shape.additional, Node):
        kinds.append(TextShape(shape.place))
    allowed = shape.names.alternatives() if shape.names is not None else (TextShape(""),)
    shapes = (both(kind, other) for kind in kinds for other in allowed)
    return [_as_text(one) for one in shapes if isinstance(one, TextShape | ConstantShape)]


def _as_text(shape: TextShape | ConstantShape) -> TextShape:
    if isinstance(shape, TextShape):
        return shape
    escaped = "".join(f"\\u{{{ord(character):x}}}" for character in shape.value)
    return TextShape(shape.place, (f"^{escaped}$",))


def _is_leaf(goal: Goal) -> bool:
    """True if a leaf may reach the goal."""
    return not any(
        () in group.absent or any(path for path, _ in group.present) for group in goal.groups
    ) and not any(Exists() in clause for path, clause in goal.forbidden if not path)


def _leaf(shape: Shape, goal: Goal, like: Found | None) -> Found | None:
    wanted = [clause for group in goal.groups for _, clause in group.present]
    unwanted = [clause for path, clause in goal.forbidden if not path]
    near = None if like is None else like.value
    options: Sequence[JSON] = ()
    match shape:
        case TextShape():
            text = witness(shape, wanted, unwanted, near if isinstance(near, str) else None)
            options = () if text is None else (text,)
        case NumberShape():
            found = number(shape, wanted, unwanted, near if is_number(near) else None)
            options = () if found is None else (found,)
        case ConstantShape(_, value):
            options = (value,)
        case NullShape():
            options = (None,)
        case BooleanShape():
            options = sorted((True, False), key=lambda one: not same(one, near))
    return next((Found(value) for value in options if agrees(value, wanted, unwanted)), None)
