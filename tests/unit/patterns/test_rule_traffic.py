"""The rules and events of the benchmark: what they have to try for its figures to say something."""

import json

from benchmarks.rule_traffic import make_events, make_rules
from tests.settings import examples
from tests.unit.patterns import covered, oracle
from trunklab.patterns import Pattern, RuleSet


def test_every_operator_is_tried_with_both_outcomes() -> None:
    """An operator that never matches, or always does, costs less than one that may."""
    every = covered.EVERYTHING - {"huge number"}
    missing = {(what, outcome) for what in every for outcome in (True, False)}
    events = make_events(1_000, seed=1)
    for number, rule in enumerate(make_rules(2_000, seed=1).values()):
        missing -= covered.outcomes(rule, events[number % 200 :: 200])
        if not missing:
            break

    assert missing == set()


def test_events_differ_and_have_a_kilobyte() -> None:
    """No two are equal; their varying fields have many values."""
    events = make_events(500, seed=1)
    texts = {json.dumps(event) for event in events}

    assert len(texts) == 500
    assert 900 < sum(map(len, texts)) / 500 < 1_300
    assert len({event["detail"]["data"]["customer"]["email"] for event in events}) > 450
    assert len({event["detail"]["data"]["client"]["ip"] for event in events}) > 400


def test_the_engine_and_the_oracle_agree_on_them() -> None:
    """Rule by rule, over some of them."""
    trees = make_rules(examples(100, 300), seed=2)
    rules = RuleSet({name: Pattern.parse(tree) for name, tree in trees.items()})

    for event in make_events(examples(20, 30), seed=2):
        expected = [name for name, tree in trees.items() if oracle.matches(tree, event)]
        assert rules.match(json.dumps(event)) == expected
