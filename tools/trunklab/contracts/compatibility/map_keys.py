"""Names of fields of a map, one for each way in which another schema may treat them."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from trunklab.contracts.compatibility.string_inclusion import outside
from trunklab.schema_solver.accepts import applying
from trunklab.schema_solver.errors import UndecidedError
from trunklab.schema_solver.shape import ConstantShape, ObjectShape, Shape, TextShape


def free(shape: ObjectShape, other: ObjectShape) -> Iterator[str]:
    """Names that the shape leaves open: one that the other does not speak of, one per pattern."""
    for names in _open_names(shape):
        yield from _told_apart(names, shape, other)


def matching(pattern: str, shape: ObjectShape, other: ObjectShape) -> Iterator[str]:
    """The same among the names that match a pattern of the shape."""
    for names in _open_names(shape):
        patterns = tuple(dict.fromkeys((*names.patterns, pattern)))
        yield from _told_apart(replace(names, patterns=patterns), shape, other)


def _open_names(shape: ObjectShape) -> list[TextShape]:
    if shape.names is None:
        return [TextShape(shape.place)]
    return [one for one in shape.names.alternatives() if isinstance(one, TextShape)]


def _told_apart(names: TextShape, shape: ObjectShape, other: ObjectShape) -> Iterator[str]:
    spoken = [ConstantShape("", name) for name in {**shape.properties, **other.properties}]
    theirs = [TextShape("", (pattern,)) for pattern, _ in other.patterns]
    yield from _one(names, [*spoken, *theirs], shape)
    for one in theirs:
        patterns = tuple(dict.fromkeys((*names.patterns, *one.patterns)))
        yield from _one(replace(names, patterns=patterns), spoken, shape)


def _one(names: TextShape, avoided: Sequence[Shape], shape: ObjectShape) -> Iterator[str]:
    try:
        # The empty name is a name, but none that anybody would read in a finding.
        for least in (1, 0):
            wanted = replace(names, length_min=max(names.length_min, least))
            name = outside(wanted, avoided)
            if name is not None and applying(shape, name) is not None:
                yield name
                return
    except UndecidedError:
        return
