"""Explanations: each clause with what was found, and changes that really match."""

import json
import re
from random import Random
from typing import Any

import pytest

from tests.settings import seeds
from tests.unit.patterns import drawn, oracle
from trunklab.patterns import Pattern

CHANGES = [
    ({"a": ["x"]}, {"a": "y"}, ['set a to "x"']),
    ({"a": ["x"]}, {}, ['set a to "x"']),
    ({"a": ["x"]}, {"a": {"b": 1}}, ['set a to "x"']),
    ({"a": {"b": ["x"]}}, {"a": 3}, ['set a.b to "x"']),
    ({"a": {"b": ["x"]}}, {"a.b": "y"}, ['set a.b to "x"']),
    ({"a": ["east", "west"]}, {"a": "wesd"}, ['set a to "west"']),
    ({"a": [1, 500]}, {"a": 480}, ["set a to 500"]),
    ({"a": [{"prefix": "x"}]}, {"a": "y"}, ['set a to "xy"']),
    ({"a": [{"suffix": {"equals-ignore-case": "X"}}]}, {"a": "y"}, ['set a to "yX"']),
    ({"a": [{"numeric": [">", 1, "<", 2]}]}, {"a": 5}, ["set a to 1.5"]),
    ({"a": [{"numeric": [">=", 10]}]}, {"a": "x"}, ["set a to 10"]),
    ({"a": [{"anything-but": ["b", "other"]}]}, {"a": "b"}, ["set a to 0"]),
    ({"a": [{"cidr": "10.0.0.0/8"}]}, {"a": "11.0.0.1"}, ['set a to "10.0.0.1"']),
    ({"a": [{"wildcard": "x*y"}]}, {"a": "xz"}, ['set a to "xy"']),
    ({"a": [{"exists": False}]}, {"a": 1, "b": 2}, ["remove a"]),
    ({"a": {"b": [{"exists": False}]}}, {"a": [{"b": 1}, {"b": 2}]}, ["remove a[*].b"]),
    ({"a": [1], "b": [{"exists": False}]}, {"a": 2, "b": 3}, ["set a to 1", "remove b"]),
    ({"$or": [{"a": [1], "b": [2]}, {"c": [3]}]}, {"a": 0, "b": 0}, ["set c to 3"]),
    ({"e": {"f": ["A"], "l": ["B"]}}, {"e": [{"f": "A"}, {"l": "B"}]}, ['set e[0].l to "B"']),
    (
        {"e": {"f": ["A"], "g": [1], "l": ["B"]}},
        {"e": [{"f": "A"}, {"g": 1, "l": "B"}]},
        ['set e[1].f to "A"'],
    ),
    (
        {"e": {"f": ["A"], "g": [1], "l": ["B"]}},
        {"e": [{"f": "A"}, {"g": 1, "l": "B"}], "z": [{"y": 1}]},
        ['set e[1].f to "A"'],
    ),
    (
        {"e": {"f": ["A"], "g": [1], "l": ["B"]}, "z": {"y": [1]}},
        {"e": [{}, {}, {"f": "A", "g": 1}], "z": [{}, {"y": 0}]},
        ['set e[2].l to "B"', "set z[1].y to 1"],
    ),
    ({"e": {"f": ["A"]}}, {"e": [[{"f": "X"}]]}, ['set e[0][0].f to "A"']),
    ({"a.b.c": [{"exists": False}]}, {"a.b": {"d": 1}, "a.b.c": 2}, ["remove a.b.c"]),
    ({"a": [12, "another"]}, {"a": "12"}, ['set a to "another"']),
    ({"a": [{"numeric": [">", 1]}], "b": [True]}, {"a": 1e308, "b": 1}, ["set b to true"]),
]


@pytest.mark.parametrize(("pattern", "event", "expected"), CHANGES)
def test_the_nearest_change_is_named(
    pattern: dict[str, Any], event: dict[str, Any], expected: list[str]
) -> None:
    """The entry that is most like what was found, in the element that lacks least."""
    explanation = Pattern.parse(pattern).explain(event)

    assert not explanation.matched
    assert [str(change) for change in explanation.changes] == expected


def test_a_match_names_the_branch_that_matched() -> None:
    """And nothing to change."""
    explanation = Pattern.parse({"$or": [{"a": [1]}, {"b": [2]}]}).explain({"b": 2})

    assert str(explanation) == "the event matches\n  ok  b: expected 2, found 2"


def test_of_two_branches_that_match_the_last_one_is_named() -> None:
    """Its clauses are the ones that are shown."""
    explanation = Pattern.parse({"$or": [{"a": [1]}, {"b": [2]}]}).explain({"a": 1, "b": 2})

    assert [clause.path for clause in explanation.clauses] == ["b"]


def test_of_branches_that_fail_the_one_that_lacks_least_is_explained() -> None:
    """Wherever it stands."""
    pattern = Pattern.parse({"$or": [{"a": [1], "c": [3]}, {"b": [2]}, {"a": [1], "d": [4]}]})

    explanation = pattern.explain({"x": 1})

    assert [clause.path for clause in explanation.clauses] == ["b"]


def test_the_branch_that_lacks_least_is_tried_first() -> None:
    """However many others stand before it."""
    others = [{"a": [number], "c": [number]} for number in range(20)]

    explanation = Pattern.parse({"$or": [*others, {"b": [2]}]}).explain({"x": 1})

    assert [str(change) for change in explanation.changes] == ["set b to 2"]


