"""Reads and writes one entry of a pattern's array: a value, or an operator with its operand."""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from trunklab.patterns import wildcard
from trunklab.patterns.conditions import (
    Absent,
    Affix,
    AnyCase,
    AnySpelling,
    AnythingButLike,
    AnythingButNumbers,
    AnythingButTexts,
    Condition,
    Constant,
    Exists,
    LiteralNumber,
    Network,
    Number,
    Range,
    Text,
    Value,
    Wildcard,
    double_of_text,
)
from trunklab.patterns.errors import InvalidPatternError
from trunklab.patterns.ip_addresses import address, network

ONE_KEY: Final = "Only one key allowed in match expression"
TOO_MANY: Final = "Too many elements in numeric expression"
NOT_A_LIST: Final = "Value of anything-but must be an array or single string/number value."
_V4_BITS: Final = 32

_END: Final = object()
"""A term after the last one of an array, which AWS's parser reports as `]`."""


def condition(entry: object) -> Condition:
    """Returns the condition of an entry; raises InvalidPatternError with AWS's text."""
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
    # An IPv4 address has one spelling, so that comparing strings is enough.
    return Text(text) if found is None or found.bits == _V4_BITS else AnySpelling(text, found)


def _operator(expression: Mapping[str, object]) -> Condition:
    name, operand = _first(expression, "Match")
    if name not in OPERATORS:
        raise InvalidPatternError(f"Unrecognized match type {name}")
    found = OPERATORS[name](operand)
    _require_one_key(expression, is_list=name in {"numeric", "anything-but"})
    return found


def _first(expression: Mapping[str, object], name: str) -> tuple[str, object]:
    if not expression:
        raise InvalidPatternError(f"{name} expression name not found")
    return next(iter(expression.items()))


def _require_one_key(expression: Mapping[str, object], *, is_list: bool) -> None:
    if len(expression) > 1:
        raise InvalidPatternError(TOO_MANY if is_list else ONE_KEY)


def _string(name: str, operand: object) -> str:
    if not isinstance(operand, str):
        raise InvalidPatternError(f"{name} match pattern must be a string")
    return operand


def _affix(name: str, operand: object) -> Affix:
    at_end = name == "suffix"
    if not isinstance(operand, Mapping):
        return Affix(_string(name, operand), at_end)
    inner, text = _first(operand, name.capitalize())
    if inner != "equals-ignore-case":
        raise InvalidPatternError(f"Unsupported {name} pattern: {inner}")
    found = Affix(_string(inner, text), at_end, any_case=True)
    _require_one_key(operand, is_list=False)
    return found


def _wildcard(operand: object) -> Wildcard:
    text = _string("wildcard", operand)
    return Wildcard(text, wildcard.parse(text))


def _exists(operand: object) -> Condition:
    if not isinstance(operand, bool):
        raise InvalidPatternError("exists match pattern must be either true or false.")
    return Exists() if operand else Absent()


def _cidr(operand: object) -> Network:
    text = _string("prefix", operand)  # AWS's message says prefix here too
    return Network(text, *network(text))


def _anything_but(operand: object) -> Condition:
    if isinstance(operand, Mapping):
        return _unlike(operand)
    values = _values(operand)
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
    return AnythingButNumbers(frozenset(map(_comparable, numbers)))


def _values(operand: object) -> list[object]:
    if not isinstance(operand, list | str | LiteralNumber):
        raise InvalidPatternError(NOT_A_LIST)
    return operand if isinstance(operand, list) else [operand]


def _unlike(operand: Mapping[str, object]) -> AnythingButLike:
    name, inner = _first(operand, "Anything-But")
    if name not in NEGATED:
        raise InvalidPatternError(f"Unsupported anything-but pattern: {name}")
    values = _values(inner)
    if not values:
        raise InvalidPatternError("Empty arrays are not allowed")
    likes = tuple(dict.fromkeys(_like(name, value) for value in values))
    _require_one_key(operand, is_list=True)
    return AnythingButLike(likes)


def _like(name: str, value: object) -> Affix | AnyCase | Wildcard:
    if not isinstance(value, str):
        raise InvalidPatternError(NEGATED[name])
    if name == "wildcard":
        return _wildcard(value)
    if name == "equals-ignore-case":
        return AnyCase(value)
    if not value:
        raise InvalidPatternError("Null prefix/suffix not allowed")
    return Affix(value, name == "suffix")


