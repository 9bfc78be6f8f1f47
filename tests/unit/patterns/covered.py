"""Which operators a pattern tries on events, and with which outcomes, by the oracle's account."""

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.unit.patterns import oracle

PLAIN = {"text", "IPv6 text", "number", "huge number", "true", "false", "null"}
COMPARED = {f"numeric {one}" for one in ("=", "<", "<=", ">", ">=", "between")}
EXCLUDED = {
    f"anything-but {one}"
    for one in ("texts", "numbers", "prefix", "suffix", "equals-ignore-case", "wildcard")
}
EVERYTHING = {
    *PLAIN,
    *COMPARED,
    *EXCLUDED,
    *("exactly", "prefix", "suffix", "equals-ignore-case", "wildcard", "$or", "pattern"),
    *("prefix equals-ignore-case", "suffix equals-ignore-case"),
    *("exists true", "exists false", "cidr 4", "cidr 6"),
}


def outcomes(pattern: Mapping[str, Any], events: Sequence[Mapping[str, Any]]) -> set[Any]:
    """Pairs of what was tried and whether it was fulfilled."""
    found: set[tuple[str, bool]] = set()
    for event in events:
        whole = oracle.matches(pattern, event)
        found.add(("pattern", whole))
        if any(key == "$or" for key in _keys(pattern)):
            found.add(("$or", whole))
        places = list(oracle.flatten(event))
        for clauses in oracle.alternatives(pattern, ""):
            for path, entries in clauses.items():
                values = [place.value for place in places if place.path == path]
                found |= {pair for entry in entries for pair in _tried(entry, values)}
    return found


def _keys(tree: Any) -> Iterator[str]:
    if isinstance(tree, dict):
        for key, inner in tree.items():
            yield key
            yield from _keys(inner)


def _tried(entry: Any, values: Sequence[Any]) -> Iterator[tuple[str, bool]]:
    if entry == {"exists": False}:
        yield "exists false", not values
    elif entry == {"exists": True}:
        yield "exists true", bool(values)
    else:
        for value in values:
            yield named(entry), oracle.passes(entry, value)


def named(entry: Any) -> str:
    """What an entry tries."""
    if not isinstance(entry, dict):
        return _plain(entry)
    ((operator, operand),) = entry.items()
    if operator == "numeric":
        return f"numeric {operand[0] if len(operand) == 2 else 'between'}"
    if operator == "cidr":
        return f"cidr {ipaddress.ip_network(operand).version}"
    if isinstance(operand, dict):
        return f"{operator} {next(iter(operand))}"
    if operator == "anything-but":
        first = operand[0] if isinstance(operand, list) else operand
        return f"anything-but {'texts' if isinstance(first, str) else 'numbers'}"
    return str(operator)


def _plain(entry: Any) -> str:
    if entry is None or isinstance(entry, bool):
        return {None: "null", True: "true", False: "false"}[entry]
    if isinstance(entry, str):
        return "IPv6 text" if oracle.same_address(entry, entry) else "text"
    return "number" if oracle.is_number(entry) else "huge number"
