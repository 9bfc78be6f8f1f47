"""Where two readings of the language come closest: each corner by itself, with its answer."""

import json
from typing import Any

import pytest

from trunklab.patterns import Pattern, RuleSet

NOT_ZERO_TO_FIVE = [{"numeric": [">", 5]}, {"numeric": ["<", 0]}]
AT_THE_TOP = 1.7976931348623157e308
NO_I = {"e": {"i": [{"exists": False}]}}
CHOSEN_BY_F = {"e": {"f": ["A"], "i": [{"exists": False}]}}
TWO_OF_E = {"e": {"f": ["A"], "g": ["B"]}}
NONE_OR_5 = {"e": {"a": [{"exists": False}, 5], "b": [1]}}
DEEPER = {"e": {"f": ["A"], "g": {"h": [1], "k": [2]}}}

VALUES: list[tuple[list[Any], Any, bool]] = [
    # Several entries of one leaf are joined by `or`, also two of one operator.
    (NOT_ZERO_TO_FIVE, 3, False),
    (NOT_ZERO_TO_FIVE, 6, True),
    (NOT_ZERO_TO_FIVE, -1, True),
    ([{"anything-but": "a"}, {"anything-but": "b"}], "a", True),
    ([{"anything-but": ["a", "c"]}, {"anything-but": ["b", "c"]}], "c", False),
    ([{"anything-but": 1}, {"anything-but": 2}], 1, True),
    ([{"anything-but": [1, 3]}, {"anything-but": [2, 3]}], 3, False),
    ([{"anything-but": 1}, {"anything-but": "b"}], 1, True),
    ([{"anything-but": {"prefix": "a"}}, {"anything-but": {"suffix": "b"}}], "ab", False),
    ([{"anything-but": {"prefix": "a"}}, {"anything-but": {"prefix": "b"}}], "ab", True),
    ([{"anything-but": {"prefix": "a"}}, "ab"], "ab", True),
    ([{"numeric": ["=", 5]}, {"anything-but": 5}], 5, True),
    ([{"exists": False}, 5], 4, False),
    # The ends of a wildcard do not overlap in the text.
    ([{"wildcard": "a*a"}], "a", False),
    ([{"wildcard": "a*a"}], "aa", True),
    ([{"wildcard": "*ab*ab"}], "ab", False),
    ([{"wildcard": "a*bc*c"}], "abc", False),
    ([{"wildcard": "*\\\\\\*"}], "z\\*", True),
    ([{"wildcard": "a*"}], "a\nb", True),
    ([{"anything-but": {"wildcard": "a*"}}, {"anything-but": {"wildcard": "a*a"}}], "a", True),
    # The first and the last doubles are numbers like others.
    ([{"numeric": ["<", AT_THE_TOP]}], AT_THE_TOP, False),
    ([{"numeric": ["<=", AT_THE_TOP]}], AT_THE_TOP, True),
    ([{"numeric": [">", -AT_THE_TOP]}], -AT_THE_TOP, False),
    ([{"numeric": [">", 0, "<", 5e-324]}], 0, False),
    ([5e-324], 5e-324, True),
    ([0], -0.0, True),
    ([18_446_744_073_709_551_616], 1.8446744073709552e19, True),
    ([{"numeric": [">", 2**53]}], 2**53 + 1, False),
    # Addresses.
    (["::"], "0::0", True),
    (["::1"], "::2", False),
    (["::1"], "0.0.0.1", False),
    (["10.0.0.1"], "10.0.0.01", False),
    ([{"cidr": "10.0.0.5/24"}], "10.0.0.200", True),
    ([{"cidr": "10.0.0.5/24"}], "10.0.0.1", True),
    ([{"cidr": "10.0.0.5/24"}], "10.0.1.5", False),
    ([{"cidr": "10.0.0.0/24"}], "10.0.0.1\n", False),
    ([{"cidr": "10.0.0.0/24"}], ["x", "10.0.0.9"], True),
    ([{"cidr": "::/0"}], "1.2.3.4", False),
    ([{"cidr": "0.0.0.0/0"}], "::1", False),
    # Letters whose other case is not one letter, or not their own.
    ([{"equals-ignore-case": "ß"}], "SS", True),
    ([{"equals-ignore-case": "ss"}], "ß", False),
    ([{"equals-ignore-case": "İ"}], "i\N{COMBINING DOT ABOVE}", True),
    ([{"equals-ignore-case": "i"}], "İ", False),
    ([{"equals-ignore-case": "Σ"}], "ς", False),
    ([{"equals-ignore-case": "ς"}], "Σ", True),
    ([{"equals-ignore-case": "\N{LATIN SMALL LIGATURE FI}"}], "FI", True),
    ([{"suffix": {"equals-ignore-case": "ß"}}], "zSS", True),
    # What is no leaf.
    ([{"exists": True}], {"y": 1}, False),
    ([{"exists": False}], {"y": 1}, True),
    ([{"exists": False}], [[[]]], True),
    ([{"exists": True}], [{}], False),
    ([{"anything-but": "a"}], {"y": 1}, False),
    ([{"anything-but": "a"}], [], False),
]

