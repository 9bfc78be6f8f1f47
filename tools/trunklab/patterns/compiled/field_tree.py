"""The fields that a set of branches reads, as a tree, and the branches that match a field's value.

A set of branches is an integer with a bit for each.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence

from trunklab.patterns.compiled.lookups import Ends, Ranges, SlowConditions, Whole
from trunklab.patterns.conditions import (
    Absent,
    Affix,
    AnythingButNumbers,
    AnythingButTexts,
    Condition,
    Constant,
    Exists,
    LiteralNumber,
    Number,
    Range,
    Text,
    Value,
    Wildcard,
    double,
    number_of,
)
from trunklab.patterns.parse import Branch, Clause, Path, accepts_absence
from trunklab.patterns.pattern_limits import CHARACTERS_REMEMBERED_MAX, VALUES_REMEMBERED_MAX


class Table:
    """The branches of one field: each condition that they share is evaluated once.

    `involved` have a clause on the field, `untested` have none, `absent` match without it, `slow`
    have a condition that is not looked up.
    """

    def __init__(self, clauses: Mapping[Clause, int], everything: int) -> None:
        self.involved = 0
        self.absent = everything
        conditions: dict[Condition, int] = {}
        for clause, bits in clauses.items():
            self.involved |= bits
            if not accepts_absence(clause):
                self.absent &= ~bits
            for condition in clause:
                conditions[condition] = conditions.get(condition, 0) | bits
        self.untested = everything & ~self.involved
        self.texts: Whole[str] = Whole(self.untested)
        self.numbers: Whole[float] = Whole(self.untested)
        self._constant = self.untested
        self._constants: dict[bool | None, int] = {}
        self.starts, self.ends, self.ranges = Ends(at_end=False), Ends(at_end=True), Ranges()
        self._slow = SlowConditions()
        for condition, bits in conditions.items():
            self._add(condition, bits)
        self.slow = self._slow.bits
        self.remembered: dict[str, int] = {}
        self.constants = {
            value: self._of_other(value) | self._constants.get(value, 0)
            for value in (True, False, None)
        }

    def _add(self, condition: Condition, bits: int) -> None:  # noqa: C901 - one case for each
        match condition:
            case Exists():
                self.texts.otherwise |= bits
                self.numbers.otherwise |= bits
                self._constant |= bits
            case Text(text) | Wildcard(_, (text,)):
                self.texts.include(text, bits)
            case Constant(value):
                self._constants[value] = self._constants.get(value, 0) | bits
            case Number(_, float() as number):
                self.numbers.include(number, bits)
            case AnythingButTexts(texts) if self.texts.admits(bits):
                self.texts.exclude(texts, bits)
                self.numbers.otherwise |= bits
                self._constant |= bits
            case AnythingButNumbers(numbers) if self.numbers.admits(bits):
                self.numbers.exclude(numbers, bits)
                self.texts.otherwise |= bits
                self._constant |= bits
            case Affix(text, at_end, any_case=False):
                (self.ends if at_end else self.starts).add(text, bits)
            case Range(low, _, high, _) if low is not None and low == high:
                self.numbers.include(low, bits)
            case Range() if self.ranges.admits(bits):
                self.ranges.add(condition, bits)
            case Absent():
                pass  # no value passes
            case _:
                self._slow.add(condition, bits)

    @property
    def price(self) -> tuple[int, int]:
        """The work for a value, and minus the number of branches concerned."""
        looked_up = len(self.starts) + len(self.ends) + bool(self.ranges.bits)
        return looked_up + 4 * bool(self.slow), -self.involved.bit_count()

    def of(self, value: Value) -> int:
        """Returns the branches that match a leaf or do not test it."""
        if isinstance(value, str):
            found = self.texts.of(value) | self.starts.of(value) | self.ends.of(value)
            return found | self.slow_of(value, self.slow) if self.slow else found
        if value is None or isinstance(value, bool):
            return self.constants[value]
        number = None if isinstance(value, LiteralNumber) else double(value)
        if number is None:
            return self._of_other(number_of(value))
        found = self.numbers.of(number)
        if self.ranges.bits:
            found |= self.ranges.of(number)
        return found | self._slow.of_other(number) if self.slow else found

    def slow_of(self, text: str, asked: int) -> int:
        """Returns the branches whose slow condition matches; may lack those not asked for.

        Only the first few strings are cached: a field with many values would not profit.
        """
        if text in self.remembered:
            return self.remembered[text]
        if len(self.remembered) >= VALUES_REMEMBERED_MAX or len(text) > CHARACTERS_REMEMBERED_MAX:
            return self._slow.of_text(text, asked)
        found = self.remembered[text] = self._slow.of_text(text, self.slow)
        return found

    def _of_other(self, value: Value) -> int:
        return self._constant | self._slow.of_other(value)


class Field:
    """A key of an event: its table, if it is a leaf of a branch, and the keys below it."""

    def __init__(self, everything: int) -> None:
        self.everything = everything
        self.table: Table | None = None
        self.children: dict[str, Field] = {}
        self.absent = everything
        self.involved = 0
        self.dotted: dict[str, Field] = {}

    def below(self) -> Iterator[tuple[Path, "Field"]]:
        """Yields every field under this one with its path."""
        for key, child in self.children.items():
            yield (key,), child
            for path, field in child.below():
                yield (key, *path), field

    def finish(self) -> None:
        """Sums up the fields below, once the tree is complete."""
        if self.table is not None:
            self.absent &= self.table.absent
            self.involved = self.table.involved
        for key, child in self.children.items():
            child.finish()
            self.absent &= child.absent
            self.involved |= child.involved
            named = child.children | child.dotted
            self.dotted |= {f"{key}.{name}": field for name, field in named.items()}


def tree(branches: Sequence[Branch], also: Collection[Path] = ()) -> Field:
    """Returns the fields of branches, and some more; a branch's bit is its index."""
    clauses: dict[Path, dict[Clause, list[int]]] = {path: {} for path in also}
    for number, branch in enumerate(branches):
        for path, clause in branch.items():
            clauses.setdefault(path, {}).setdefault(clause, []).append(number)
    everything = (1 << len(branches)) - 1
    tables = {
        path: Table({clause: set_of(found) for clause, found in of_path.items()}, everything)
        for path, of_path in clauses.items()
    }
    return _grown(tables, everything)


def part(root: Field, paths: Collection[Path]) -> Field:
    """Returns a tree with some of the leaves and their tables."""
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


def set_of(numbers: Sequence[int]) -> int:
    """Returns the set of numbers in ascending order."""
    found = bytearray(numbers[-1] // 8 + 1 if numbers else 0)
    for number in numbers:
        found[number // 8] |= 1 << number % 8
    return int.from_bytes(found, "little")
