"""Which fields a handler reads is told from its source, whatever way it is written."""

from pathlib import Path
from typing import Final

import pytest

from tests.unit.contracts.impact.shop import named, read_by
from trunklab.contracts.impact.static.types import Types

IN_ONE_FUNCTION = {
    "nothing": ("return None", []),
    "a field": ("print(sold.id)", ["id"]),
    "a chain of fields": ("print(sold.total.minor)", ["total.minor"]),
    "a name of its own": ("total = sold.total\nprint(total.minor)", ["total.minor"]),
    "an alias of the event": ("event = other = sold\nprint(other.id)", ["id"]),
    "a name that is bound anew": ("total = sold.total\ntotal = 1\nprint(total)", ["total"]),
    "unpacking": ("a, b = sold.total, sold.id\nprint(a.minor, b)", ["id", "total.minor"]),
    "unpacking with a star": (
        "a, *b = [sold.total, sold.total]\nprint(b[0].minor)",
        ["total.minor"],
    ),
    "a walrus": ("if (tip := sold.tip) is not None:\n    print(tip.minor)", ["tip.minor"]),
    "only that there is one": ("if sold.tip is None:\n    return", ["tip"]),
    "a loop": ("for line in sold.lines:\n    print(line.sku)", ["lines.sku"]),
    "a loop with numbers": (
        "for n, line in enumerate(sold.lines):\n    print(line.sku)",
        ["lines.sku"],
    ),
    "a loop over two": (
        "for a, b in zip(sold.lines, sold.lines):\n    print(a.sku, b.price.minor)",
        ["lines.price.minor", "lines.sku"],
    ),
    "an index": ("print(sold.lines[0].price.currency)", ["lines.price.currency"]),
    "a slice": ("for line in sold.lines[1:]:\n    print(line.sku)", ["lines.sku"]),
    "how many": ("print(len(sold.lines))", ["lines"]),
    "a sum": ("print(sum(line.price.minor for line in sold.lines))", ["lines.price.minor"]),
    "a list comprehension": (
        "skus = [l.sku for l in sold.lines if l.price]",
        ["lines.price", "lines.sku"],
    ),
    "a dict comprehension": (
        "d = {l.sku: l.price for l in sold.lines}\nprint(d['a'].minor)",
        ["lines.price.minor", "lines.sku"],
    ),
    "a list that is filled": (
        "kept = []\nfor line in sold.lines:\n    kept.append(line)\nprint(kept[0].sku)",
        ["lines.sku"],
    ),
    "a dict of its own": ("d = {'a': sold.total}\nprint(d['a'].minor)", ["total.minor"]),
    "the pairs of a dict": (
        "d = {'a': sold.total}\nfor k, v in d.items():\n    print(v.minor)",
        ["total.minor"],
    ),
    "sorted by a key": (
        "first = sorted(sold.lines, key=lambda line: line.sku)[0]\nprint(first.price.minor)",
        ["lines.price.minor", "lines.sku"],
    ),
    "the greatest": (
        "print(max(sold.lines, key=lambda line: line.price.minor).sku)",
        ["lines.price.minor", "lines.sku"],
    ),
    "a filter": (
        "for line in filter(lambda l: l.sku, sold.lines):\n    print(line.price.minor)",
        ["lines.price.minor", "lines.sku"],
    ),
    "a map": (
        "for price in map(lambda l: l.price, sold.lines):\n    print(price.minor)",
        ["lines.price.minor"],
    ),
    "the first that fits": (
        "print(next(l for l in sold.lines if l.sku).price.minor)",
        ["lines.price.minor", "lines.sku"],
    ),
    "an f-string": (
        "raise PermanentError(f'{sold.id}: {sold.total.minor:>5}')",
        ["id", "total.minor"],
    ),
    "an f-string of a whole part": ("print(f'{sold.total}')", ["total.*"]),
    "old formatting": ("print('%s' % sold.total)", ["total.*"]),
    "a comparison of parts": ("if sold.total == sold.tip:\n    return", ["tip.*", "total.*"]),
    "a choice": (
        "part = sold.total if sold.id else sold.tip\nprint(part.minor)",
        ["id", "tip.minor", "total.minor"],
    ),
    "an or": ("part = sold.tip or sold.total\nprint(part.minor)", ["tip.minor", "total.minor"]),
    "branches": (
        "if sold.id:\n    part = sold.tip\nelse:\n    part = sold.total\nprint(part.minor)",
        ["id", "tip.minor", "total.minor"],
    ),
    "a try": (
        "try:\n    part = sold.tip\nexcept ValueError:\n    part = sold.total\nprint(part.minor)",
        ["tip.minor", "total.minor"],
    ),
    "a while": ("while sold.total.minor > 1:\n    break", ["total.minor"]),
    "getattr with a literal": ("print(getattr(sold, 'total').minor)", ["total.minor"]),
    "getattr over literals": (
        "for name in ('id', 'notes'):\n    print(getattr(sold, name))",
        ["id", "notes.*"],
    ),
    "attrgetter": (
        "from operator import attrgetter\nprint(attrgetter('total.minor')(sold))",
        ["total.minor"],
    ),
    "a key of a map": (
        "print(sold.notes['gift'], sold.notes.get('card'))",
        ["notes.card", "notes.gift"],
    ),
    "a key that is not known": ("print(sold.notes[sold.id])", ["id", "notes.*"]),
    "all of a map": ("for key, note in sold.notes.items():\n    print(note)", ["notes.*"]),
    "the subject": ("print(sold.subject)", ["id"]),
    "what the class says": ("print(sold.detail_type, sold.source, sold.owner)", []),
    "model_dump": ("print(sold.model_dump())", ["*"]),
    "to_data": ("print(sold.to_data())", ["*"]),
    "a part's model_dump": ("print({**sold.total.model_dump()})", ["total.*"]),
    "iterating over the event": ("for name, value in sold:\n    print(name)", ["*"]),
    "vars": ("print(vars(sold.total))", ["total.*"]),
    "dict": ("print(dict(sold.total))", ["total.*"]),
    "str of the event": ("print(str(sold))", ["*"]),
    "storing a field": ("unit.put('a', sold.id, {})", ["id"]),
    "storing a part": ("unit.put('a', 'b', {'total': sold.total})", ["total.*"]),
    "handing it back": ("return sold", ["*"]),
    "making a contract of parts": ("return Line(sku=sold.id, price=sold.total)", ["id", "total.*"]),
    "the raw data": ("print(unit.event.data['total']['minor'])", ["total.minor"]),
    "all raw data": ("print(unit.event.data)", ["*"]),
    "metadata alone": ("print(unit.event.metadata.event_id)", []),
    "a property of the contract": ("print(sold.total.is_free)", ["total.minor"]),
    "a method of the contract": ("print(sold.total.in_words('EUR'))", ["total.minor"]),
    "a class method of the contract": ("print(Money.nothing().minor)", []),
    "a field with an alias": ("print(sold.by.from_)", ["by.from"]),
    "an isinstance": ("if isinstance(sold.by, Buyer):\n    print(sold.by.name)", ["by.name"]),
    "a guarded call": ("unit.once('tell', lambda key: print(key, sold.id))", ["id"]),
    "a with": ("with open('x') as f:\n    f.write(sold.id)", ["id"]),
    "a name before a break": (
        (
            "part = None\nwhile True:\n    part = sold.total\n    if sold.id:\n        break\n"
            "    part = None\nprint(part.minor)"
        ),
        ["id", "total.minor"],
    ),
    "a name before a failure": (
        (
            "try:\n    part = sold.total\n    print(1)\n    part = None\n"
            "except ValueError:\n    print(part.minor)"
        ),
        ["total.minor"],
    ),
    "names passed on in a loop": (
        (
            "a = b = c = d = e = None\nfor line in sold.lines:\n    e is None or e.sku\n"
            "    e = d\n    d = c\n    c = b\n    b = a\n    a = line"
        ),
        ["lines.sku"],
    ),
    "a walrus in a comprehension": (
        "if any((found := line).sku for line in sold.lines):\n    print(found.price.minor)",
        ["lines.price.minor", "lines.sku"],
    ),
    "a class within": (
        "class Inner:\n    def minor(self):\n        return sold.total.minor\nInner().minor()",
        ["total.minor"],
    ),
    "a function that is called back": (
        "import json\njson.dumps({}, default=lambda _: sold.total.minor)",
        ["total.minor"],
    ),
    "nested functions": (
        "def inner():\n    return total.minor\ntotal = sold.total\nprint(inner())",
        ["total.minor"],
    ),
    "a function within a function": (
        (
            "def outer():\n    def inner():\n        return total.minor\n    return inner()\n"
            "total = sold.total\nprint(outer())"
        ),
        ["total.minor"],
    ),
    "star arguments of a star": (
        "def many(*parts):\n    return parts[0].minor\nprint(many(*[sold.total]))",
        ["total.minor"],
    ),
    "star arguments of a dataclass": (
        (
            "from dataclasses import dataclass\n@dataclass\nclass Kept:\n    part: object\n"
            "print(Kept(*[sold.total]).part.minor)"
        ),
        ["total.minor"],
    ),
    "text of a field": ("print(sold.id.upper().split('-')[0])", ["id"]),
}

