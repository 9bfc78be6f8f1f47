"""Random patterns and events that have something to do with each other."""

from collections.abc import Iterator
from random import Random
from typing import Any, Final

KEYS: Final = ("a", "b", "c", "a.b", "b.c")
TEXTS: Final = (
    *("", "x", "xy", "X", "Xy", "yx", "xyx", "straße", "STRASSE", "ß", "*", "x*y", "\\"),
    *("10.0.0.1", "10.0.1.255", "10.0.0.256", "2001:db8::1", "2001:DB8:0::1", "::ffff", "300"),
    *("\N{RED APPLE}", "é", "e\N{COMBINING ACUTE ACCENT}", "x ", "line\nx"),
)
NUMBERS: Final = (0, -0.0, 1, 1.0, 2, -1, 300, 3e2, 0.1, 5e9, 2**53, 2**53 + 1, 10**400)
WILDCARDS: Final = ("*", "x*", "*x", "x*y*x", "*y*", "", "x", r"\*", r"x\*y", r"*\\", "*ß*")
NETWORKS: Final = ("10.0.0.0/24", "10.0.0.0/8", "0.0.0.0/0", "2001:db8::/32", "::/0")
LEVELS_MAX: Final = 3


def a_value(random: Random) -> Any:
    """A leaf of an event."""
    kind = random.randrange(10)
    if kind < 6:
        return random.choice(TEXTS)
    return random.choice(NUMBERS) if kind < 9 else random.choice((True, False, None))


def a_tree(random: Random, levels: int = LEVELS_MAX) -> Any:
    """Any JSON: objects, arrays of objects, arrays of arrays, leaves."""
    kind = random.randrange(10)
    if levels == 0 or kind < 3:
        return a_value(random)
    if kind < 7:
        keys = random.sample(KEYS, random.randint(0, 3))
        return {key: a_tree(random, levels - 1) for key in keys}
    return [a_tree(random, levels - 1) for _ in range(random.randint(0, 3))]


def an_event(random: Random) -> dict[str, Any]:
    """An event that one of the patterns may be about."""
    source = random.choice(["s", "t", 1, None, ["s", "t"]])
    head = {"source": source, "detail-type": random.choice(["D", "E"])}
    body = {key: a_tree(random) for key in random.sample(KEYS, random.randint(1, 4))}
    return {key: value for key, value in head.items() if random.random() < 0.9} | body


def a_pattern(random: Random) -> dict[str, Any]:
    """A valid pattern."""
    found = an_object(random, LEVELS_MAX)
    if random.random() < 0.5:
        found = {"source": random.choice([["s"], ["s", "t"], [{"prefix": "s"}], [1]])} | found
    if random.random() < 0.4:
        found["detail-type"] = random.choice([["D"], ["E"], [{"anything-but": "D"}]])
    return found


def a_pattern_about(random: Random, event: dict[str, Any]) -> dict[str, Any]:
    """A pattern whose fields the event has, most of them with clauses that it fulfils."""
    found: dict[str, Any] = {}
    leaves = list(_leaves(event, ()))
    for path, value in random.sample(leaves, min(len(leaves), random.randint(1, 3))):
        _put(found, path, [_entry_about(random, value)])
    if random.random() < 0.3:
        _put(found, (*random.choice(leaves or [(("a",), 1)])[0][:-1], "c"), [{"exists": False}])
    if random.random() < 0.2:
        found["$or"] = [an_object(random, 2), a_pattern_about(random, event)]
    return found or {"a": [{"exists": False}]}


def _leaves(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, (*path, key))
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner, path)
    elif path:
        yield path, value


def _put(tree: dict[str, Any], path: tuple[str, ...], clause: list[Any]) -> None:
    """Put a clause at a path, unless a clause stands in its way."""
    *keys, last = path
    for key in keys:
        inner = tree.setdefault(key, {})
        if not isinstance(inner, dict):
            return
        tree = inner
    tree.setdefault(last, clause)