def _numeric(operand: object) -> Range:
    """Reads one comparison, or a lower bound followed by an upper one."""
    if not isinstance(operand, list):
        raise InvalidPatternError("Value of numeric must be an array.")
    operator, bound, *others = (*operand, _END, _END)
    if not isinstance(operator, str):
        raise InvalidPatternError(f"Invalid member in numeric match: {_token(operator)}")
    if operator not in {"=", ">=", ">", "<=", "<"}:
        raise InvalidPatternError(f"Unrecognized numeric range operator: {operator}")
    number = _bound(operator, bound)
    low = number if operator in {"=", ">", ">="} else None
    high = number if operator in {"=", "<", "<="} else None
    if len(operand) > 2:  # noqa: PLR2004 - operator and bound
        if operator not in {">", ">="}:
            raise InvalidPatternError(TOO_MANY)
        high = _upper(number, others)
        return Range(low, operator == ">", high, others[0] == "<")
    return Range(low, operator == ">", high, operator == "<")


def _upper(low: float, terms: Sequence[object]) -> float:
    operator, bound, *others = terms
    if not isinstance(operator, str):
        raise InvalidPatternError(f"Bad value in numeric range: {_token(operator)}")
    if operator not in {"<", "<="}:
        raise InvalidPatternError(f"Bad numeric range operator: {operator}")
    high = _bound(operator, bound)
    if others[0] is not _END:
        raise InvalidPatternError("Too many terms in numeric range expression")
    if low >= high:
        raise InvalidPatternError("Bottom must be less than top")
    return high


def _bound(operator: str, term: object) -> float:
    if not isinstance(term, LiteralNumber):
        name = "equals" if operator == "=" else operator
        raise InvalidPatternError(f"Value of {name} must be numeric")
    return _comparable(term)


def _comparable(term: LiteralNumber) -> float:
    found = double_of_text(term.text)
    if found is None:
        raise InvalidPatternError(f"Cannot compare number : {term.text}")
    return found


def _token(term: object) -> str:
    """Returns the name that AWS's parser has for where it stopped."""
    if term is _END:
        return "]"
    if isinstance(term, LiteralNumber):
        return term.text
    if term is None or isinstance(term, bool):
        return json.dumps(term)
    return "{" if isinstance(term, dict) else "["


def expected(condition: Condition) -> str:
    """Returns the condition as a pattern writes it."""
    return condition.text if isinstance(condition, Number) else _json(_written(condition))


def _written(condition: Condition) -> Any:  # noqa: C901, PLR0911 - one case for each condition
    match condition:
        case Number(text) | Text(text) | AnySpelling(text):
            return text
        case Constant(value):
            return value
        case Exists() | Absent():
            return {"exists": isinstance(condition, Exists)}
        case Range():
            return {"numeric": _terms(condition)}
        case AnythingButTexts(texts):
            return {"anything-but": sorted(texts)}
        case AnythingButNumbers(numbers):
            return {"anything-but": list(map(plain, sorted(numbers)))}
        case AnythingButLike(likes):
            ((name, _),) = _written(likes[0]).items()
            return {"anything-but": {name: [_written(like)[name] for like in likes]}}
        case Affix(text, at_end, any_case):
            operand = {"equals-ignore-case": text} if any_case else text
            return {"suffix" if at_end else "prefix": operand}
        case AnyCase(text):
            return {"equals-ignore-case": text}
        case Wildcard(text):
            return {"wildcard": text}
        case Network(text):
            return {"cidr": text}


def shown(value: Value) -> str:
    """Returns the value as JSON."""
    return value.text if isinstance(value, LiteralNumber) else _json(value)


def _terms(wanted: Range) -> list[object]:
    if wanted.low is not None and wanted.low == wanted.high:
        return ["=", plain(wanted.low)]
    terms: list[object] = []
    if wanted.low is not None:
        terms += [">" if wanted.low_open else ">=", plain(wanted.low)]
    if wanted.high is not None:
        terms += ["<" if wanted.high_open else "<=", plain(wanted.high)]
    return terms


def plain(number: float) -> float:
    """Returns the number as a pattern writes it."""
    return int(number) if number.is_integer() else number


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


OPERATORS: Final[Mapping[str, Callable[[object], Condition]]] = {
    "exactly": lambda operand: Text(_string("exact", operand)),
    "prefix": partial(_affix, "prefix"),
    "suffix": partial(_affix, "suffix"),
    "equals-ignore-case": lambda operand: AnyCase(_string("equals-ignore-case", operand)),
    "wildcard": _wildcard,
    "anything-but": _anything_but,
    "numeric": _numeric,
    "exists": _exists,
    "cidr": _cidr,
}

NEGATED: Final = {
    "prefix": "prefix/suffix match pattern must be a string",
    "suffix": "prefix/suffix match pattern must be a string",
    "equals-ignore-case": (
        "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported."
    ),
    "wildcard": "wildcard match pattern must be a string",
}
"""Operators allowed in `anything-but`, and AWS's message for an operand that is not a string."""
