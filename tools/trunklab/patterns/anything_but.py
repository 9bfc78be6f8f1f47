"""Reads the operand of `anything-but`: a value, a list of one type, or an operator on texts."""

from collections.abc import Mapping
from typing import Final

from trunklab.patterns import wildcard
from trunklab.patterns.conditions import (
    Affix,
    AnyCase,
    AnythingButLike,
    AnythingButNumbers,
    AnythingButTexts,
    Wildcard,
)
from trunklab.patterns.errors import InvalidPatternError
from trunklab.patterns.numeric_ranges import comparable
from trunklab.patterns.pattern_numbers import LiteralNumber

AnythingBut = AnythingButTexts | AnythingButNumbers | AnythingButLike

OPERATORS: Final = {
    "prefix": "prefix/suffix match pattern must be a string",
    "suffix": "prefix/suffix match pattern must be a string",
    "equals-ignore-case": (
        "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported."
    ),
    "wildcard": "wildcard match pattern must be a string",
}
"""The operators that may be negated, and what AWS says of an operand that is no text."""


def anything_but(operand: object) -> AnythingBut:
    """The condition of an operand; raises InvalidPatternError with AWS's text."""
    if isinstance(operand, Mapping):
        return _unlike(operand)
    values = operand if isinstance(operand, list) else [operand]
    if not isinstance(operand, list | str | LiteralNumber):
        raise InvalidPatternError(
            "Value of anything-but must be an array or single string/number value."
        )
    texts = [value for value in values if isinstance(value, str)]
    numbers = [value for value in values if isinstance(value, LiteralNumber)]
    if len(texts) + len(numbers) < len(values):
        raise InvalidPatternError("Inside anything but list, start|null|boolean is not supported.")
    if bool(texts) == bool(numbers):
        raise InvalidPatternError(
            "Inside anything but list, either all values are number or string, "
            "mixed type is not supported"
        )
    if texts:
        return AnythingButTexts(frozenset(texts))
    return AnythingButNumbers(frozenset(map(comparable, numbers)))


def _unlike(operand: Mapping[str, object]) -> AnythingButLike:
    if not operand:
        raise InvalidPatternError("Anything-But expression name not found")
    name, inner = next(iter(operand.items()))
    if name not in OPERATORS:
        raise InvalidPatternError(f"Unsupported anything-but pattern: {name}")
    if not isinstance(inner, list | str | LiteralNumber):
        raise InvalidPatternError(
            "Value of anything-but must be an array or single string/number value."
        )
    values = inner if isinstance(inner, list) else [inner]
    if not values:
        raise InvalidPatternError("Empty arrays are not allowed")
    likes = tuple(dict.fromkeys(_like(name, value) for value in values))
    if len(operand) > 1:
        raise InvalidPatternError("Too many elements in numeric expression")
    return AnythingButLike(likes)


def _like(name: str, value: object) -> Affix | AnyCase | Wildcard:
    if not isinstance(value, str):
        raise InvalidPatternError(OPERATORS[name])
    if name == "wildcard":
        return Wildcard(value, wildcard.parse(value))
    if name == "equals-ignore-case":
        return AnyCase(value)
    if not value:
        raise InvalidPatternError("Null prefix/suffix not allowed")
    return Affix(value, name == "suffix")
