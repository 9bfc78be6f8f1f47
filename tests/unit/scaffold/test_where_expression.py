"""The language of --where becomes the event pattern that means the same."""

from typing import Any

import pytest

from trunklab.scaffold.errors import WhereError
from trunklab.scaffold.where_expression import EXPRESSION_CHARACTERS_MAX, parse

RANGE = [{"numeric": [">", 1, "<=", 5]}]

PATTERNS: list[tuple[str, dict[str, Any]]] = [
    ("a == 1", {"a": [1]}),
    ("a == 'x y'", {"a": ["x y"]}),
    ('a == "it\\"s"', {"a": ['it"s']}),
    ("a == true", {"a": [True]}),
    ("a == null", {"a": [None]}),
    ("a != 'x'", {"a": [{"anything-but": ["x"]}]}),
    ("a != 'x' and a != 'y'", {"a": [{"anything-but": ["x", "y"]}]}),
    ("a != true", {"a": [False]}),
    ("a.b.c >= -1.5", {"a": {"b": {"c": [{"numeric": [">=", -1.5]}]}}}),
    ("a < 1e3", {"a": [{"numeric": ["<", 1000.0]}]}),
    ("a in [1, 'x', null]", {"a": [1, "x", None]}),
    ("a exists", {"a": [{"exists": True}]}),
    ("a not exists", {"a": [{"exists": False}]}),
    ("a starts-with 'A-'", {"a": [{"prefix": "A-"}]}),
    ("a > 1 and a <= 5", {"a": RANGE}),
    ("a <= 5 and a > 1", {"a": RANGE}),
    ("a == 1 or a == 2", {"a": [1, 2]}),
    ("a == 1 or a > 5", {"a": [1, {"numeric": [">", 5]}]}),
    ("a == 1 and b == 2", {"a": [1], "b": [2]}),
    ("a.x == 1 and a.y == 2", {"a": {"x": [1], "y": [2]}}),
    ("a == 1 or b == 2", {"$or": [{"a": [1]}, {"b": [2]}]}),
    ("a == 1 and b == 2 or a == 1 and b == 3", {"a": [1], "b": [2, 3]}),
    ("a == 1 or b == 2 and c == 3", {"$or": [{"a": [1]}, {"b": [2], "c": [3]}]}),
    ("(a == 1 or b == 2) and c == 3", {"$or": [{"a": [1], "c": [3]}, {"b": [2], "c": [3]}]}),
    ("a == 1 and a == 1", {"a": [1]}),
    ("in == 1 and exists exists", {"in": [1], "exists": [{"exists": True}]}),
]


@pytest.mark.parametrize(("text", "pattern"), PATTERNS, ids=[text for text, _ in PATTERNS])
def test_an_expression_becomes_a_pattern(text: str, pattern: dict[str, Any]) -> None:
    """Each operator, alone and combined."""
    assert parse(text).data == pattern


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "expected a field"),
        ("a", "expected one of =="),
        ("a ==", "expected a number"),
        ("a b", "expected one of ==, !=, <, <=, >, >=, in, starts-with, exists"),
        ("a = 1", "unknown character, not '= 1'"),
        ("a == b", "a string in quotes, not 'b'"),
        ("a == 01", "without leading zeros"),
        ("a == 1e999", "a double"),
        ("a == 'x", "unknown character"),
        ("a.b. == 1", "unknown character"),
        ("a == 1 b == 2", "expected `and`, `or` or the end, not 'b == 2'"),
        ("a == 1 and", "expected a field"),
        ("(a == 1", "expected )"),
        ("a in 1", "expected a list"),
        ("a in []", "expected a number"),
        ("a in [1", "expected , or ]"),
        ("a not 1", "expected exists"),
        ("a > 'x'", "> compares numbers"),
        ("a > true", "> compares numbers"),
        ("a starts-with 1", "starts-with needs a string"),
        ("a starts-with ''", "starts-with needs a string"),
        ("a != null", "cannot exclude null"),
        ("a == 1 and a == 2", "cannot require both conditions of a"),
        ("a > 1 and a > 2", "cannot require both conditions of a"),
        ("a exists and a == 2", "cannot require both conditions of a"),
        ("a > 5 and a < 1", "no number is > 5 < 1"),
        ("a > 5 and a < 5", "no number is > 5 < 5"),
        ("a == 1 and a.b == 2", "a has fields of its own"),
        ("'a' == 1", "expected a field"),
        ("a == 1" + " " * EXPRESSION_CHARACTERS_MAX, "at most 400 characters"),
        (" and ".join(f"(a{n} == 1 or b{n} == 1)" for n in range(9)), "more than 100 alternatives"),
    ],
)
def test_an_invalid_expression_is_refused(text: str, problem: str) -> None:
    """With the place, or the conditions that a pattern cannot combine."""
    with pytest.raises(WhereError) as raised:
        parse(text)

    assert problem in str(raised.value)
