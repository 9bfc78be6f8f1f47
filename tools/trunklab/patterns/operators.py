"""Reads one entry of a pattern's array: a plain value or an operator with its operand."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from trunklab.patterns import wildcard
from trunklab.patterns.anything_but import anything_but
from trunklab.patterns.conditions import (
    Absent,
    Affix,
    AnyCase,
    AnySpelling,
    Condition,
    Constant,
    Exists,
    Network,
    Number,
    Text,
    Wildcard,
)
from trunklab.patterns.errors import InvalidPatternError
from trunklab.patterns.ip_addresses import address, network
from trunklab.patterns.numeric_ranges import numeric
from trunklab.patterns.pattern_numbers import LiteralNumber, double_of_text

ONE_KEY: Final = "Only one key allowed in match expression"
TOO_MANY: Final = "Too many elements in numeric expression"
_V4_BITS: Final = 32


def condition(entry: object) -> Condition:
    """The condition of an entry; raises InvalidPatternError with AWS's text."""
    if isinstance(entry, Mapping):
        return _operator(entry)
    if isinstance(entry, str):
        return _text(entry)
    if isinstance(entry, LiteralNumber):
        return Number(entry.text, double_of_text(entry.text))
    if entry is None or isinstance(entry, bool):
        return Constant(entry)
    raise InvalidPatternError("Match value must be String, number, true, false, or null")


def _text(text: str) -> Condition:
    found = address(text)
    # Version 4 addresses have one spelling, so that their text decides.
    return Text(text) if found is None or found.bits == _V4_BITS else AnySpelling(text, found)


def _operator(expression: Mapping[str, object]) -> Condition:
    if not expression:
        raise InvalidPatternError("Match expression name not found")
    name, operand = next(iter(expression.items()))
    if name not in OPERATORS:
        raise InvalidPatternError(f"Unrecognized match type {name}")
    found = OPERATORS[name](operand)
    if len(expression) > 1:
        raise InvalidPatternError(TOO_MANY if name in {"numeric", "anything-but"} else ONE_KEY)
    return found


def _string(name: str, operand: object) -> str:
    if not isinstance(operand, str):
        raise InvalidPatternError(f"{name} match pattern must be a string")
    return operand


def _exactly(operand: object) -> Condition:
    return Text(_string("exact", operand))


def _affix(name: str) -> Callable[[object], Condition]:
    def read(operand: object) -> Condition:
        at_end = name == "suffix"
        if isinstance(operand, Mapping):
            return Affix(_any_case_of(name, operand), at_end, any_case=True)
        return Affix(_string(name, operand), at_end)

    return read


def _any_case_of(name: str, operand: Mapping[str, object]) -> str:
    if not operand:
        raise InvalidPatternError(f"{name.capitalize()} expression name not found")
    inner, text = next(iter(operand.items()))
    if inner != "equals-ignore-case":
        raise InvalidPatternError(f"Unsupported {name} pattern: {inner}")
    found = _string("equals-ignore-case", text)
    if len(operand) > 1:
        raise InvalidPatternError(ONE_KEY)
    return found


def _any_case(operand: object) -> Condition:
    return AnyCase(_string("equals-ignore-case", operand))


def _wildcard(operand: object) -> Condition:
    text = _string("wildcard", operand)
    return Wildcard(text, wildcard.parse(text))


def _exists(operand: object) -> Condition:
    if not isinstance(operand, bool):
        raise InvalidPatternError("exists match pattern must be either true or false.")
    return Exists() if operand else Absent()


def _cidr(operand: object) -> Condition:
    text = _string("prefix", operand)  # AWS speaks of a prefix here too
    return Network(text, *network(text))


def _numeric(operand: object) -> Condition:
    if not isinstance(operand, Sequence) or isinstance(operand, str):
        raise InvalidPatternError("Value of numeric must be an array.")
    return numeric(operand)


OPERATORS: Final[Mapping[str, Callable[[object], Condition]]] = {
    "exactly": _exactly,
    "prefix": _affix("prefix"),
    "suffix": _affix("suffix"),
    "equals-ignore-case": _any_case,
    "wildcard": _wildcard,
    "anything-but": anything_but,
    "numeric": _numeric,
    "exists": _exists,
    "cidr": _cidr,
}
