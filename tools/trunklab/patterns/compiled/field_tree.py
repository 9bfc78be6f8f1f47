"""The fields that a set of branches reads, as a tree like the events'."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from trunklab.patterns.compiled import bit_sets
from trunklab.patterns.compiled.condition_table import Table
from trunklab.patterns.parse import Branch, Clause, Path


class Field:
    """A key of an event; its table, if it is a leaf of some branch, and the keys below it."""

    def __init__(self, everything: int) -> None:
        self.everything = everything
        self.table: Table | None = None
        self.children: dict[str, Field] = {}
        self.absent = everything
        self.dotted: dict[str, Field] = {}

    def below(self) -> Iterator[tuple[Path, "Field"]]:
        """Every field under this one with its way there."""
        for key, child in self.children.items():
            yield (key,), child
            for path, field in child.below():
                yield (key, *path), field

    def finish(self) -> None:
        """Sum up what is below, once everything stands."""
        if self.table is not None:
            self.absent &= self.table.absent
        for key, child in self.children.items():
            child.finish()
            self.absent &= child.absent
            named = child.children | child.dotted
            self.dotted |= {f"{key}.{name}": field for name, field in named.items()}


def tree(branches: Sequence[Branch], also: Collection[Path] = ()) -> Field:
    """The fields of branches, and some more; each branch's bit is its place among them."""
    clauses: dict[Path, dict[Clause, list[int]]] = {path: {} for path in also}
    for number, branch in enumerate(branches):
        for path, clause in branch.items():
            clauses.setdefault(path, {}).setdefault(clause, []).append(number)
    everything = (1 << len(branches)) - 1
    tables = {
        path: Table(
            {clause: bit_sets.of_numbers(found) for clause, found in of_path.items()}, everything
        )
        for path, of_path in clauses.items()
    }
    return _grown(tables, everything)


def shape(branches: Sequence[Branch]) -> Field:
    """The fields of branches with every clause that they have, each with a bit of its own."""
    clauses: dict[Path, dict[Clause, None]] = {}
    for branch in branches:
        for path, clause in branch.items():
            clauses.setdefault(path, {})[clause] = None
    tables = {
        path: Table({clause: 1 << bit for bit, clause in enumerate(found)}, (1 << len(found)) - 1)
        for path, found in clauses.items()
    }
    return _grown(tables, -1)  # so that each table's own bits are left


def part(root: Field, paths: Collection[Path]) -> Field:
    """A tree with some of the leaves, which have the same tables."""
    tables = {path: field.table for path, field in root.below() if path in paths and field.table}
    return _grown(tables, root.everything)


def _grown(tables: Mapping[Path, Table], everything: int) -> Field:
    root = Field(everything)
    for path, table in tables.items():
        field = root
        for key in path:
            if key not in field.children:
                field.children[key] = Field(everything)
            field = field.children[key]
        field.table = table
    root.finish()
    return root