MATCHING = {
    "a class": ("match sold.by:\n    case Buyer(name=n):\n        print(n)", ["by.name"]),
    "two classes": (
        "match sold.by:\n    case Buyer(name=n):\n        n()\n    case Firm(vat=v):\n        v()",
        ["by.name", "by.vat"],
    ),
    "a class within": (
        "match sold:\n    case Sold(total=Money(minor=0)):\n        return",
        ["total.minor"],
    ),
    "a name for the whole": (
        "match sold.total:\n    case Money() as m:\n        print(m.minor)",
        ["total.minor"],
    ),
    "literals": ("match sold.id:\n    case 'a' | 'b':\n        return", ["id"]),
    "a sequence": (
        "match sold.lines:\n    case [a, *rest]:\n        print(a.sku, rest[0].price.minor)",
        ["lines.price.minor", "lines.sku"],
    ),
    "a tuple": (
        "match (sold.id, sold.total):\n    case (_, total):\n        print(total.minor)",
        ["id", "total.minor"],
    ),
    "a mapping": (
        "match sold.notes:\n    case {'gift': note}:\n        print(note)",
        ["notes.gift"],
    ),
    "a guard": ("match sold.total:\n    case m if m.minor:\n        return", ["total.minor"]),
}

BY_BASE = {
    "a base class": (
        "import schemas.sales as s\nmatch sold.by:\n    case s.Value() as v:\n        print(v.vat)",
        ["by.vat"],
    ),
    "a field of a base class": (
        "import schemas.sales as s\nmatch sold.total:\n    case s.Value(minor=m):\n        m.x()",
        ["total.minor"],
    ),
}
"""Classes that a handler imports itself."""