def _entry_about(random: Random, value: Any) -> Any:
    """An entry that has something to do with the value; it may take it or not."""
    kind = random.randrange(8)
    if kind == 0:
        return an_entry(random)
    if kind == 1:
        return {"exists": True}
    if isinstance(value, str) and kind > 2:
        return _text_entry_about(random, value)
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e10:
        return _number_entry_about(random, value)
    return value


def _text_entry_about(random: Random, value: str) -> Any:
    cut = random.randint(0, len(value))
    escaped = value.replace("\\", "\\\\").replace("*", "\\*")
    operator, operand = random.choice(
        [
            ("prefix", value[:cut]),
            ("suffix", value[cut:]),
            ("equals-ignore-case", value.swapcase()),
            ("wildcard", f"{escaped}*"),
            ("exactly", value),
        ]
    )
    negated = operator != "exactly" and operand and random.random() < 0.4
    if negated:
        return {"anything-but": random.choice([{operator: [operand]}, value or "x"])}
    if operator in {"prefix", "suffix"} and random.random() < 0.5:
        return {operator: {"equals-ignore-case": operand.swapcase()}}
    return {operator: operand}


def _number_entry_about(random: Random, value: float) -> Any:
    compared = {"numeric": [random.choice(("=", "<", "<=", ">", ">=")), value]}
    between = {"numeric": [">=", value, "<", value + 1]}
    return random.choice([value, compared, between, {"anything-but": [value, 7]}])


def an_object(random: Random, levels: int) -> dict[str, Any]:
    """One level of a pattern."""
    found: dict[str, Any] = {}
    for key in random.sample(KEYS, random.randint(1, 2)):
        deeper = levels > 1 and random.random() < 0.4
        found[key] = an_object(random, levels - 1) if deeper else a_clause(random)
    if levels > 1 and random.random() < 0.15:
        found["$or"] = [an_object(random, levels - 1) for _ in range(2)]
    return found


def a_clause(random: Random) -> list[Any]:
    """One to three entries."""
    return [an_entry(random) for _ in range(random.choice((1, 1, 1, 2, 3)))]


def an_entry(random: Random) -> Any:
    """A plain value or an operator."""
    text = random.choice(TEXTS)
    kind = random.randrange(14)
    if kind < 4:
        return a_value(random)
    return (
        lambda: {"prefix": text},
        lambda: {"suffix": text},
        lambda: {random.choice(("prefix", "suffix")): {"equals-ignore-case": text}},
        lambda: {"equals-ignore-case": text},
        lambda: {"wildcard": random.choice(WILDCARDS)},
        lambda: {"exists": random.choice((True, False))},
        lambda: {"cidr": random.choice(NETWORKS)},
        lambda: {"numeric": a_range(random)},
        lambda: {"anything-but": an_exclusion(random)},
        lambda: {"exactly": text},
    )[kind - 4]()


def a_range(random: Random) -> list[Any]:
    """One comparison or two."""
    low, high = sorted(random.sample([-1, 0, 0.1, 1, 2, 300, 5e9, 2**53], 2))
    if random.random() < 0.5:
        return [random.choice(("=", "<", "<=", ">", ">=")), low]
    return [random.choice((">", ">=")), low, random.choice(("<", "<=")), high]


def an_exclusion(random: Random) -> Any:
    """What anything-but takes."""
    texts = random.sample(TEXTS[1:], random.randint(1, 3))
    kind = random.randrange(4)
    if kind == 0:
        return random.choice((texts, texts[0]))
    if kind == 1:
        return random.sample(NUMBERS[:-1], 2)
    if kind == 2:
        return {"wildcard": random.sample(WILDCARDS, 2)}
    return {random.choice(("prefix", "suffix", "equals-ignore-case")): texts}


def a_draw(random: Random, patterns: int, events: int) -> tuple[dict[str, Any], list[Any]]:
    """Patterns by name, half of them about one of the events, and events."""
    drawn = [an_event(random) for _ in range(events)]
    trees = [a_pattern(random) for _ in range(patterns // 2)]
    trees += [a_pattern_about(random, random.choice(drawn)) for _ in range(patterns // 2)]
    return {str(number): tree for number, tree in enumerate(trees)}, drawn
