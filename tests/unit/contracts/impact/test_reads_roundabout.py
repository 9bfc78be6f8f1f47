"""A read is seen however roundabout the way to it: registries, operators, base classes, storage."""

from pathlib import Path

import pytest

from tests.unit.contracts.impact.shop import read_by
from trunklab.contracts.impact.field_paths import covers, path_of

TWO = "def a(s):\n    return s.id\ndef b(s):\n    return s.total.minor\n"
KEEPER = "class K:\n    def __init__(self, s):\n        self.s, self.t = s, s.total\n"
CALLED = "def __call__(self):\n        return self.s.total.minor\n"

REGISTERED = {
    "an entry added at the top": ('R["b"](sold)', TWO + 'R = {"a": a}\nR["b"] = b'),
    "an entry added by a method": ('R["b"](sold)', TWO + 'R = {"a": a}\nR.update(b=b)'),
    "a list that grows at the top": ("for f in L:\n    f(sold)", TWO + "L = [a]\nL += [b]"),
    "entries added in a loop": (
        'R["b"](sold)',
        TWO + 'R = {"x": a}\nfor f in (a, b):\n    R[f.__name__] = f',
    ),
    "a decorator that registers": (
        'R["b"](sold)',
        (
            'R = {"a": lambda s: s.id}\ndef known(f):\n    R[f.__name__] = f\n    return f\n'
            "@known\ndef b(s):\n    return s.total.minor"
        ),
    ),
    "a class that is registered": (
        "for k in L:\n    k(sold)()",
        f"L = [print]\ndef known(c):\n    L.append(c)\n    return c\n@known\n{KEEPER}    {CALLED}",
    ),
    "a key that may be another": (
        'R[sold.id or "a"](sold)',
        TWO + 'R = {"a": a, "b": b}',
    ),
    "a key that another function makes": (
        'k = "a"\nif sold.id:\n    k = named(sold.id)\nR[k](sold)',
        TWO + 'R = {"a": a, "b": b}\ndef named(s):\n    return s.lower()',
    ),
}

OWN_CLASSES = {
    "the body of a class": ("class C:\n    m = sold.total.minor", ""),
    "an attribute of a class": ("class C:\n    e = sold\nprint(C.e.total.minor)", ""),
    "an attribute of a class, set later": (
        "C.e = sold\nprint(C().e.total.minor)",
        "class C:\n    e = None",
    ),
    "a default": ("def inner(x=sold.total.minor):\n    return x", ""),
    "a default of a lambda": ("f = lambda x=sold.total.minor: x", ""),
    "iterating": (
        "for t in K(sold):\n    print(t.minor)",
        KEEPER + "    def __iter__(self):\n        return iter([l.price for l in self.s.lines])",
    ),
    "an index": (
        "print(K(sold)[0].minor)",
        KEEPER + "    def __getitem__(self, i):\n        return self.s.lines[i].price",
    ),
    "entering": (
        "with K(sold) as t:\n    print(t.minor)",
        KEEPER + "    def __enter__(self):\n        return self.s.lines[0].price",
    ),
    "a base's method": (
        "print(S(sold).m())",
        KEEPER + "    def m(self):\n        return self.s.total.minor\n"
        "class S(K):\n    def m(self):\n        return super().m()",
    ),
    "a base's initialiser": (
        "print(S(sold).s.total.minor)",
        KEEPER + "class S(K):\n    def __init__(self, s):\n        super().__init__(s)",
    ),
    "a base's property": (
        "print(S(sold).m)",
        KEEPER + "    @property\n    def m(self):\n        return self.s.total.minor\n"
        "class S(K):\n    @property\n    def m(self):\n        return super().m",
    ),
    "its own class once more": (
        "print(K(sold).again().s.total.minor)",
        KEEPER + "    def again(self):\n        return type(self)(self.s)",
    ),
    "a lambda as a method": (
        "print(K(sold).m())",
        KEEPER + "    m = lambda self: self.s.total.minor",
    ),
    "a method of two names": (
        "print(K(sold).m())",
        KEEPER + "    def n(self):\n        return self.s.total.minor\n    m = n",
    ),
    "a property made by a call": (
        "print(K(sold).m)",
        KEEPER + "    def n(self):\n        return self.s.total.minor\n    m = property(n)",
    ),
}

