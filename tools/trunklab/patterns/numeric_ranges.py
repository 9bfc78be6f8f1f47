"""Reads the operand of `numeric`: one comparison, or a lower bound and then an upper one."""

from collections.abc import Sequence
from typing import Final

from trunklab.patterns.conditions import Range
from trunklab.patterns.errors import InvalidPatternError
from trunklab.patterns.pattern_numbers import LiteralNumber, double_of_text

_NAMES: Final = {"=": "equals"}
_END: Final = "]"


def numeric(operand: Sequence[object]) -> Range:
    """The range of an operand; raises InvalidPatternError with AWS's text."""
    terms = [*operand, _End()]
    operator = terms[0]
    if not isinstance(operator, str):
        raise InvalidPatternError(f"Invalid member in numeric match: {_shown(operator)}")
    if operator not in {"=", ">=", ">", "<=", "<"}:
        raise InvalidPatternError(f"Unrecognized numeric range operator: {operator}")
    bound = _bound(operator, terms[1])
    third = terms[2]
    if isinstance(third, _End):
        return _single(operator, bound)
    if operator not in {">", ">="}:
        raise InvalidPatternError("Too many elements in numeric expression")
    return _between(operator == ">", bound, terms[2:])


class _End:
    """Stands where the array ends, so that a term that is not there is a wrong one."""


def _single(operator: str, bound: float) -> Range:
    low = bound if operator in {"=", ">", ">="} else None
    high = bound if operator in {"=", "<", "<="} else None
    return Range(low, operator == ">", high, operator == "<")


def _between(low_open: bool, low: float, rest: Sequence[object]) -> Range:  # noqa: FBT001 - of a range
    operator = rest[0]
    if not isinstance(operator, str):
        raise InvalidPatternError(f"Bad value in numeric range: {_shown(operator)}")
    if operator not in {"<", "<="}:
        raise InvalidPatternError(f"Bad numeric range operator: {operator}")
    high = _bound(operator, rest[1])
    if not isinstance(rest[2], _End):
        raise InvalidPatternError("Too many terms in numeric range expression")
    if low >= high:
        raise InvalidPatternError("Bottom must be less than top")
    return Range(low, low_open, high, operator == "<")


def _bound(operator: str, term: object) -> float:
    if not isinstance(term, LiteralNumber):
        raise InvalidPatternError(f"Value of {_NAMES.get(operator, operator)} must be numeric")
    return comparable(term)


def comparable(term: LiteralNumber) -> float:
    """The number's place in the order; raises InvalidPatternError where it has none."""
    found = double_of_text(term.text)
    if found is None:
        raise InvalidPatternError(f"Cannot compare number : {term.text}")
    return found


def _shown(term: object) -> str:
    """How AWS's parser names what it stands at."""
    if isinstance(term, _End):
        return _END
    if isinstance(term, LiteralNumber):
        return term.text
    if term is None or isinstance(term, bool):
        return {None: "null", True: "true", False: "false"}[term]
    return "{" if isinstance(term, dict) else "["
