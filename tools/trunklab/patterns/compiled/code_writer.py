"""Writes the function that walks a record straight on, once for many sets of branches.

The lines hold nothing of the rules: no text of theirs, and no set of branches. These are handed in
for each set, by the number of the field: `make` takes them and returns the function. So many sets
share one code, and their tables alone differ. Cheap fields come first, so that few branches are
left when the dear ones are asked.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from msgspec import UNSET, Struct

from trunklab.patterns.compiled import evaluate
from trunklab.patterns.compiled.condition_table import Table
from trunklab.patterns.compiled.event_reader import Records
from trunklab.patterns.compiled.field_tree import Field
from trunklab.patterns.parse import Path

EXACT_INTEGER_MAX: Final = 1 << 53
"""Below it an integer is its own double."""

Run = Callable[[Struct, int], int]
Wanted = Callable[[Field], object]

_NONE: Final[Mapping[str, int]] = {}


class Written:
    """The code for the fields of a tree, for that tree and for others with the same fields.

    Tables of the others may lack kinds of conditions, but have no other ones.
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
        """The function for a tree: from a record and some branches to those that match."""
        fields = dict(root.below())
        return self._make(*(get(fields[path]) for path, get in self._wanted.values()))


class _Writer:
    """Names and lines; `r` is a record or something else in its place, `b` branches still going."""

    def __init__(self, records: Records) -> None:
        self.names: dict[str, Any] = {"UNSET": UNSET, "part": evaluate.part, "bisect": bisect_right}
        self.wanted: dict[str, tuple[Path, Wanted]] = {}
        self.functions: list[str] = []
        self.leaves: list[tuple[Path, Table]] = []
        self.inner: list[tuple[Path, Field]] = []
        self._records = records
        self._numbers: dict[Path, int] = {(): 0}
        self._arrays: set[Path] = set()

    def _number(self, path: Path) -> int:
        return self._numbers.setdefault(path, len(self._numbers))

    def _want(self, letter: str, path: Path, get: Wanted) -> str:
        """The name of something that is handed in for a field."""
        name = f"{letter}{self._number(path)}"
        self.wanted[name] = path, get
        return name

    def _absent(self, path: Path) -> str:
        return self._want("absent", path, lambda field: field.absent)

    def _type(self, path: Path) -> str:
        name = f"R{self._number(path)}"
        self.names[name] = self._records.types[path]
        return name

    def _value(self, path: Path) -> str:
        """Where the record that holds a field has it."""
        return f"r{self._number(path[:-1])}.{self._records.attribute(path)}"

    def records(self, field: Field, path: Path) -> Iterator[str]:
        """Lines that put each record into its `r`; None where there is none."""
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
            yield f"        elif {above} is not None: b &= {self._absent(below)}"
            yield f"        {record} = None"
            yield from self.records(child, below)

    def leaf(self, path: Path, table: Table) -> Iterator[str]:
        """Lines that narrow `b` by a leaf that is in no array."""
        guard = f" and b & {self._want('involved', path, _involved)}" if table.price[0] else ""
        yield f"    if r{self._number(path[:-1])} is not None{guard}:"
        yield f"        v = {self._value(path)}"
        yield from self._narrowing(path, table, "        ", "b")
        yield "        if not b: return 0"

    def _narrowing(self, path: Path, table: Table, indent: str, b: str) -> Iterator[str]:
        constants = self._want("constants", path, lambda field: _table(field).constants)
        yield f"{indent}if v.__class__ is str:"
        yield from self._narrowing_by_text(path, table, f"{indent}    ", b)
        yield f"{indent}elif v.__class__ is int and {-EXACT_INTEGER_MAX} < v < {EXACT_INTEGER_MAX}:"
        yield from self._narrowing_by_number(path, table, f"{indent}    ", b)
        yield f"{indent}elif v is UNSET: {b} &= {self._absent(path)}"
        yield f"{indent}elif v is None or v.__class__ is bool: {b} &= {constants}[v]"
        yield f"{indent}else:"
        yield f"{indent}    c, s = part(v, {self._want('field', path, _itself)})"
        yield f"{indent}    {b} &= c | s"

    def _narrowing_by_text(self, path: Path, table: Table, indent: str, b: str) -> Iterator[str]:
        unknown = self._want("unknown", path, lambda field: _table(field).texts.unknown)
        known = unknown
        if table.texts.knows:
            texts = self._want("texts", path, lambda field: _table(field).texts.by_value.get)
            known = f"{texts}(v, {unknown})"
        cuts = [*self._starts(path, table), *self._ends(path, table)]
        if not (cuts or table.dear):
            yield f"{indent}{b} &= {known}"
            return
        yield f"{indent}x = {known}"
        yield from (f"{indent}x |= {name}(v{cut}, 0)" for name, cut in cuts)
        if table.dear:
            yield f"{indent}y = {b} & {self._want('dear', path, lambda one: _table(one).dear)}"
            remembered = self._want("kept", path, lambda one: _table(one).remembered.get)
            search = self._want("search", path, lambda one: _table(one).dear_of)
            yield f"{indent}if y:"
            yield f"{indent}    z = {remembered}(v)"
            yield f"{indent}    x |= {search}(v, y) if z is None else z"
        yield f"{indent}{b} &= x"

    def _starts(self, path: Path, table: Table) -> Iterator[tuple[str, str]]:
        for length in table.starts:
            name = self._want(
                f"start{length}_",
                path,
                lambda field, length=length: _table(field).starts.get(length, _NONE).get,  # type: ignore[misc]  # the default holds the loop's value
            )
            yield name, f"[:{length}]"

    def _ends(self, path: Path, table: Table) -> Iterator[tuple[str, str]]:
        for length in table.ends:
            name = self._want(
                f"end{length}_",
                path,
                lambda field, length=length: _table(field).ends.get(length, _NONE).get,  # type: ignore[misc]  # the default holds the loop's value
            )
            yield name, f"[-{length}:]" if length else "[:0]"

    def _narrowing_by_number(self, path: Path, table: Table, indent: str, b: str) -> Iterator[str]:
        if table.dear:
            yield f"{indent}{b} &= {self._want('of', path, lambda field: _table(field).of)}(v)"
            return
        found = self._want("otherwise", path, lambda field: _table(field).numbers.unknown)
        if table.numbers.knows:
            numbers = self._want("numbers", path, lambda field: _table(field).numbers.by_value.get)
            found = f"{numbers}(v, {found})"
        if table.ranges.bits:
            ranges = self._want("ranges", path, lambda field: _table(field).ranges)
            cuts = self._want("cuts", path, lambda field: _table(field).ranges.cuts)
            found = f"{found} | {ranges}[bisect({cuts}, v)]"
        yield f"{indent}{b} &= {found}"

    def array_in(self, path: Path, field: Field) -> Iterator[str]:
        """Lines that narrow `b` by an array of records, if there is one and it matters.

        Where no clause accepts absence, a branch goes on if all its clauses do in one element.
        """
        value = f"l{self._number(path)}"
        children = field.children.items()
        involved = self._want("involved", path, _involved)
        yield f"    if {value} is not None and b & {involved}:"
        if any(
            child.table is None or child.absent != child.table.untested for _, child in children
        ):
            yield f"        c, s = {self._array(field, path)}({value})"
            yield "        b &= c | s"
        else:
            yield f"        a = b & {self._absent(path)}"
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
        """The name of a function from an array of records to the two sets of `evaluate`."""
        number = self._number(path)
        name = f"array{number}"
        if path not in self._arrays:
            self._arrays.add(path)
            everything = self._want("everything", path, lambda one: one.everything)
            self.functions += [
                f"def {name}(values):",
                f"    chosen, spared = 0, {self._absent(path)}",
                f"    for r{number} in values:",
                f"        c = 0; g = s = {everything}",
                *self._element(field, path),
                "        chosen |= c & g; spared &= s",
                "    return chosen, spared",
            ]
        return name

    def _element(self, field: Field, path: Path) -> list[str]:
        """Lines for one record: `c` chosen, `g` going on, `s` spared."""
        lines = []
        for key, child in field.children.items():
            below = (*path, key)
            lines.append(f"        v = {self._value(below)}")
            if child.table is None:
                array = self._array(child, below)
                lines += [
                    f"        if v.__class__ is {self._type(below)}: x, y = {array}([v])",
                    f"        elif v.__class__ is list: x, y = {array}(v)",
                    f"        else: x, y = 0, {self._absent(below)}",
                ]
            else:
                lines += [
                    f"        if v is UNSET: x, y = 0, {self._absent(below)}",
                    f"        else: x, y = part(v, {self._want('field', below, _itself)})",
                ]
            lines.append("        c |= x; g &= x | y; s &= y")
        return lines


def _itself(field: Field) -> Field:
    return field


def _table(field: Field) -> Table:
    if field.table is None:
        raise TypeError("only leaves have tables")
    return field.table


def _involved(field: Field) -> int:
    found = field.table.involved if field.table is not None else 0
    for child in field.children.values():
        found |= _involved(child)
    return found
