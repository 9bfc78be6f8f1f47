"""The engine against a naive evaluator, over random patterns and events."""

import json
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.settings import examples, seeds
from tests.unit.patterns import covered, drawn, oracle
from trunklab.patterns import Pattern, RuleSet

PATTERNS = 4
EVENTS = 5
MANY_PATTERNS = 400

SEEDS_MAX = 2_000
"""Draws within which everything has to have come up."""


def require_agreement(patterns: dict[str, Any], event: dict[str, Any], rules: RuleSet) -> None:
    """From a tree, from text and from bytes."""
    expected = [name for name, tree in patterns.items() if oracle.matches(tree, event)]

    text = json.dumps(event)
    assert rules.match(event) == expected
    assert rules.match(text) == expected
    assert rules.match(text.encode()) == expected


# A seed is drawn instead of all the choices: a hundred times as fast, and a failure names the seed.
@settings(max_examples=examples(100, 5_000))
@given(st.integers(0, 2**64 - 1))
def test_the_engine_and_the_oracle_agree(seed: int) -> None:
    """Each pattern alone, and all as a rule set."""
    patterns, events = drawn.a_draw(Random(seed), PATTERNS, EVENTS)  # noqa: S311 - examples
    parsed = {name: Pattern.parse(tree) for name, tree in patterns.items()}
    rules = RuleSet(parsed)
    for event in events:
        expected = [name for name, tree in patterns.items() if oracle.matches(tree, event)]

        text = json.dumps(event)
        assert [name for name, one in parsed.items() if one.matches(event)] == expected
        assert [name for name, one in parsed.items() if one.matches(text)] == expected
        require_agreement(patterns, event, rules)


@settings(max_examples=examples(2, 100))
@given(st.integers(0, 2**64 - 1))
def test_many_rules_agree_with_the_oracle(seed: int) -> None:
    """So many that they are dealt to several blocks, by the kinds of events that they name."""
    patterns, events = drawn.a_draw(Random(seed), MANY_PATTERNS, EVENTS)  # noqa: S311 - examples
    rules = RuleSet({name: Pattern.parse(tree) for name, tree in patterns.items()})

    for event in events:
        require_agreement(patterns, event, rules)


def test_the_drawn_examples_try_every_operator_with_both_outcomes() -> None:
    """What never matches, or always does, would be compared in vain."""
    missing = {(what, outcome) for what in covered.EVERYTHING for outcome in (True, False)}
    for seed in seeds(SEEDS_MAX, SEEDS_MAX):
        patterns, events = drawn.a_draw(Random(seed), PATTERNS, EVENTS)  # noqa: S311 - examples
        for tree in patterns.values():
            missing -= covered.outcomes(tree, events)
        if not missing:
            break

    assert missing == set()