@pytest.mark.parametrize(("body", "expected"), IN_ONE_FUNCTION.values(), ids=IN_ONE_FUNCTION.keys())
def test_a_read_is_seen(tmp_path: Path, body: str, expected: list[str]) -> None:
    """What is read is listed, and nothing else; all of it is followed."""
    found = read_by(tmp_path, body)

    assert (named(found), found.unknown) == (expected, ())


@pytest.mark.parametrize(
    ("body", "expected"), (MATCHING | BY_BASE).values(), ids=(MATCHING | BY_BASE).keys()
)
def test_a_pattern_reads_what_it_compares(tmp_path: Path, body: str, expected: list[str]) -> None:
    """The fields of a class pattern are reads, and its names stand for them."""
    found = read_by(tmp_path, body)

    assert (named(found), found.unknown) == (expected, ())


TYPED: Final = {
    "in parts": {"allOf": [{"properties": {"b": {"type": "string"}}}]},
    "a/b~c": {"properties": {"b": {"type": "integer"}}},
    "pair": {"type": "array", "prefixItems": [{"properties": {"b": {"type": "null"}}}]},
}
"""Fields that hold a leaf each, written in ways that Pydantic takes now and then."""


@pytest.mark.parametrize("name", TYPED)
def test_below_a_leaf_there_is_nothing_to_read(name: str) -> None:
    """However the contract says that it is one."""
    types = Types({"type": "object", "properties": TYPED})
    places = types.field(types.root(), name) or ()
    if types.is_list(places):
        places = types.items(places)

    leaf = types.field(places, "b")

    assert leaf is not None
    assert types.is_scalar(leaf)
    assert types.field(places, "c") is None
