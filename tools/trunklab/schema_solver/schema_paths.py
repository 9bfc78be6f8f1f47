"""Which places of a schema the path of a pattern's clause can reach, as the engine walks events.

Arrays are stepped through without a name, unions into every alternative, maps by any name; a name
with dots counts as several steps.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from trunklab.schema_solver.accepts import applying
from trunklab.schema_solver.shape import ArrayShape, Node, ObjectShape, Shape

Path = tuple[str, ...]


@dataclass
class Reached:
    """What stands at a path: the shapes that are no arrays, and whether it may be lacking."""

    shapes: list[Shape] = field(default_factory=list)
    arrays: list[ArrayShape] = field(default_factory=list)
    """The arrays on the way."""
    can_be_absent: bool = False


def at(node: Node, path: Path) -> list[Node]:
    """Every node that the path can reach, arrays stepped through; none if no schema has it."""
    return list(_walked(node, path).nodes)


def reached(node: Node, path: Path) -> Reached:
    """The shapes at a path that are no arrays, and whether it can be absent."""
    return _walked(node, path).answer


def can_be_absent(node: Node, path: Path) -> bool:
    """Whether a valid value may have nothing at the path, in some element of an array at least.

    True also where the schema does not know the path.
    """
    return reached(node, path).can_be_absent


def fields_of(node: Node) -> list[str]:
    """The names that objects at this place may have, arrays stepped through."""
    found: dict[str, None] = {}
    for shape in _through_arrays(node, set()):
        if isinstance(shape, ObjectShape):
            found |= dict.fromkeys(shape.properties)
    return list(found)


def members(shape: ObjectShape, path: Path) -> Iterator[tuple[str, int, list[Node]]]:
    """The fields that a path may go into: the name, how many steps it takes, what it has to obey.

    Only fields that somebody sends: those the schema names, or says that a map may hold.
    """
    for length in range(1, len(path) + 1):
        name = ".".join(path[:length])
        nodes = applying(shape, name)
        if nodes:
            yield name, length, nodes


class _Walk:
    def __init__(self) -> None:
        self.nodes: dict[Node, None] = {}
        self.answer = Reached()
        self._seen: set[tuple[Node, Path]] = set()

    def into(self, node: Node, path: Path) -> None:
        if (node, path) in self._seen:
            return
        self._seen.add((node, path))
        if not path:
            self.nodes[node] = None
        for shape in node.alternatives():
            if isinstance(shape, ArrayShape):
                self._elements(shape, path)
            elif not path:
                self.answer.shapes.append(shape)
            elif isinstance(shape, ObjectShape):
                self._field(shape, path)
            else:
                self.answer.can_be_absent = True

    def _elements(self, shape: ArrayShape, path: Path) -> None:
        self.answer.arrays.append(shape)
        self.answer.can_be_absent |= shape.count_min == 0
        for item in items_of(shape):
            self.into(item, path)

    def _field(self, shape: ObjectShape, path: Path) -> None:
        required = False
        for name, length, nodes in members(shape, path):
            required |= name in shape.required
            self.into(all_of(nodes), path[length:])
        self.answer.can_be_absent |= not required


def _walked(node: Node, path: Path) -> _Walk:
    walk = _Walk()
    walk.into(node, path)
    return walk


def items_of(shape: ArrayShape) -> Iterator[Node]:
    """What the elements of an array may be."""
    return (item for item in (*shape.prefix, shape.items) if item is not None)


def all_of(nodes: Sequence[Node]) -> Node:
    """One node that demands all."""
    whole = nodes[0]
    for node in nodes[1:]:
        whole = whole.together(node)
    return whole


def _through_arrays(node: Node, seen: set[Node]) -> Iterator[Shape]:
    if node in seen:
        return
    seen.add(node)
    for shape in node.alternatives():
        if isinstance(shape, ArrayShape):
            for item in items_of(shape):
                yield from _through_arrays(item, seen)
        else:
            yield shape
