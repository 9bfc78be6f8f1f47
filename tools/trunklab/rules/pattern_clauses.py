"""The clauses of a pattern as it is written: each with its conditions and its place."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from trunklab.patterns import operators
from trunklab.patterns.conditions import Condition
from trunklab.patterns.parse import OR, Clause, Path
from trunklab.templates.topology import Steps


@dataclass(frozen=True)
class Leaf:
    """One array of a pattern."""

    path: Path
    """As rules match it: keys with dots taken apart, without `$or`."""
    steps: Steps
    """As it is written."""
    conditions: tuple[Condition, ...]
    """One for each entry."""

    @property
    def clause(self) -> Clause:
        """As the branches of the pattern have it."""
        return tuple(dict.fromkeys(self.conditions))

    @property
    def name(self) -> str:
        """How a message calls the field."""
        return ".".join(self.path)


def leaves(tree: object, path: Path = (), steps: Steps = ()) -> Iterator[Leaf]:
    """Every clause of a pattern that was parsed without an error."""
    for name, value in tree.items() if isinstance(tree, Mapping) else ():
        here = (*steps, name)
        if name == OR:
            for index, alternative in enumerate(value):
                yield from leaves(alternative, path, (*here, index))
        elif isinstance(value, Mapping):
            yield from leaves(value, (*path, *name.split(".")), here)
        else:
            found = tuple(operators.condition(entry) for entry in value)
            yield Leaf((*path, *name.split(".")), here, found)
