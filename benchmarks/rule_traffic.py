"""Rules and order events of a company: all operators, two hundred kinds of events."""

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from benchmarks import effects

_TEAMS: Final = ("orders", "payments", "stock", "shipping", "returns")
_MORE_TEAMS: Final = ("books", "loyalty", "desk", "fraud", "search")
SOURCES: Final = tuple(f"shop.{name}" for name in (*_TEAMS, *_MORE_TEAMS))
DETAIL_TYPES: Final = tuple(
    f"{thing}{done}"
    for thing in ("Order", "Parcel", "Invoice", "Basket")
    for done in ("Placed", "Changed", "Sent", "Closed", "Lost")
)
BROAD_SHARE: Final = 0.03
"""Rules that name no exact source and detail type: audits, metrics, the platform's own."""

_METHODS: Final = ("card", "invoice", "wallet", "voucher")
_COUNTRIES: Final = ("DE", "AT", "CH", "GB", "FR", "IT", "NL", "SE")
_CITIES: Final = ("Hamburg", "Wien", "Zürich", "Cardiff", "Lyon", "Torino", "Utrecht", "Malmö")
_ENDS: Final = ("com", "org", "net")
_SKUS: Final = tuple(f"{name}-{number:02}" for name in ("LAMP", "BULB") for number in range(40))

Clause = Callable[[random.Random], tuple[str, Any]]

CLAUSES: Final[tuple[tuple[int, Clause], ...]] = (
    (14, lambda chance: ("data.payment.method", [chance.choice(_METHODS)])),
    (14, lambda chance: ("data.customer.address.country", chance.sample(_COUNTRIES, 2))),
    (6, lambda chance: ("data.priority", [chance.randrange(5), chance.randrange(5, 9)])),
    (4, lambda chance: ("data.gift", [chance.choice((True, False)), None])),
    (6, lambda chance: ("data.lines.sku", chance.sample(_SKUS, 4))),
    (4, lambda chance: ("data.lines.quantity", [{"numeric": [">", chance.randrange(9)]}])),
    (6, lambda chance: ("data.total.amount_minor", [{"numeric": [">=", _amount(chance)]}])),
    (6, lambda chance: ("data.total.amount_minor", [{"numeric": _between(_amount(chance))}])),
    (5, lambda chance: ("data.payment.method", [{"anything-but": chance.sample(_METHODS, 2)}])),
    (3, lambda _: ("metadata.producer", [{"anything-but": {"prefix": "test"}}])),
    (6, lambda chance: ("data.customer.id", [{"prefix": f"cust-{chance.randrange(100):02}"}])),
    (4, lambda chance: ("data.customer.email", [{"suffix": f".{chance.choice(_ENDS)}"}])),
    (2, lambda _: ("data.customer.address.city", [{"prefix": "Ham"}, {"suffix": "ö"}])),
    (4, lambda chance: ("data.customer.address.city", [_any_case(chance.choice(_CITIES))])),
    (2, lambda _: ("data.customer.address.city", [{"prefix": _any_case("zÜ")}])),
    (6, lambda _: ("data.voucher", [{"exists": True}])),
    (4, lambda _: ("data.voucher", [{"exists": False}])),
    (4, lambda chance: ("data.client.ip", [{"cidr": f"10.{chance.randrange(16)}.0.0/16"}])),
    (2, lambda chance: ("data.customer.email", [{"wildcard": f"c*{chance.randrange(9)}@*.com"}])),
    (1, lambda chance: ("metadata.subject", [{"wildcard": f"*-{chance.randrange(9)}*7"}])),
    (1, lambda chance: ("data.payment.method", [{"exactly": chance.choice(_METHODS)}])),
    (1, lambda _: ("data.client.ip", [{"cidr": "2001:db8::/33"}, "2001:db8:8000:0::1"])),
    (1, lambda _: ("data.customer.address.city", [{"suffix": _any_case("Ö")}])),
    (1, lambda chance: ("data.lines.quantity", [{"numeric": ["<=", chance.randrange(1, 9)]}])),
    (1, lambda chance: ("data.total.amount_minor", [{"numeric": ["<", _amount(chance)]}])),
    (1, lambda chance: ("data.priority", [{"numeric": ["=", chance.randrange(9)]}])),
    (1, lambda chance: ("data.priority", [{"anything-but": [chance.randrange(9), 4]}])),
    (1, lambda chance: ("data.voucher", [{"anything-but": chance.choice(("SPRING", "MAY"))}])),
    (1, lambda chance: ("data.customer.address.city", [_any_city_but(chance)])),
    (1, lambda chance: ("data.customer.email", [_no_email_like(chance)])),
)
"""One clause each, by the path under `detail`, and how often it is written."""


def make_rules(count: int, seed: int) -> dict[str, dict[str, Any]]:
    """Rules of one to four clauses, one in ten with a choice between two."""
    chance = random.Random(seed)  # noqa: S311 - test data
    return {f"rule-{number}": _rule(chance) for number in range(count)}