EVENTS: list[tuple[dict[str, Any], dict[str, Any], bool]] = [
    (NO_I, {"e": [{"i": []}, {"i": 1}]}, False),
    (NO_I, {"e": [{"i": []}, {"i": {"z": 1}}]}, True),
    (NO_I, {"e": [1, 2]}, True),
    (CHOSEN_BY_F, {"e": [{"f": "A", "i": []}, {"f": "B", "i": 1}]}, True),
    (CHOSEN_BY_F, {"e": [{"f": "A", "i": None}]}, False),
    (TWO_OF_E, {"e": [[{"f": "A"}], [{"g": "B"}]]}, False),
    (TWO_OF_E, {"e": [[{"f": "A", "g": ["Z", ["B"]]}]]}, True),
    (TWO_OF_E, {"e.f": "A", "e": {"g": "B"}}, True),
    (TWO_OF_E, {"e": [{"f": "A", "g": "Z"}, {"g": "B"}], "e.g": "B"}, True),
    (DEEPER, {"e": [{"f": "A", "g": [{"h": 1}, {"k": 2}]}]}, False),
    (DEEPER, {"e": [{"f": "A", "g": [{"h": 1, "k": 2}]}, {"f": "B"}]}, True),
    (NONE_OR_5, {"e": [{"a": 5, "b": 2}, {"b": 1}], "e.b": 9}, True),
    (NONE_OR_5, {"e": [{"a": 4, "b": 1}, {"a": 5, "b": 2}], "e.b": 9}, False),
    ({"a": {"b.c": [1]}}, {"a.b": {"c": 1}}, True),
    ({"a": {"b": [1]}}, {"a.b": [{"c": 1}, 1]}, True),
    ({"a": {"b": {"c": [1]}}}, {"a.b.c": 1}, True),
    ({"a": {"b": {"c": {"d": [1]}}}}, {"a": {"b.c.d": 1}}, True),
    ({"a.": [1]}, {"a": {"": 1}}, True),
    ({"source": ["s"], "source.x": [{"exists": False}]}, {"source": "s", "source.x": 1}, False),
    ({"a": {"b": [1], "$or": [{"c": [2]}, {"d": [3]}]}}, {"a": [{"b": 1}, {"d": 3}]}, False),
]


@pytest.mark.parametrize(("entries", "value", "expected"), VALUES)
def test_a_value_is_taken_or_left(entries: list[Any], value: Any, *, expected: bool) -> None:
    """However the event comes, by one rule and by many."""
    require({"x": entries}, {"x": value}, expected=expected)


@pytest.mark.parametrize(
    ("entries", "value", "expected"), [row for row in VALUES if not isinstance(row[1], list | dict)]
)
def test_conditions_say_the_same_of_one_value(
    entries: list[Any], value: Any, *, expected: bool
) -> None:
    """What lint and impact ask: a condition without the tables of an engine."""
    (branch,) = Pattern.parse({"x": entries}).branches

    assert any(condition.passes(value) for condition in branch["x",]) is expected


@pytest.mark.parametrize(("pattern", "event", "expected"), EVENTS)
def test_an_event_is_taken_or_left(
    pattern: dict[str, Any], event: dict[str, Any], *, expected: bool
) -> None:
    """However the event comes, by one rule and by many."""
    require(pattern, event, expected=expected)


def require(pattern: dict[str, Any], event: dict[str, Any], *, expected: bool) -> None:
    """Every way to ask gives this answer."""
    parsed, text = Pattern.parse(pattern), json.dumps(event)
    rules = RuleSet({"this": parsed, "other": Pattern.parse({"other": [1]})})

    for given in (event, text, text.encode()):
        assert parsed.matches(given) is expected
        assert rules.match(given) == (["this"] if expected else [])
    assert parsed.explain(event).matched is expected


def test_what_few_rules_ask_for_is_not_remembered_for_all() -> None:
    """A text is first seen where one rule with a dear condition is left, then where another is."""
    rules = RuleSet(
        {
            f"{kind}-{number}": Pattern.parse({"k": [kind], "x": [{"wildcard": f"{start}*{end}"}]})
            for kind, start, end in (("first", "a", "b"), ("second", "ab", "ab"))
            for number in range(20)
        }
    )

    found = [rules.match(json.dumps({"k": kind, "x": "abab"})) for kind in ("first", "second")]

    assert found == [[f"{kind}-{number}" for number in range(20)] for kind in ("first", "second")]


def test_of_doubled_keys_and_leaves_the_last_counts_where_it_was_written() -> None:
    """A key that stands twice stands where it was written last."""
    pattern = Pattern.parse('{"a.b": [1], "a": {"b": [2]}, "a.b": [3]}')

    assert [number for number in (1, 2, 3) if pattern.matches({"a": {"b": number}})] == [3]
