"""Says in the words of the language what a condition expects, and finds a value that passes it."""

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
    Network,
    Number,
    Range,
    Text,
    Value,
    Wildcard,
    number_of,
)
from trunklab.patterns.pattern_numbers import LiteralNumber


# The two functions below have a case for each condition; to take them apart would hide that.
def expected(condition: Condition) -> str:  # noqa: C901, PLR0911 - one case for each condition
    """The condition as a pattern writes it."""
    match condition:
        case Text(text) | AnySpelling(text, _):
            return _json(text)
        case Number(text, _):
            return text
        case Constant(value):
            return _json(value)
        case Exists() | Absent():
            return _json({"exists": isinstance(condition, Exists)})
        case Range():
            return _json({"numeric": _terms(condition)})
        case AnythingButTexts(texts):
            return _json({"anything-but": sorted(texts)})
        case AnythingButNumbers(numbers):
            return _json({"anything-but": [_plain(number) for number in sorted(numbers)]})
        case AnythingButLike(likes):
            name = next(iter(_written(likes[0])))
            return _json({"anything-but": {name: [_written(like)[name] for like in likes]}})
        case _:
            return _json(_written(condition))


def passing(condition: Condition, found: Value) -> Iterator[Value]:  # noqa: C901 - the same
    """Values that may pass, those nearest to what was found first."""
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
    """A value as JSON writes it."""
    return value.text if isinstance(value, LiteralNumber) else _json(value)


def _written(condition: Condition) -> dict[str, object]:
    match condition:
        case Affix(text, at_end, any_case):
            name = "suffix" if at_end else "prefix"
            return {name: {"equals-ignore-case": text} if any_case else text}
        case AnyCase(text):
            return {"equals-ignore-case": text}
        case Wildcard(text, _):
            return {"wildcard": text}
        case Network(text, _, _):
            return {"cidr": text}
        case _:
            raise TypeError(f"{condition} has a word of its own")


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
    """The bound on the side of what was found, what lies just behind it, and the middle."""
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
