"""The names that the fields of an object can have: those of the schema, and those of a map."""

from collections.abc import Iterator, Sequence

from trunklab.patterns.conditions import Text
from trunklab.schema_solver.errors import UndecidedError
from trunklab.schema_solver.goals import Goal
from trunklab.schema_solver.merge import both
from trunklab.schema_solver.shape import ConstantShape, Node, ObjectShape, Shape, TextShape
from trunklab.schema_solver.string_search import witness


def choices(shape: ObjectShape, goal: Goal) -> Iterator[list[str]]:
    """Fields that the object may get, such that all that has to be present has a place.

    Raises UndecidedError where a name with dots leaves several ways to read a path.
    """
    names = list(dict.fromkeys((*shape.properties, *sorted(shape.required))))
    steps = {name: tuple(name.split(".")) for name in names}
    wanted = dict.fromkeys(path for group in goal.groups for path, _ in group.present)
    paths = [*wanted, *(path for path, _ in goal.forbidden)]
    for path in paths:
        if sum(path[: len(one)] == one for one in steps.values()) > 1:
            raise UndecidedError(f"fields of #{shape.place} have dots and can be read in two ways")
    unplaced = [
        path for path in wanted if not any(path[: len(one)] == one for one in steps.values())
    ]
    if not unplaced:
        yield names
    elif is_map(shape):
        for length in range(1, max(map(len, unplaced)) + 1):
            yield [*names, *dict.fromkeys(".".join(path[:length]) for path in unplaced)]
        if len(unplaced) > 1 and any(len(path) > 1 for path in unplaced):
            raise UndecidedError(f"the map #{shape.place} could spell its names in many ways")


def is_map(shape: ObjectShape) -> bool:
    """Whether the schema says that there are fields which it does not name."""
    return bool(shape.patterns) or isinstance(shape.additional, Node)


def kinds(shape: ObjectShape) -> list[TextShape]:
    """What the names of a map's fields look like, one for each way to have one."""
    found: list[Shape] = [TextShape(shape.place, (pattern,)) for pattern, _ in shape.patterns]
    if isinstance(shape.additional, Node):
        found.append(TextShape(shape.place))
    allowed = shape.names.alternatives() if shape.names is not None else (TextShape(""),)
    met = (both(one, other) for one in found for other in allowed)
    return [_as_text(one) for one in met if isinstance(one, TextShape | ConstantShape)]


def further(kind: TextShape, used: Sequence[str]) -> str | None:
    """A name of this kind that is not used yet; None if there is none. Raises UndecidedError."""
    return witness(kind, unwanted=[tuple(map(Text, used))] if used else [])


def _as_text(shape: TextShape | ConstantShape) -> TextShape:
    if isinstance(shape, TextShape):
        return shape
    return TextShape(shape.place, (f"^{_escaped(shape.value)}$",))


def _escaped(text: str) -> str:
    return "".join(f"\\u{{{ord(one):x}}}" for one in text)