KEPT = {
    "in a dict of the module": ('C["x"] = sold', "C = {}"),
    "in a list of the module": ("C.append(sold)", "C = []"),
    "in an object of the module": ("O.e = sold", "class K: pass\nO = K()"),
    "by an object of the module": (
        "O.put(sold)",
        (
            "class K:\n    def __init__(self):\n        self.all = []\n"
            "    def put(self, e):\n        self.all.append(e)\nO = K()"
        ),
    ),
    "in a class": ("C.e = sold", "class C:\n    e = None"),
}

CONTAINERS = {
    "a slice that is filled": ("l = []\nl[:] = sold.lines\nprint(l[0].price.minor)", ""),
    "what a generator returns": (
        "for x in g(sold):\n    pass",
        (
            "def h(s):\n    yield 1\n    return s.lines[0]\n"
            "def g(s):\n    l = yield from h(s)\n    yield l.price.minor"
        ),
    ),
    "lists by key": (
        (
            "from collections import defaultdict\nd = defaultdict(list)\n"
            "for l in sold.lines:\n    d[l.sku].append(l)\nprint(d['a'][0].price.minor)"
        ),
        "",
    ),
    "objects by key": (
        (
            "from collections import defaultdict\nd = defaultdict(lambda: [sold.lines[0]])\n"
            "print(d['a'][0].price.minor)"
        ),
        "",
    ),
    "groups": (
        (
            "from itertools import groupby\nfor k, g in groupby(sold.lines, key=lambda l: l.sku):\n"
            "    print([l.price.minor for l in g])"
        ),
        "",
    ),
    "neighbours": (
        "from itertools import pairwise\nfor a, b in pairwise(sold.lines):\n    b.price.minor",
        "",
    ),
    "a context of its own": (
        (
            "from contextlib import nullcontext\nwith nullcontext(sold.lines) as s:\n"
            "    print(s[0].price.minor)"
        ),
        "",
    ),
}


@pytest.mark.parametrize(("body", "above"), REGISTERED.values(), ids=REGISTERED.keys())
def test_what_may_be_called_through_a_registry_is_followed(
    tmp_path: Path, body: str, above: str
) -> None:
    """Whatever fills it while the module is imported, and whichever key is asked for."""
    found = read_by(tmp_path, body, above)

    assert covers(found.paths, path_of("total.minor")), found
    assert found.unknown == ()


@pytest.mark.parametrize(("body", "above"), OWN_CLASSES.values(), ids=OWN_CLASSES.keys())
def test_what_a_class_of_the_service_does_is_followed(
    tmp_path: Path, body: str, above: str
) -> None:
    """Operators, bases, names of methods, and what runs while it is defined."""
    found = read_by(tmp_path, body, above)

    wanted = "lines.price.minor" if ".price" in above else "total.minor"
    assert covers(found.paths, path_of(wanted)), found
    assert found.unknown == ()


@pytest.mark.parametrize(("body", "above"), KEPT.values(), ids=KEPT.keys())
def test_what_outlives_the_handler_is_read_as_a_whole(
    tmp_path: Path, body: str, above: str
) -> None:
    """Another call, or another handler, may look at anything in it."""
    found = read_by(tmp_path, body, above)

    assert covers(found.paths, path_of("total.minor")), found


@pytest.mark.parametrize(("body", "above"), CONTAINERS.values(), ids=CONTAINERS.keys())
def test_what_a_container_holds_is_followed(tmp_path: Path, body: str, above: str) -> None:
    """However it came there."""
    found = read_by(tmp_path, body, above)

    assert covers(found.paths, path_of("lines.price.minor")), found
    assert found.unknown == ()


def test_whether_there_is_a_field_is_read(tmp_path: Path) -> None:
    """A field that is asked for by name is missed once it is gone; another one never was there."""
    found = read_by(tmp_path, "print(hasattr(sold, 'tip'), hasattr(sold, 'colour'))")

    assert (covers(found.paths, ("tip",)), found.unknown) == (True, ())
