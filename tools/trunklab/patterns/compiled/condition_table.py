"""Answers for one field and one value which branches go on: each shared condition asked once.

A set of branches is an integer with a bit for each of them. What is compared with whole values,
with ends of texts or with bounds of numbers is looked up; the rest is dear, and asked only for
branches that are still going.
"""

from collections.abc import Iterable, Mapping

from trunklab.patterns.compiled.lookups import Ends, Ranges, Whole
from trunklab.patterns.compiled.slow_conditions import Dear
from trunklab.patterns.conditions import (
    Absent,
    Affix,
    AnythingButNumbers,
    AnythingButTexts,
    Condition,
    Constant,
    Exists,
    Number,
    Range,
    Text,
    Value,
    Wildcard,
    number_of,
)
from trunklab.patterns.parse import Clause, accepts_absence
from trunklab.patterns.pattern_limits import CHARACTERS_REMEMBERED_MAX, VALUES_REMEMBERED_MAX
from trunklab.patterns.pattern_numbers import LiteralNumber, double


class Table:
    """The branches of one field.

    `involved` have a clause on the field, `untested` have none, `absent` go on without it, `dear`
    have a condition that is dear.
    """

    def __init__(self, clauses: Mapping[Clause, int], everything: int) -> None:
        self.involved = 0
        self.absent = everything
        for clause, bits in clauses.items():
            self.involved |= bits
            if not accepts_absence(clause):
                self.absent &= ~bits
        self.untested = everything & ~self.involved
        self.texts: Whole[str] = Whole(self.untested)
        self.numbers: Whole[float] = Whole(self.untested)
        self._constant = self.untested
        self._constants: dict[bool | None, int] = {}
        self.starts, self.ends, self.ranges = Ends(at_end=False), Ends(at_end=True), Ranges()
        self._dear = Dear()
        for condition, bits in _shared(clauses).items():
            self._add(condition, bits)
        self.dear = self._dear.bits
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
                self._dear.add(condition, bits)

    @property
    def price(self) -> tuple[int, int]:
        """How much there is to do for a value, and of how many branches it is no matter."""
        looked_up = len(self.starts) + len(self.ends) + bool(self.ranges.bits)
        return looked_up + 4 * bool(self.dear), -self.involved.bit_count()

    def of(self, value: Value) -> int:
        """The branches that go on with a leaf."""
        if isinstance(value, str):
            found = self.texts.of(value) | self.starts.of(value) | self.ends.of(value)
            return found | self.dear_of(value, self.dear) if self.dear else found
        if value is None or isinstance(value, bool):
            return self.constants[value]
        number = None if isinstance(value, LiteralNumber) else double(value)
        if number is None:
            return self._of_other(number_of(value))
        found = self.numbers.of(number)
        if self.ranges.bits:
            found |= self.ranges.of(number)
        return found | self._dear.of_other(number) if self.dear else found

    def dear_of(self, text: str, asked: int) -> int:
        """The branches whose dear conditions a text passes; others than those asked for may lack.

        The first few texts are remembered: a field with few values needs no more, and one with
        many would have no use of it.
        """
        if text in self.remembered:
            return self.remembered[text]
        if len(self.remembered) >= VALUES_REMEMBERED_MAX or len(text) > CHARACTERS_REMEMBERED_MAX:
            return self._dear.of_text(text, asked)
        found = self.remembered[text] = self._dear.of_text(text, self.dear)
        return found

    def _of_other(self, value: Value) -> int:
        return self._constant | self._dear.of_other(value)

    def of_any(self, values: Iterable[Value]) -> int:
        """The branches that go on with one of several leaves."""
        found = self.untested
        for value in values:
            found |= self.of(value)
        return found


def _shared(clauses: Mapping[Clause, int]) -> dict[Condition, int]:
    found: dict[Condition, int] = {}
    for clause, bits in clauses.items():
        for condition in clause:
            found[condition] = found.get(condition, 0) | bits
    return found
