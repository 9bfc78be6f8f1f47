"""Many rules at once: the same answers as each alone, whatever the kinds of events."""

import json
import subprocess
import sys
from typing import Any

import pytest

from trunklab.patterns import Pattern, RuleSet
from trunklab.patterns.pattern_limits import KINDS_MAX, OWN_BLOCKS_MAX, RECORD_KEYS_MAX


def rules_of(**patterns: Any) -> RuleSet:
    """A rule set of trees."""
    return RuleSet({name: Pattern.parse(tree) for name, tree in patterns.items()})


def test_no_rules_take_nothing() -> None:
    """An empty set is a set."""
    assert RuleSet({}).match(b'{"source": "s"}') == []
    assert RuleSet({}).match({}) == []


def test_the_order_of_the_rules_is_kept() -> None:
    """Not that of the alphabet."""
    rules = rules_of(z={"a": [1]}, b={"a": [2]}, a={"a": [1]}, y={"a": [{"exists": True}]})

    assert rules.match(b'{"a": 1}') == ["z", "a", "y"]


def test_a_rule_is_named_once_for_several_branches() -> None:
    """Both sides of its choice may match."""
    rules = rules_of(one={"$or": [{"a": [1]}, {"b": [2]}]}, two={"b": [2]})

    assert rules.match('{"a": 1, "b": 2}') == ["one", "two"]


HEADS = [
    ('{"source": "s", "detail-type": "D"}', ["exact", "prefix", "not-t", "typed"]),
    ('{"source": "s"}', ["prefix", "not-t", "untyped"]),
    ('{"source": "t", "detail-type": "D"}', ["typed"]),
    ('{"source": null, "detail-type": "D"}', ["not-t", "typed"]),
    ('{"source": ["s", "t"], "detail-type": "D"}', ["exact", "prefix", "not-t", "typed"]),
    ('{"source": {"x": 1}, "detail-type": ["D", 1]}', ["typed"]),
    ('{"source": 1, "detail-type": 2}', ["not-t"]),
    ("{}", ["untyped"]),
]


@pytest.mark.parametrize(("event", "expected"), HEADS)
def test_source_and_detail_type_may_be_anything(event: str, expected: list[str]) -> None:
    """Rules are chosen by them where they are text; elsewhere they are fields like others."""
    rules = RuleSet(
        {
            "exact": Pattern.parse({"source": ["s"], "detail-type": ["D"]}),
            "prefix": Pattern.parse({"source": [{"prefix": "s"}]}),
            "not-t": Pattern.parse({"source": [{"anything-but": "t"}]}),
            "typed": Pattern.parse({"detail-type": ["D"]}),
            "untyped": Pattern.parse({"detail-type": [{"exists": False}]}),
        }
    )

    assert rules.match(event) == rules.match(event.encode()) == expected
    assert rules.match(json.loads(event)) == expected


def test_rules_dealt_to_many_blocks_are_all_found() -> None:
    """Each kind of event has its own, rules without a kind are in all."""
    trees: dict[str, Any] = {
        f"rule-{number}": {"source": [f"s{number % 50}"], "detail": {"n": [number]}}
        for number in range(1_000)
    }
    trees["all"] = {"detail": {"n": [{"exists": True}]}}
    trees["two"] = {"source": ["s1", "s2"], "detail-type": ["D"]}
    rules = rules_of(**trees)

    for number in (0, 1, 52, 999):
        event = {"source": f"s{number % 50}", "detail-type": "D", "detail": {"n": number}}
        two = ["two"] if number % 50 in {1, 2} else []
        assert rules.match(json.dumps(event)) == [f"rule-{number}", "all", *two]
    assert rules.match({"source": "unknown", "detail": {"n": 1}}) == ["all"]


def test_more_kinds_than_are_kept_are_answered() -> None:
    """And names that are too long are not kept at all."""
    rules = rules_of(all={"source": [{"prefix": "s"}]})

    for number in range(KINDS_MAX + 10):
        assert rules.match(f'{{"source": "s{number}", "detail-type": "D"}}') == ["all"]
    assert rules.match(json.dumps({"source": "s" * 1_000_000})) == ["all"]


def test_rules_with_more_fields_than_a_record_holds_are_answered() -> None:
    """Then each block reads the event for itself."""
    count = RECORD_KEYS_MAX + 50
    rules = rules_of(**{f"r{number}": {"d": {f"k{number}": [1]}} for number in range(count)})

    event = {"source": "s", "d": {f"k{number}": number % 2 for number in range(count)}}

    assert rules.match(json.dumps(event)) == [f"r{n}" for n in range(1, count, 2)]


LEAF_AND_OBJECT = [
    ({"a": 1}, ["leaf"]),
    ({"a": {"b": 1}}, ["inner"]),
    ({"a": [1, {"b": 1}]}, ["leaf", "inner"]),
]


@pytest.mark.parametrize(("event", "expected"), LEAF_AND_OBJECT)
def test_a_field_may_be_a_leaf_for_one_rule_and_an_object_for_another(
    event: dict[str, Any], expected: list[str]
) -> None:
    """Records cannot hold it, so that the event is read as a whole."""
    rules = rules_of(leaf={"a": [1]}, inner={"a": {"b": [1]}})

    assert rules.match(event) == rules.match(json.dumps(event)) == expected


def test_more_kinds_than_have_blocks_of_their_own_are_answered() -> None:
    """The rest shares the blocks that rules are dealt to."""
    count = OWN_BLOCKS_MAX + 50
    rules = rules_of(**{f"r{n}": {"source": [f"s{n}"], "x": [n % 2]} for n in range(count)})

    found = [rules.match(f'{{"source": "s{number}", "x": 1}}') for number in range(count)]

    assert found == [[f"r{number}"] if number % 2 else [] for number in range(count)]


ORDER = """
from trunklab.patterns import Pattern
from trunklab.patterns.compiled.rule_set import shared
tree = {"source": ["s"], "d": {name: [1] for name in "gfedcba"}, "detail-type": ["D"]}
found = shared(Pattern.parse(tree).branches)
print(found.paths, [one.__struct_encode_fields__ for one in found.records.types.values()])
"""


def test_fields_have_one_order_whatever_the_seed_of_hashes() -> None:
    """Or else a set would be faster in one process than in the next."""
    ran = [
        subprocess.run(  # noqa: S603 - our own interpreter
            [sys.executable, "-c", ORDER],
            env={"PYTHONPATH": ":".join(sys.path), "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    ]

    assert b"detail-type', 'source', 'd'" in ran[0]
    assert len(set(ran)) == 1


@pytest.mark.parametrize("other", [{"prefix": "t"}, {"anything-but": "s"}, {"exists": True}])
def test_a_rule_that_names_a_source_and_more_hears_of_all_of_them(other: object) -> None:
    """Among so many rules that they are dealt to blocks by the kinds that they name."""
    named = {f"r{number}": {"source": [f"s{number}"], "detail-type": ["D"]} for number in range(99)}
    rules = rules_of(**named, mixed={"source": ["s98", other], "detail-type": ["D"]})

    for source, expected in (("s98", ["r98", "mixed"]), ("t", ["mixed"])):
        event = json.dumps({"source": source, "detail-type": "D"})
        assert rules.match(event) == expected
