"""A contract with a condition: its event pattern, judged as `rules lint` judges a rule."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from fractions import Fraction
from pathlib import PurePosixPath
from typing import Any, Final

from trunklab import effects
from trunklab.contracts.contract import Contract
from trunklab.findings.finding import Level
from trunklab.patterns.errors import InvalidPatternError
from trunklab.patterns.pattern import Pattern
from trunklab.printable import printable
from trunklab.rules.clause_checks import check_clauses
from trunklab.rules.event_search import prepared
from trunklab.rules.impossible_clauses import possible
from trunklab.rules.known_contracts import Known
from trunklab.rules.rule_under_check import Subject
from trunklab.rules.verdict import Kind, Verdict
from trunklab.scaffold.errors import ScaffoldError, WhereError
from trunklab.scaffold.where_expression import Comparison, Path, Where, parse
from trunklab.schema_solver.errors import UndecidedError
from trunklab.schema_solver.schema_paths import reached
from trunklab.schema_solver.shape import JSON, ConstantShape, NumberShape
from trunklab.templates.topology import BusKind, Rule
from trunklab.templates.topology import Kind as RuleKind

OPTION: Final = "--where"
DATA: Final = ("detail", "data")
_WITHOUT_VALUE: Final = frozenset(
    {"unknown-field", "not-a-leaf", "wrong-type", "always-there", "always-true"}
)
"""Findings that no other value would prevent."""


@dataclass(frozen=True)
class Subscription:
    """The events of one contract that a consumer receives."""

    contract: Contract
    where: str = ""

    @property
    def pattern(self) -> dict[str, Any]:
        """The event pattern; raises WhereError."""
        heads = {"source": [self.contract.source], "detail-type": [self.contract.detail_type]}
        return heads | ({"detail": {"data": parse(self.where).data}} if self.where else {})

    @property
    def description(self) -> str:
        """The rule's description, from which `of_description` reads the condition again."""
        return self.contract.detail_type + (f" where {self.where}" if self.where else "")

    def judged(self) -> Verdict:
        """Returns the verdict, with events that match and do not; raises ScaffoldError."""
        sunset = self.contract.sunset
        if sunset is not None and sunset < effects.now().date():
            problem = f"{self.contract.name} may be gone since its sunset on {sunset}"
            raise ScaffoldError(f"{problem}: use the next major.")
        subject = Subject(_rule(self.pattern), self._parsed(), Known([self.contract]))
        if not self.where:
            return subject.verdict
        where = parse(self.where)
        for finding in check_clauses(subject):
            if finding.level in {Level.ERROR, Level.WARNING}:
                problem = finding.what.removeprefix(f"{OPTION}: ").replace("detail.data.", "")
                nearest = "" if finding.id in _WITHOUT_VALUE else next(self._nearest(where), "")
                fix = nearest or finding.fix.replace("detail.data.", "")
                raise WhereError(self.where, f"{problem}: {fix}.")
        if subject.verdict.kind is Kind.NEVER:
            problem = f"no event of {self.contract.name} can match all of it"
            raise WhereError(self.where, f"{problem}: drop one of its conditions.")
        return subject.verdict

    def _parsed(self) -> Pattern:
        try:
            return Pattern.parse(json.dumps(self.pattern))
        except InvalidPatternError as error:
            raise WhereError(self.where, f"AWS rejects the pattern: {error.reason}.") from error

    def _nearest(self, where: Where) -> Iterator[str]:
        """Yields the nearest comparison that can match, for the first that cannot."""
        for comparison in where.comparisons:
            is_list = comparison.operator == "in"
            for value in comparison.value if is_list else [comparison.value]:
                if self._can_match(comparison, value):
                    continue
                for nearer in self._candidates(comparison, value):
                    if self._can_match(comparison, nearer):
                        text = printable(comparison.with_value([nearer] if is_list else nearer))
                        yield f"the nearest that can match is {text}"

    def _can_match(self, comparison: Comparison, value: JSON) -> bool:
        """True if an event can match the comparison with this value, or if that is undecided."""
        of_value = [value] if comparison.operator == "in" else value
        entries = Comparison(comparison.path, comparison.operator, of_value).conditions
        (branch,) = Pattern.parse(json.dumps({"value": entries})).branches
        try:
            path = (*DATA, *comparison.path)
            return any(possible(self.contract, path, one) for one in branch["value",])
        except UndecidedError:
            return True

    def _candidates(self, comparison: Comparison, value: JSON) -> list[JSON]:
        """Returns values of the field with the type of `value`, the nearest first."""
        path = (*DATA, *comparison.path)
        shapes = reached(prepared(self.contract).node, path).shapes
        values = [shape.value for shape in shapes if isinstance(shape, ConstantShape)]
        values += [one for shape in shapes if isinstance(shape, NumberShape) for one in _of(shape)]
        values += _values(list(self.contract.event_examples), path)
        if isinstance(value, str):
            texts = [one for one in values if isinstance(one, str)]
            return [*get_close_matches(value, texts, len(texts) or 1, 0)]
        if value is None or isinstance(value, bool):
            return []
        numbers = [one for one in values if isinstance(one, int | float)]
        return sorted(numbers, key=lambda one: abs(Fraction(one) - Fraction(value)))


def of_description(contract: Contract, description: str) -> Subscription:
    """Returns the subscription of a rule with this description."""
    return Subscription(contract, description.partition(" where ")[2])


def _of(shape: NumberShape) -> Iterator[JSON]:
    """Yields the extreme numbers of a shape, and those one step inside."""
    step = shape.multiple_of or 1
    for bound, sign in ((shape.low, 1), (shape.high, -1)):
        if bound is not None:
            whole = int(bound) if float(bound).is_integer() else bound
            yield from (whole, whole + sign * step, whole - whole % step)


def _values(value: JSON, path: Path) -> Iterator[JSON]:
    if isinstance(value, list):
        for element in value:
            yield from _values(element, path)
    elif not path:
        yield value
    elif isinstance(value, dict) and path[0] in value:
        yield from _values(value[path[0]], path[1:])


def _rule(pattern: dict[str, Any]) -> Rule:
    """Returns a rule with the pattern, on a bus that carries the contract's events."""
    text, place = json.dumps(pattern), PurePosixPath(OPTION)
    return Rule(
        kind=RuleKind.RULE,
        service="",
        template=place,
        line=1,
        logical_id=OPTION,
        name=OPTION,
        bus="",
        bus_line=1,
        bus_missing=None,
        enabled=True,
        pattern=pattern,
        text=text,
        known=text,
        pattern_line=1,
        lines={},
        text_lines=(),
        unresolved=(),
        targets=(),
        bus_kind=BusKind.OWN,
    )