def make_events(count: int, seed: int) -> list[dict[str, Any]]:
    """Different events, about 1 KB each as text."""
    chance = random.Random(seed)  # noqa: S311 - test data
    return [_event(chance) for _ in range(count)]


def _rule(chance: random.Random) -> dict[str, Any]:
    rule: dict[str, Any] = {
        "source": [chance.choice(SOURCES)],
        "detail-type": chance.sample(DETAIL_TYPES, chance.choice((1, 1, 1, 2))),
    }
    if chance.random() < BROAD_SHARE:
        broad = [{"source": [{"prefix": "shop."}]}, {"source": [{"anything-but": "shop.desk"}]}, {}]
        rule = {**chance.choice(broad)}
    detail = _detail(chance, chance.choice((2, 3, 3, 4)))
    if chance.random() < 0.1:  # noqa: PLR2004 - one in ten
        detail["$or"] = [_detail(chance, 1), _detail(chance, 1)]
    return {**rule, "detail": detail}


def _detail(chance: random.Random, clauses: int) -> dict[str, Any]:
    detail: dict[str, Any] = {}
    often, kinds = zip(*CLAUSES, strict=True)
    for clause in chance.choices(kinds, often, k=clauses):
        path, entries = clause(chance)
        _put(detail, path, entries)
    return detail


def _amount(chance: random.Random) -> int:
    return chance.randrange(90_000)


def _between(low: int) -> list[Any]:
    return [">", low, "<=", low + 9_000]


def _any_city_but(chance: random.Random) -> dict[str, Any]:
    return {"anything-but": _any_case(chance.choice(_CITIES).upper())}


def _no_email_like(chance: random.Random) -> dict[str, Any]:
    end = chance.choice(_ENDS)
    return {"anything-but": chance.choice([{"suffix": f".{end}"}, {"wildcard": f"c*1@*.{end}"}])}


def _any_case(text: str) -> dict[str, str]:
    return {"equals-ignore-case": text}


def _put(tree: dict[str, Any], path: str, entries: object) -> None:
    *keys, last = path.split(".")
    for key in keys:
        tree = tree.setdefault(key, {})
    tree[last] = entries


def _event(chance: random.Random) -> dict[str, Any]:
    number = chance.randrange(10_000)
    lines = [_line(chance) for _ in range(chance.choice((1, 1, 2)))]
    data = {
        "order_id": f"{number:08x}-5b94-4d0e-9a53-2f6c8e1b7d40",
        "customer": _customer(chance, number),
        "lines": lines,
        "total": {"amount_minor": chance.randrange(100_000), "currency": "EUR"},
        "payment": {"method": chance.choice(_METHODS), "card_token": "tok_4Zq8NwEr"},
        "client": {"ip": _address(chance, number)},
        "priority": chance.randrange(9),
        "gift": chance.choice((True, False, None)),
    }
    if chance.random() < 0.2:  # noqa: PLR2004 - one in five
        data["voucher"] = "SPRING"
    return {
        "version": "0",
        "id": f"{number:08x}-7a8c-5a61-9b5e-3f0d6d6a4c11",
        "detail-type": _often_the_first(chance, DETAIL_TYPES),
        "source": _often_the_first(chance, SOURCES),
        "account": "123456789012",
        "time": f"{effects.now():%Y-%m-%dT%H:%M:%SZ}",
        "region": "eu-central-1",
        "resources": [],
        "detail": {"metadata": _metadata(chance, number), "data": data},
    }


def _address(chance: random.Random, number: int) -> str:
    if chance.random() < 0.1:  # noqa: PLR2004 - one in ten
        return f"2001:db8:{chance.choice((0, 8000))}::{number % 3}"
    return f"10.{chance.randrange(16)}.{number % 250}.7"


def _often_the_first(chance: random.Random, names: Sequence[str]) -> str:
    """The n-th comes n times more rarely than the first, as in most streams of events."""
    return chance.choices(names, [1 / rank for rank in range(1, len(names) + 1)])[0]


def _line(chance: random.Random) -> Mapping[str, Any]:
    price = {"amount_minor": chance.randrange(9_000), "currency": "EUR"}
    quantity = chance.randrange(1, 10)
    return {"sku": chance.choice(_SKUS), "quantity": quantity, "unit_price": price}


def _customer(chance: random.Random, number: int) -> Mapping[str, Any]:
    return {
        "id": f"cust-{number:04}",
        "name": "Ada Lindqvist",
        "email": f"c{number}@example.{chance.choice(_ENDS)}",
        "address": {
            "street": "Hafengasse 12",
            "postcode": "20457",
            "city": chance.choice(_CITIES),
            "country": chance.choice(_COUNTRIES),
        },
    }


def _metadata(chance: random.Random, number: int) -> Mapping[str, Any]:
    return {
        "event_id": f"{number:08x}-7a8c-5a61-9b5e-3f0d6d6a4c11",
        "subject": f"order-{number}",
        "correlation_id": f"{number:08x}-0000-4d0e-9a53-2f6c8e1b7d40",
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "producer": "orders" if chance.random() < 0.9 else f"test-{number % 90}",  # noqa: PLR2004 - nine in ten
    }
