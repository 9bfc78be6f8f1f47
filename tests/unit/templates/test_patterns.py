"""A rule's pattern is worked out as far as the template tells, and every key keeps its line."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.templates.repository import LINES_OF_HEAD, rule_with
from trunklab.templates.expressions import Missing

FIRST = LINES_OF_HEAD + 5
"""The line of EventPattern."""

NESTED = "a"
for _ in range(60):
    NESTED = f"!Sub ['${{v}}${{v}}', {{v: {NESTED}}}]"


@pytest.mark.parametrize(
    ("written", "pattern"),
    [
        ("{source: [a]}", {"source": ["a"]}),
        ("{source: [!Ref Source]}", {"source": ["shop.orders"]}),
        ("{source: [{Ref: Source}]}", {"source": ["shop.orders"]}),
        ("{source: !Ref Kinds}", {"source": ["A", "B"]}),
        ("{source: [!Sub '${Source}.x']}", {"source": ["shop.orders.x"]}),
        ("{source: [!Sub ['${s}', {s: !Ref Source}]]}", {"source": ["shop.orders"]}),
        ("{source: [!Sub '${!Source}']}", {"source": ["${Source}"]}),
        ("{source: [!Join ['.', [shop, !Ref Source]]]}", {"source": ["shop.shop.orders"]}),
        ("{n: [{numeric: ['>', !FindInMap [Sizes, local, n]]}]}", {"n": [{"numeric": [">", 3]}]}),
        ("{source: [!If [IsLocal, here, there]]}", {"source": ["here"]}),
        ("!If [IsLocal, {source: [here]}, {source: [there]}]", {"source": ["here"]}),
        ("{source: [a, !Ref 'AWS::NoValue']}", {"source": ["a"]}),
        ("{source: [a], detail: !Ref 'AWS::NoValue'}", {"source": ["a"]}),
        ("{source: [a, !If [IsLocal, !Ref 'AWS::NoValue', b]]}", {"source": ["a"]}),
        ("{source: [a], detail: !If [IsLocal, !Ref 'AWS::NoValue', b]}", {"source": ["a"]}),
        ("{source: [!Select [1, !Ref Kinds]]}", {"source": ["B"]}),
        ("{account: [!Ref 'AWS::AccountId']}", {"account": ["000000000000"]}),
        (
            '\'{"source": ["a", 1, 2.5, true, null, {}]}\'',
            {"source": ["a", 1, 2.5, True, None, {}]},
        ),
        ('!Sub \'{"source": ["${Source}"]}\'', {"source": ["shop.orders"]}),
        ('!Join ["", [\'{"source": ["\', !Ref Source, \'"]}\']]', {"source": ["shop.orders"]}),
        ('\'{"a": ["\\u00e9 \\" x"], "b": {}, "c": []}\'', {"a": ['é " x'], "b": {}, "c": []}),
        ('\'{"a": [1], "a": [2]}\'', {"a": [2]}),
    ],
)
def test_expressions_have_the_value_that_a_deployment_gives(
    tmp_path: Path, written: str, pattern: Any
) -> None:
    """As far as parameters, defaults, mappings and conditions tell."""
    rule = rule_with(tmp_path, written)

    assert rule.pattern == pattern
    assert rule.unresolved == ()


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("{source: [!Ref Later]}", "Ref Later: parameter Later has no value in this stage"),
        ("{source: [!Ref Gone]}", "Ref Gone: Gone is neither a parameter nor a resource"),
        (
            "{source: [!GetAtt Rule.Arn]}",
            "the value of Rule is known in a deployment only",
        ),
        (
            "{source: [!ImportValue x]}",
            "Fn::ImportValue is known in a deployment only",
        ),
        ("{source: [!Ref Named]}", "the value of /a in SSM is known in a deployment only"),
        ("{source: [!Sub '${Later}']}", "parameter Later has no value"),
        ("'${Source}'", None),
        ('!Sub \'{"source": ["${Later}"]}\'', "parameter Later has no value"),
        ("{source: [!If [Nothing, a, b]]}", "unknown condition Nothing"),
        ("{source: [!If [Loops, a, b]]}", "condition Loops refers to itself"),
        ("{source: [!If [IsLocal]]}", "it is malformed"),
        ("{source: [!Join [x]]}", "Fn::Join is malformed"),
        ("{source: [!Select [9, [a]]]}", "Fn::Select is malformed"),
        ("{source: [!FindInMap [Sizes, x, n]]}", "mapping Sizes has no x.n"),
        ("{source: [!Sub [1, 2, 3]]}", "Fn::Sub"),
        ("{source: [!Sub []]}", "it is malformed"),
        ("{source: [a, !If [Nothing, a, !Ref 'AWS::NoValue']]}", "unknown condition Nothing"),
        (f"{{source: [{NESTED}]}}", "a text of more than"),
    ],
)
def test_what_only_a_deployment_knows_is_named(
    tmp_path: Path, written: str, said: str | None
) -> None:
    """Such a pattern is not guessed at."""
    rule = rule_with(tmp_path, written)

    assert rule.pattern is None
    assert [one for one in rule.unresolved if (said or "") in str(one)] == list(rule.unresolved)
    assert bool(rule.unresolved) == (said is not None)


def test_a_parameter_given_wins_over_the_default(tmp_path: Path) -> None:
    """And gives a value to one without a default."""
    given = {"Source": "shop.other", "Later": "now"}
    rule = rule_with(tmp_path, "{source: [!Ref Source, !Ref Later]}", given)

    assert rule.pattern == {"source": ["shop.other", "now"]}


BLOCK = """
        source:
          - a
          - prefix: b
        detail:
          data: {x: [1],
                 y: [2]}
