"""Conditions as a pattern writes them, and values that pass them."""

import json
from collections.abc import Iterator
from ipaddress import ip_address

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
    number_of,
)


def expected(condition: Condition) -> str:
    """Returns the condition as a pattern writes it."""
    return condition.text if isinstance(condition, Number) else _json(_written(condition))


def _written(condition: Condition) -> object:  # noqa: PLR0911 - one case for each condition
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
            return {"anything-but": list(map(_plain, sorted(numbers)))}
        case AnythingButLike(likes):
            written = [_operator(like) for like in likes]
            return {"anything-but": {written[0][0]: [operand for _, operand in written]}}
        case _:
            return dict([_operator(condition)])


def _operator(
    condition: Affix | AnyCase | Wildcard | Network,
) -> tuple[str, object]:
    match condition:
        case Affix(text, at_end, any_case):
            operand = {"equals-ignore-case": text} if any_case else text
            return "suffix" if at_end else "prefix", operand
        case AnyCase(text):
            return "equals-ignore-case", text
        case Wildcard(text):
            return "wildcard", text
        case Network(text):
            return "cidr", text


def passing(condition: Condition, found: Value) -> Iterator[Value]:  # noqa: C901 - one case for each condition
    """Yields values that may pass, those nearest to the found one first."""
    match condition:
        case Text(text) | AnySpelling(text, _) | AnyCase(text):
            yield text
        case Number(text, double):
            yield LiteralNumber(text) if double is None else _plain(double)
        case Constant(value):
            yield value
        case Affix(text, at_end):
            rest = found if isinstance(found, str) else ""
            yield rest + text if at_end else text + rest
        case Wildcard(_, parts):
            yield "".join(parts)
        case Network(_, first, last):
            yield str(ip_address(min(first.value + 1, last.value).to_bytes(first.bits // 8)))
        case Range():
            yield from _inside(condition, found)
        case Exists() | AnythingButTexts() | AnythingButNumbers() | AnythingButLike():
            yield from ("other", 0, None)
        case _:
            return


def shown(value: Value) -> str:
    """Returns the value as JSON."""
    return value.text if isinstance(value, LiteralNumber) else _json(value)


def _terms(wanted: Range) -> list[object]:
    if wanted.low is not None and wanted.low == wanted.high:
        return ["=", _plain(wanted.low)]
    terms: list[object] = []
    if wanted.low is not None:
        terms += [">" if wanted.low_open else ">=", _plain(wanted.low)]
    if wanted.high is not None:
        terms += ["<" if wanted.high_open else "<=", _plain(wanted.high)]
    return terms


def _inside(wanted: Range, found: Value) -> Iterator[Value]:
    """Yields the bounds and their neighbours, nearest to the found number first, and the middle."""
    bounds = [bound for bound in (wanted.low, wanted.high) if bound is not None]
    number = number_of(found)
    if isinstance(number, float):
        bounds.sort(key=lambda bound: abs(bound - number))
    for bound in bounds:
        yield from (_plain(bound), _plain(bound + 1), _plain(bound - 1))
    yield _plain(sum(bounds) / len(bounds))


def _plain(number: float) -> float:
    return int(number) if number.is_integer() else number


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
