"""A read is seen wherever the service makes it: in its domain, its store, its own classes."""

from pathlib import Path

import pytest

from tests.unit.contracts.impact.shop import named, read_by

DOMAIN = """
from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, partial

from schemas.sales import Line, Money, Sold


@dataclass(frozen=True)
class Receipt:
    number: str
    total: Money
    lines: tuple[Line, ...] = ()

    @property
    def is_free(self) -> bool:
        return self.total.minor == 0

    def first(self) -> str:
        return self.lines[0].sku


class Ledger:
    def __init__(self, sold: Sold) -> None:
        self.of = sold
        self._total = sold.total

    def amount(self) -> int:
        return self._total.minor

    @staticmethod
    def currency(of: Sold) -> str:
        return of.total.currency

    @classmethod
    def opened(cls, sold: Sold) -> Ledger:
        return cls(sold)

    def __call__(self) -> str:
        return self.of.id


class Refused(ValueError):
    def __init__(self, sold: Sold) -> None:
        super().__init__("refused")
        self.sold = sold


class Basket:
    def __init__(self, lines) -> None:
        self.lines = lines

    def __enter__(self):
        print(self.lines[0].sku)
        return self

    def __len__(self) -> int:
        return self.lines[0].price.minor

    def __add__(self, other):
        return Basket((*self.lines, *other.lines))


def check(sold: Sold) -> None:
    raise Refused(sold)


def number(sold: Sold) -> str:
    return sold.id


def amount(*, of: Money, unit: str = "EUR") -> str:
    return f"{of.minor} {unit}"


def default(sold: Sold, part: Money | None = None) -> int:
    return (part or sold.total).minor


def many(*parts: Money, **named: Money) -> int:
    return parts[0].minor + len(named["tip"].currency)


def skus(lines):
    for line in lines:
        yield line.sku


def down(lines: list[Line]) -> int:
    return lines[0].price.minor + down(lines[1:]) if lines else 0


def even(sold: Sold, n: int) -> str:
    return odd(sold, n - 1) if n else sold.id


def odd(sold: Sold, n: int) -> str:
    return even(sold, n - 1) if n else sold.total.currency


def through(part):
    return part


@cache
def cached(sold: Sold) -> str:
    return sold.id


def twice(function):
    def inner(sold: Sold) -> str:
        print(sold.notes["twice"])
        return function(sold)

    return inner


@twice
def decorated(sold: Sold) -> str:
    return sold.id


BY_KIND = {"number": number, "currency": Ledger.currency}


def receipt(sold: Sold) -> Receipt:
    return replace(Receipt(sold.id, total=sold.total), lines=sold.lines)


def told(sold: Sold):
    return partial(amount, of=sold.total)
"""

CALLS = {
    "a function": ("domain.number(sold)", ["id"]),
    "keywords": ("domain.amount(unit=sold.id, of=sold.total)", ["id", "total.minor"]),
    "a default": ("domain.default(sold)", ["total.minor"]),
    "in place of a default": ("domain.default(sold, sold.tip)", ["tip.minor", "total.minor"]),
    "star parameters": (
        "domain.many(sold.total, tip=sold.tip)",
        ["tip.currency", "total.minor"],
    ),
    "star arguments": ("domain.default(*[sold, sold.tip])", ["tip.minor", "total.minor"]),
    "a generator": ("for sku in domain.skus(sold.lines):\n    print(sku)", ["lines.sku"]),
    "recursion": ("domain.down(list(sold.lines))", ["lines.price.minor"]),
    "mutual recursion": ("domain.even(sold, 3)", ["id", "total.currency"]),
    "a function that hands back": ("print(domain.through(sold.total).minor)", ["total.minor"]),
    "a cached function": ("domain.cached(sold)", ["id"]),
    "a decorator of its own": ("domain.decorated(sold)", ["id", "notes.twice"]),
    "a table of functions": ("domain.BY_KIND['number'](sold)", ["id"]),
    "a table, key not known": ("domain.BY_KIND[sold.id](sold)", ["id", "total.currency"]),
    "a dataclass": (
        "print(domain.receipt(sold).total.currency)",
        ["id", "lines", "total.currency"],
    ),
    "a dataclass's property": ("domain.receipt(sold).is_free", ["id", "lines", "total.minor"]),
    "a dataclass's method": ("domain.receipt(sold).first()", ["id", "lines.sku", "total"]),
    "a class": ("domain.Ledger(sold).amount()", ["total.minor"]),
    "a static method": ("domain.Ledger.currency(sold)", ["total.currency"]),
    "a class method": ("domain.Ledger.opened(sold).amount()", ["total.minor"]),
    "an object that is called": ("domain.Ledger(sold)()", ["id", "total"]),
    "a partial": ("domain.told(sold)()", ["total.minor"]),
    "a partial for a guarded call": ("unit.once('tell', domain.told(sold))", ["total.minor"]),
    "a stored object": (
        "unit.put('a', 'b', vars(domain.receipt(sold)))",
        ["id", "lines.*", "total.*"],
    ),
    "an exception that carries it": (
        (
            "try:\n    domain.check(sold)\nexcept domain.Refused as error:\n"
            "    print(error.sold.total.minor)"
        ),
        ["total.minor"],
    ),
    "one of several exceptions": (
        (
            "try:\n    domain.check(sold)\nexcept (KeyError, domain.Refused) as error:\n"
            "    print(error.sold.id)"
        ),
        ["id"],
    ),
    "methods without a name": (
        "with domain.Basket(sold.lines) as basket:\n    print(len(basket))",
        ["lines.price.minor", "lines.sku"],
    ),
    "another module's import": ("store.save(sold, unit)", ["id", "total.minor"]),
    "an import within": ("from sales.domain import number as n\nn(sold)", ["id"]),
    "the unit's own event": ("store.raw(unit)", ["total.currency"]),
}

STORE = """
from . import domain
from .domain import *


def save(sold, unit):
    unit.put(number(sold), "sale", {"amount": domain.amount(of=sold.total)})


def raw(unit):
    return unit.event.data["total"]["currency"]
"""


@pytest.mark.parametrize(("body", "expected"), CALLS.values(), ids=CALLS.keys())
def test_a_call_is_followed(tmp_path: Path, body: str, expected: list[str]) -> None:
    """Arguments stand for what was handed over, results for what was handed back."""
    above = "from sales import domain, store"

    found = read_by(tmp_path, body, above, domain=DOMAIN, store=STORE)

    assert (named(found), found.unknown) == (expected, ())