"""
LITERAL = """|
        {
          "source": ["a",
                     {"prefix": "b"}],

          "detail": {"data": {"x": [1],
            "y": [2]}}
        }
"""
FOLDED = LITERAL.replace("|", ">-", 1)
DOUBLE = """"{
          \\"source\\": [\\"a\\",
                     {\\"prefix\\": \\"b\\"}],

          \\"detail\\": {\\"data\\": {\\"x\\": [1],
            \\"y\\": [2]}}
        }"
"""
SINGLE = LITERAL.replace("|", "'", 1).rstrip() + "'\n"
SUBSTITUTED = LITERAL.replace("|", "!Sub |", 1).replace('"a"', '"${Source}"')


@pytest.mark.parametrize(
    ("written", "lines"),
    [
        (BLOCK, (1, 2, 3, 5, 6)),
        (LITERAL, (2, 2, 3, 5, 6)),
        (FOLDED, (2, 2, 3, 5, 6)),
        (SUBSTITUTED, (2, 2, 3, 5, 6)),
        (DOUBLE, (1, 1, 2, 4, 5)),
        (SINGLE, (2, 2, 3, 5, 6)),
    ],
    ids=["yaml", "literal", "folded", "substituted", "double-quoted", "single-quoted"],
)
def test_every_key_and_value_keeps_its_line(
    tmp_path: Path, written: str, lines: tuple[int, ...]
) -> None:
    """Whether the pattern is YAML, or JSON in any style of text."""
    rule = rule_with(tmp_path, written)

    places: list[tuple[str | int, ...]] = [
        ("source",),
        ("source", 0),
        ("source", 1),
        ("detail", "data", "x"),
        ("detail", "data", "y"),
    ]
    assert tuple(rule.line_of(place) - FIRST for place in places) == lines


def test_a_place_that_is_not_there_has_the_line_of_what_holds_it(tmp_path: Path) -> None:
    """So that every finding has a line."""
    rule = rule_with(tmp_path, BLOCK)

    assert rule.line_of(("detail", "data", "gone", 3)) == rule.line_of(("detail", "data"))
    assert rule.line_of(("gone",)) == rule.pattern_line


TWICE = """|
        {
          "source": ["a"],
          "a.b": [1],
          "a": {"b": [2]},
          "a.b": [3]
        }
"""


def test_of_a_key_given_twice_the_last_one_counts_where_it_stands(tmp_path: Path) -> None:
    """Its line is the last one's, and it comes after what stands between the two."""
    rule = rule_with(tmp_path, TWICE)

    assert rule.line_of(("a.b", 0)) - FIRST == 5
    assert isinstance(rule.pattern, dict)
    assert list(rule.pattern) == ["source", "a", "a.b"]


@pytest.mark.parametrize(
    "written",
    [
        "{source: [a], account: ['{{resolve:ssm:/x}}']}",
        "{source: [a], account: [!Sub '{{resolve:ssm:/${Source}}}']}",
        "{source: [a], account: [!Sub ['{{resolve:ssm:${n}}}', {n: !Ref Source}]]}",
        '\'{"source": ["a"], "account": ["{{resolve:ssm:/x:3}}"]}\'',
        '!Sub \'{"source": ["a"], "account": ["{{resolve:secretsmanager:${Source}}}"]}\'',
        "{source: [a], account: [!Ref Named]}",
    ],
)
def test_a_dynamic_reference_is_a_deployment_value(tmp_path: Path, written: str) -> None:
    """It makes one clause unknown, in whichever form it is written."""
    rule = rule_with(tmp_path, written)

    assert rule.pattern is None
    assert rule.known is not None
    assert json.loads(rule.known) == {"source": ["a"]}
    assert [one.missing for one in rule.unresolved] == [Missing.DEPLOYMENT]
