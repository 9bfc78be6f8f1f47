"""The places of a schema that the path of a pattern's clause can reach.

As in EventBridge, arrays are entered without a step, and a name with dots counts as several steps.
Unions are entered into every alternative, maps by any name.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import reduce

from trunklab.schema_solver.schema_reader import ANYTHING
from trunklab.schema_solver.shape import ArrayShape, Node, ObjectShape, Shape
from trunklab.schema_solver.validate import applying

Path = tuple[str, ...]


@dataclass
class Reached:
    """Nodes that a path reaches, and their shapes that are not arrays."""

    nodes: dict[Node, None] = field(default_factory=dict)
    shapes: list[Shape] = field(default_factory=list)
    arrays: list[ArrayShape] = field(default_factory=list)
    """The arrays on the way."""
    can_be_absent: bool = False
    """True if a valid value may lack the path, at least in some element of an array."""
    _seen: set[tuple[Node, Path]] = field(default_factory=set)

    def add(self, node: Node, path: Path) -> None:
        """Add what the path reaches from a node."""
        if (node, path) in self._seen:
            return
        self._seen.add((node, path))
        if not path:
            self.nodes[node] = None
        for shape in node.alternatives():
            if isinstance(shape, ArrayShape):
                self.arrays.append(shape)
                self.can_be_absent |= shape.count_min == 0
                for item in items_of(shape):
                    self.add(item, path)
            elif not path:
                self.shapes.append(shape)
            elif isinstance(shape, ObjectShape):
                self._add_field(shape, path)
            else:
                self.can_be_absent = True

    def _add_field(self, shape: ObjectShape, path: Path) -> None:
        required = False
        for length in range(1, len(path) + 1):
            name = ".".join(path[:length])
            # Fields that the schema does not restrict are skipped: no producer sends them.
            if nodes := applying(shape, name):
                required |= name in shape.required
                self.add(all_of(nodes), path[length:])
        self.can_be_absent |= not required


def at(node: Node, path: Path) -> list[Node]:
    """Returns every node that the path can reach; empty if the schema does not describe it."""
    return list(reached(node, path).nodes)


def reached(node: Node, path: Path) -> Reached:
    """Returns what a path reaches; an unknown path reaches nothing and can be absent."""
    found = Reached()
    found.add(node, path)
    return found


def fields_of(node: Node) -> list[str]:
    """Returns the names that objects at this place, or in arrays there, may have."""
    shapes = reached(node, ()).shapes
    objects = (shape for shape in shapes if isinstance(shape, ObjectShape))
    return list(dict.fromkeys(name for shape in objects for name in shape.properties))


def items_of(shape: ArrayShape) -> Iterator[Node]:
    """Yields the nodes of an array's elements."""
    return (item for item in (*shape.prefix, shape.items) if item is not None)


def all_of(nodes: Sequence[Node]) -> Node:
    """Returns the node that requires all the nodes."""
    return reduce(Node.together, nodes) if nodes else ANYTHING
