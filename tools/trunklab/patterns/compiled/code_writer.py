"""Generates the function that matches a record, once for many sets of branches.

The code contains nothing of the rules, neither their strings nor sets of branches. `make` takes
these as arguments for each set and returns the function. Cheap fields come first, so that few
branches are left for the expensive ones.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from operator import attrgetter
from typing import Any, Final

from msgspec import UNSET, Struct

from trunklab.patterns.compiled import program
from trunklab.patterns.compiled.event_reader import Records
from trunklab.patterns.compiled.field_tree import Field, Table
from trunklab.patterns.compiled.lookups import Ends
from trunklab.patterns.parse import Path

EXACT_INTEGER_MAX: Final = 1 << 53
"""Integers below it are exact as doubles."""

Run = Callable[[Struct, int], int]
"""From a record and some branches to those that match."""

_NONE: Final[Mapping[str, int]] = {}


class Written:
    """The code for a tree of fields, and for others with the same fields.

    Their tables may lack kinds of conditions, but not have additional ones.
    """

    def __init__(self, root: Field, records: Records) -> None:
        writer = _Writer(records)
        lines = ["def run(r0, b):", *writer.records(root, ())]
        leaves = sorted(writer.leaves, key=lambda leaf: leaf[1].price)
        lines += [line for path, table in leaves for line in writer.leaf(path, table)]
        lines += [line for path, field in writer.inner for line in writer.array_in(path, field)]
        lines.append("    return b")
        body = [f"    {line}" for line in (*writer.functions, *lines)]
        head = f"def make({', '.join(writer.wanted)}):"
        exec("\n".join([head, *body, "    return run"]), writer.names)  # noqa: S102 - our own lines
        self._make: Callable[..., Run] = writer.names["make"]
        self._wanted = writer.wanted

    def bind(self, root: Field) -> Run:
        """Returns the function for a tree."""
        fields = dict(root.below())
        return self._make(*(get(fields[path]) for path, get in self._wanted.values()))


class _Writer:
    """Names and lines; `r` is a record or another value in its place, `b` the branches left."""

    def __init__(self, records: Records) -> None:
        self.names: dict[str, Any] = {"UNSET": UNSET, "part": program.part, "bisect": bisect_right}
        self.wanted: dict[str, tuple[Path, Callable[[Field], object]]] = {}
        self.functions: list[str] = []
        self.leaves: list[tuple[Path, Table]] = []
        self.inner: list[tuple[Path, Field]] = []
        self._records = records
        self._numbers: dict[Path, int] = {(): 0}
        self._arrays: set[Path] = set()

    def _number(self, path: Path) -> int:
        return self._numbers.setdefault(path, len(self._numbers))

    def _want(self, attribute: str, path: Path) -> str:
        """Returns the name of the argument for an attribute of a field."""
        name = f"{attribute.replace('.', '_')}{self._number(path)}"
        self.wanted[name] = path, attrgetter(attribute)
        return name

    def _field(self, path: Path) -> str:
        name = f"field{self._number(path)}"
        self.wanted[name] = path, lambda field: field
        return name

    def _type(self, path: Path) -> str:
        name = f"R{self._number(path)}"
        self.names[name] = self._records.types[path]
        return name

    def _value(self, path: Path) -> str:
        """Returns the expression for a field of its record."""
        return f"r{self._number(path[:-1])}.{self._records.attributes[path]}"

    def records(self, field: Field, path: Path) -> Iterator[str]:
        """Yields lines that put each record into its `r`, None without one."""
        above = f"r{self._number(path)}"
        for key, child in field.children.items():
            below = (*path, key)
            if child.table is not None:
                self.leaves.append((below, child.table))
                continue
            self.inner.append((below, child))
            record = f"r{self._number(below)}"
            yield f"    {record} = {self._value(below)} if {above} is not None else None"
            yield f"    l{self._number(below)} = None"
            yield f"    if {record}.__class__ is not {self._type(below)}:"
            yield f"        if {record}.__class__ is list: l{self._number(below)} = {record}"
            yield f"        elif {above} is not None: b &= {self._want('absent', below)}"
            yield f"        {record} = None"
            yield from self.records(child, below)

    def leaf(self, path: Path, table: Table) -> Iterator[str]:
        """Yields lines that narrow `b` by a leaf that is not in an array."""
        guard = f" and b & {self._want('involved', path)}" if table.price[0] else ""
        yield f"    if r{self._number(path[:-1])} is not None{guard}:"
        yield f"        v = {self._value(path)}"
        yield from self._narrowing(path, table, "        ", "b")
        yield "        if not b: return 0"

    def _narrowing(self, path: Path, table: Table, indent: str, b: str) -> Iterator[str]:
        constants = self._want("table.constants", path)
        yield f"{indent}if v.__class__ is str:"
        yield from self._narrowing_by_text(path, table, f"{indent}    ", b)
        yield f"{indent}elif v.__class__ is int and {-EXACT_INTEGER_MAX} < v < {EXACT_INTEGER_MAX}:"
        yield from self._narrowing_by_number(path, table, f"{indent}    ", b)
        yield f"{indent}elif v is UNSET: {b} &= {self._want('absent', path)}"
        yield f"{indent}elif v is None or v.__class__ is bool: {b} &= {constants}[v]"
        yield f"{indent}else:"
        yield f"{indent}    c, s = part(v, {self._field(path)})"
        yield f"{indent}    {b} &= c | s"

    def _narrowing_by_text(self, path: Path, table: Table, indent: str, b: str) -> Iterator[str]:
        known = self._want("table.texts.unknown", path)
        if table.texts.knows:
            known = f"{self._want('table.texts.by_value.get', path)}(v, {known})"
        cuts = list(self._cuts(path, table))
        if not (cuts or table.slow):
            yield f"{indent}{b} &= {known}"
            return
        yield f"{indent}x = {known}"
        yield from (f"{indent}x |= {name}(v{cut}, 0)" for name, cut in cuts)
        if table.slow:
            yield f"{indent}y = {b} & {self._want('table.slow', path)}"
            yield f"{indent}if y:"
            yield f"{indent}    z = {self._want('table.remembered.get', path)}(v)"
            search = self._want("table.slow_of", path)
            yield f"{indent}    x |= {search}(v, y) if z is None else z"
        yield f"{indent}{b} &= x"

    def _cuts(self, path: Path, table: Table) -> Iterator[tuple[str, str]]:
        """Yields the lookup of each length of prefixes and suffixes, and the slice to look up."""
        for side, lengths in (("starts", table.starts), ("ends", table.ends)):
            for length in lengths:
                name = f"{side}{length}_{self._number(path)}"
                self.wanted[name] = path, partial(_ends, side, length)
                yield name, f"[-{length}:]" if side == "ends" and length else f"[:{length}]"

    def _narrowing_by_number(self, path: Path, table: Table, indent: str, b: str) -> Iterator[str]:
        if table.slow:
            yield f"{indent}{b} &= {self._want('table.of', path)}(v)"
            return
        found = self._want("table.numbers.unknown", path)
        if table.numbers.knows:
            found = f"{self._want('table.numbers.by_value.get', path)}(v, {found})"
        if table.ranges.bits:
            cuts = self._want("table.ranges.cuts", path)
            found = f"{found} | {self._want('table.ranges', path)}[bisect({cuts}, v)]"
        yield f"{indent}{b} &= {found}"

    def array_in(self, path: Path, field: Field) -> Iterator[str]:
        """Yields lines that narrow `b` by an array of records, if there is one and it matters.

        If no clause accepts absence, a branch is left if one element passes all its clauses.
        """
        value = f"l{self._number(path)}"
        children = field.children.items()
        involved = self._want("involved", path)
        yield f"    if {value} is not None and b & {involved}:"
        if any(
            child.table is None or child.absent != child.table.untested for _, child in children
        ):
            yield f"        c, s = {self._array(field, path)}({value})"
            yield "        b &= c | s"
        else:
            yield f"        a = b & {self._want('absent', path)}"
            yield f"        for r{self._number(path)} in {value}:"
            yield "            g = b"
            for key, child in children:
                yield f"            v = {self._value((*path, key))}"
                if child.table is not None:
                    yield from self._narrowing((*path, key), child.table, "            ", "g")
            yield "            a |= g"
            yield "        b = a"
        yield "        if not b: return 0"

    def _array(self, field: Field, path: Path) -> str:
        """Returns the name of a function from an array of records to the two sets of `program`."""
        number = self._number(path)
        name = f"array{number}"
        if path not in self._arrays:
            self._arrays.add(path)
            everything = self._want("everything", path)
            self.functions += [
                f"def {name}(values):",
                f"    chosen, spared = 0, {self._want('absent', path)}",
                f"    for r{number} in values:",
                f"        c = 0; g = s = {everything}",
                *self._element(field, path),
                "        chosen |= c & g; spared &= s",
                "    return chosen, spared",
            ]
        return name

    def _element(self, field: Field, path: Path) -> list[str]:
        """Returns lines for one record: `c` is chosen, `g` is left, `s` is spared."""
        lines = []
        for key, child in field.children.items():
            below = (*path, key)
            lines.append(f"        v = {self._value(below)}")
            if child.table is None:
                array = self._array(child, below)
                lines += [
                    f"        if v.__class__ is {self._type(below)}: x, y = {array}([v])",
                    f"        elif v.__class__ is list: x, y = {array}(v)",
                    f"        else: x, y = 0, {self._want('absent', below)}",
                ]
            else:
                lines += [
                    f"        if v is UNSET: x, y = 0, {self._want('absent', below)}",
                    f"        else: x, y = part(v, {self._field(below)})",
                ]
            lines.append("        c |= x; g &= x | y; s &= y")
        return lines


def _ends(side: str, length: int, field: Field) -> object:
    lengths: Ends = getattr(field.table, side)
    return lengths.get(length, _NONE).get