def test_an_alternative_that_cannot_match_is_tried_once() -> None:
    """Without an array there is nothing else to try: a later alternative has its turn."""
    hopeless = [{"a": [1], "a.b": [number]} for number in range(5)]

    explanation = Pattern.parse({"$or": [*hopeless, {"x": [1]}]}).explain({"a": 1})

    assert [str(change) for change in explanation.changes] == ["set x to 1"]


def test_values_in_different_elements_are_said_to_be_scattered() -> None:
    """Each clause alone finds its value."""
    pattern = Pattern.parse({"e": {"f": ["A"], "l": ["B"]}})

    explanation = pattern.explain({"e": [{"f": "A", "l": "X"}, {"f": "Y", "l": "B"}]})

    assert explanation.scattered
    assert all(clause.matched for clause in explanation.clauses)
    assert "the values are in different elements of one array" in str(explanation)


def test_every_condition_is_told_as_a_pattern_writes_it() -> None:
    """So that it can be compared with the pattern."""
    entries = [
        *("x", "::1", 1, 1.5, None, True, {"exists": True}, {"exists": False}),
        *({"prefix": "x"}, {"suffix": {"equals-ignore-case": "x"}}, {"wildcard": "x*"}),
        *({"equals-ignore-case": "x"}, {"cidr": "10.0.0.0/8"}, {"anything-but": ["x", "y"]}),
        *({"anything-but": [1]}, {"anything-but": {"prefix": ["x"]}}, {"numeric": ["=", 1]}),
        *({"numeric": [">", 1, "<=", 2]}, {"numeric": ["<", 1]}, {"numeric": [">=", 1.5]}),
    ]

    (clause,) = Pattern.parse({"a": entries}).explain({"a": 1}).clauses

    assert [json.loads(one) for one in clause.expected] == entries


def test_of_many_values_some_are_shown() -> None:
    """An explanation is for a reader."""
    (clause,) = Pattern.parse({"a": [-1]}).explain({"a": list(range(1_000))}).clauses

    assert clause.found == tuple(map(str, range(10)))


@pytest.mark.parametrize(("others", "nearest"), [(99, True), (100, False)])
def test_a_hundred_entries_are_compared_with_what_was_found(others: int, *, nearest: bool) -> None:
    """An explanation takes no longer for more of them."""
    entries = [*(f"a{number}" for number in range(others)), "zzzy"]

    (change,) = Pattern.parse({"x": entries}).explain({"x": "zzzz"}).changes

    assert (change.value == '"zzzy"') is nearest


@pytest.mark.parametrize(
    ("before", "expected"),
    [(3, ['set e[3].l to "B"']), (4, ['set e[0].f to "A"', 'set e[0].l to "B"'])],
)
def test_four_elements_are_tried(before: int, expected: list[str]) -> None:
    """One that lacks less behind them is not seen."""
    pattern = Pattern.parse({"e": {"f": ["A"], "l": ["B"]}})
    elements = [*({"f": "X", "l": "X"} for _ in range(before)), {"f": "A", "l": "X"}]

    explanation = pattern.explain({"e": elements})

    assert [str(change) for change in explanation.changes] == expected


@pytest.mark.parametrize(("before", "changes"), [(5, 1), (6, 2)])
def test_a_dozen_changes_are_tried(before: int, changes: int) -> None:
    """Two for each alternative about the array; the last alternative would need one change."""
    costly = [{"e": {"f": ["A"], "g": [number], "l": ["B"]}} for number in range(before)]
    pattern = Pattern.parse({"$or": [*costly, {"x": [1]}]})

    explanation = pattern.explain({"e": [{"f": "A"}, {"l": "B"}]})

    assert len(explanation.changes) == changes


def applied(event: Any, place: str, value: str | None) -> Any:
    """A copy of the event with a change that an explanation names, read from its text."""
    steps = [int(one) if one.isdigit() else one for one in re.findall(r"[^.\[\]]+", place)]
    copy = holder = json.loads(json.dumps(event))
    for step in steps[:-1]:
        there = holder.get(step) if isinstance(holder, dict) else holder[step]
        if not holds_more(there):
            there = holder[step] = {}
        holder = there
    if value is None:
        holder.pop(steps[-1], None)
    else:
        holder[steps[-1]] = json.loads(value)
    return copy


def holds_more(value: Any) -> bool:
    """Whether there can be a field in it; if not, a change makes an object of it."""
    elements = value if isinstance(value, list) else [value]
    return any(isinstance(one, dict | list) for one in elements)


def test_a_change_that_is_named_makes_the_event_match_by_the_oracle() -> None:
    """Hundreds of random pairs; keys with dots are left out, whose places are no plain steps."""
    tried = 0
    for seed in seeds(200, 5_000):
        random = Random(seed)  # noqa: S311 - examples, not secrets
        patterns, events = drawn.a_draw(random, 4, 3)
        plain = [event for event in events if not re.search(r'[a-c]\.[a-c]"', json.dumps(event))]
        for event in plain:
            for tree in patterns.values():
                changes = Pattern.parse(tree).explain(event).changes
                changed = event
                if any("[*]" in change.path for change in changes):
                    continue  # has to go from every element
                for change in changes:
                    changed = applied(changed, change.path, change.value)
                tried += bool(changes)
                assert not changes or oracle.matches(tree, changed), (tree, event, changes)

    assert tried > 50
