"""A second, naive reading of the pattern language, to compare the engine with.

It shares no code with the engine and is written for its meaning alone: all leaves of an event, all
alternatives of a pattern, every choice of leaves, one after the other. Patterns and events are
trees of plain Python values; patterns are taken to be valid.
"""

import ipaddress
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

V6 = re.compile(r"[0-9a-fA-F:]+")


@dataclass(frozen=True)
class Place:
    """A leaf: its path with dots, its value, the elements of arrays that it is in."""

    path: str
    value: Any
    elements: frozenset[tuple[int, int]]


def matches(pattern: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    """Whether one alternative of the pattern has a choice of leaves that fits together."""
    places = list(flatten(event))
    return any(choice_fits(clauses, places) for clauses in alternatives(pattern, ""))


def flatten(event: Mapping[str, Any]) -> Iterator[Place]:
    """Yield every leaf of the event."""
    arrays = iter(range(10_000_000))

    def walk(value: Any, path: str, elements: frozenset[tuple[int, int]]) -> Iterator[Place]:
        if isinstance(value, dict):
            for key, inner in value.items():
                yield from walk(inner, f"{path}.{key}" if path else key, elements)
        elif isinstance(value, list):
            number = next(arrays)
            for index, inner in enumerate(value):
                nested = isinstance(inner, dict | list)
                inside = elements | {(number, index)} if nested else elements
                yield from walk(inner, path, inside)
        else:
            yield Place(path, value, elements)

    yield from walk(dict(event), "", frozenset())


def alternatives(tree: Mapping[str, Any], path: str) -> list[dict[str, list[Any]]]:
    """Every combination of the pattern's `$or`, as entries by path; the last of a path counts."""
    found: list[dict[str, list[Any]]] = [{}]
    for key, inner in tree.items():
        here = f"{path}.{key}" if path else key
        if key == "$or":
            more = [one for branch in inner for one in alternatives(branch, path)]
        elif isinstance(inner, dict):
            more = alternatives(inner, here)
        else:
            more = [{here: inner}]
        found = [before | after for after, before in product(more, found)]
    return found


def choice_fits(clauses: Mapping[str, list[Any]], places: list[Place]) -> bool:
    """Try every leaf, or absence, for every clause."""
    options: list[list[Place | str]] = []
    for path, entries in clauses.items():
        fitting: list[Place | str] = [
            place
            for place in places
            if place.path == path and any(passes(entry, place.value) for entry in entries)
        ]
        if {"exists": False} in entries:
            fitting.append(path)
        options.append(fitting)
    return any(together(choice, places) for choice in product(*options))


def together(choice: tuple[Place | str, ...], places: list[Place]) -> bool:
    """Whether no two leaves sit in different elements, and what is absent is absent beside them."""
    chosen: dict[int, int] = {}
    for place in choice:
        if isinstance(place, Place):
            for array, index in place.elements:
                if chosen.setdefault(array, index) != index:
                    return False
    absent = {path for path in choice if isinstance(path, str)}
    return not any(
        place.path in absent
        and all(chosen.get(array, index) == index for array, index in place.elements)
        for place in places
    )


def passes(entry: Any, value: Any) -> bool:
    """Whether a value is what one entry of a clause says."""
    if isinstance(entry, dict):
        ((operator, operand),) = entry.items()
        return operates(operator, operand, value)
    if isinstance(entry, str):
        return isinstance(value, str) and (entry == value or same_address(entry, value))
    if is_number(entry):
        return is_number(value) and float(entry) == float(value)
    return type(entry) is type(value) and bool(entry == value)


def operates(operator: str, operand: Any, value: Any) -> bool:
    """Whether a value is what an operator says."""
    if operator == "exists":
        return bool(operand)
    if operator == "anything-but":
        return anything_but(operand, value)
    if operator == "numeric":
        return is_number(value) and all(
            compare(float(value), how, float(bound))
            for how, bound in zip(operand[::2], operand[1::2], strict=True)
        )
    return isinstance(value, str) and string_operates(operator, operand, value)


def string_operates(operator: str, operand: Any, value: str) -> bool:
    """Whether a text is what an operator says."""
    if operator == "exactly":
        return bool(value == operand)
    if operator == "cidr":
        return in_network(operand, value)
    any_case = operator == "equals-ignore-case"
    if isinstance(operand, dict):
        any_case, operand = True, operand["equals-ignore-case"]
    expression = wild(operand) if operator == "wildcard" else letters(operand, any_case=any_case)
    before = ".*" if operator == "suffix" else ""
    after = ".*" if operator == "prefix" else ""
    return re.fullmatch(before + expression + after, value, re.DOTALL) is not None


def anything_but(operand: Any, value: Any) -> bool:
    """Whether a value is none of those."""
    if isinstance(operand, dict):
        ((operator, inner),) = operand.items()
        values = inner if isinstance(inner, list) else [inner]
        return not any(operates(operator, one, value) for one in values)
    values = operand if isinstance(operand, list) else [operand]
    if is_number(value):
        return not any(is_number(one) and float(one) == float(value) for one in values)
    return not (isinstance(value, str) and value in values)


def letters(text: str, *, any_case: bool) -> str:
    """A regular expression for a text."""
    if not any_case:
        return re.escape(text)
    forms = [f"(?:{re.escape(one.lower())}|{re.escape(one.upper())})" for one in text]
    return "".join(forms)


def wild(text: str) -> str:
    """A regular expression for a wildcard."""
    found = re.sub(r"\\([*\\])|(\*)|(.)", _wild_part, text, flags=re.DOTALL)
    return str(found)


def _wild_part(found: re.Match[str]) -> str:
    return ".*" if found[2] else re.escape(found[1] or found[3])


def compare(value: float, how: str, bound: float) -> bool:
    """One comparison of numbers."""
    return {
        "=": value == bound,
        "<": value < bound,
        "<=": value <= bound,
        ">": value > bound,
        ">=": value >= bound,
    }[how]


def is_number(value: Any) -> bool:
    """Whether JSON calls it a number, and a double can hold it."""
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and abs(value) < 2**1024
        and math.isfinite(value)
    )


def same_address(one: str, other: str) -> bool:
    """Whether both texts spell one address of version 6."""
    if not (V6.fullmatch(one) and V6.fullmatch(other)):
        return False
    try:
        return ipaddress.IPv6Address(one) == ipaddress.IPv6Address(other)
    except ValueError:
        return False


def in_network(network: str, text: str) -> bool:
    """Whether a text is an address of the network."""
    if not re.fullmatch(r"[0-9.]+|[0-9a-fA-F:]+", text):
        return False
    try:
        return ipaddress.ip_address(text) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False
