"""Patterns and events made to hurt: an answer or a clear error, without a trace or a hang."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from trunklab.patterns import (
    AmbiguousEventError,
    InvalidEventError,
    InvalidPatternError,
    Pattern,
    RuleSet,
)
from trunklab.patterns.pattern_limits import (
    PATTERN_CHARACTERS_MAX,
    PATTERN_DEPTH_MAX,
    RECORD_FIELDS_MAX,
)

DEEP = 100_000
NUMBER = Pattern.parse({"a": [1]})


def nested(levels: int) -> dict[str, Any]:
    """Objects in objects, made without recursion."""
    tree: dict[str, Any] = {"a": [1]}
    for _ in range(levels - 1):
        tree = {"a": tree}
    return tree


TOO_LARGE: dict[str, str | Mapping[str, Any]] = {
    "ten thousand values": {"a": list(range(10_000))},
    "a huge choice": {"$or": [{"a": [number]} for number in range(2_000)]},
    "two to the eleventh": {
        f"x{number}": {"$or": [{"a": [1]}, {"b": [2]}]} for number in range(11)
    },
    "a long text": {"a": ["x" * 5_000]},
    "levels as text": '{"a":' * DEEP + "[1]" + "}" * DEEP,
    "levels within the length": '{"a":' * 600 + "[1]" + "}" * 600,
    "levels as a tree": nested(DEEP),
    "a level too many": nested(101),
    "a character too many": json.dumps({"a": ["x" * (4_097 - len('{"a": [""]}'))]}),
    "a combination too many": {
        f"x{many}": {"$or": [{"a": [one]} for one in range(many)]} for many in (7, 11, 13)
    },
    "levels by dots": {"a." * 1_500 + "a": [1]},
    "stars": {"a": [{"wildcard": "*a" * 2_000}]},
    "a place too many to stand at": {"a": [{"wildcard": "*" + "a" * 9}]},
    "a repeated text behind a star": {"a": [{"wildcard": "*" + "ab" * 2_000}]},
}


@pytest.mark.parametrize("pattern", TOO_LARGE.values(), ids=TOO_LARGE.keys())
def test_a_pattern_beyond_the_bounds_is_refused(pattern: str | Mapping[str, Any]) -> None:
    """Before anything is spent on it."""
    with pytest.raises(InvalidPatternError):
        Pattern.parse(pattern)


def test_a_pattern_at_the_bounds_is_taken() -> None:
    """A thousand combinations, a hundred levels."""
    two_to_the_ninth = {f"x{one}": {"$or": [{"a": [1]}, {"b": [2]}]} for one in range(9)}

    ten_by_ten = {f"x{one}": {"$or": [{"a": [two]} for two in range(10)]} for one in range(3)}
    longest = json.dumps({"a": ["x" * (4_096 - len('{"a": [""]}'))]})

    assert len(Pattern.parse(two_to_the_ninth).branches) == 512
    assert len(Pattern.parse(ten_by_ten).branches) == 1_000
    assert len(Pattern.parse(longest).text) == 4_096
    assert Pattern.parse({"a": [{"wildcard": "*" + "a" * 8}]}).matches({"a": "a" * 9})
    assert Pattern.parse(nested(100)).matches(json.dumps(nested(100)))


NO_PATTERNS: list[Any] = [None, True, 1, 1.5, "", "null", "[]", [], b"{}", (), {"a": {1, 2}}, "{"]


@pytest.mark.parametrize("pattern", NO_PATTERNS)
def test_what_is_no_pattern_is_refused(pattern: Any) -> None:
    """Whatever Python hands over."""
    with pytest.raises(InvalidPatternError):
        Pattern.parse(pattern)


NO_EVENTS: list[Any] = [
    *(True, None, 1, 1.5, [], [{}], (), "", b"", "null", "true", "1", '"text"', "[]", "{", "{}}"),
    *(b"\xff", b'{"a": 1, "z": "\xff"}', b"\xef\xbb\xbf{}", '{"a": 1}'.encode("utf-16")),
    *('{"a": NaN}', '{"z": NaN}', '{"z": -Infinity}', '{"z": 01}', '{"z": "\x01"}', '{"z": +1}'),
    *('{"a": 1,}', "{'a': 1}", '{"a": 1} x', '{"z": "\\x"}', '{"z": "\\ud8"}', "{a: 1}"),
    *('{"a":' * DEEP + "1" + "}" * DEEP, '{"z":' * DEEP + "1" + "}" * DEEP),
    *("[" * DEEP + "]" * DEEP, '{"a":' + "[" * DEEP + "]" * DEEP + "}"),
    *({"a": {1, 2}}, {"a": (1,)}, {"a": b"1"}, {"a": [object()]}),
]


@pytest.mark.parametrize("event", NO_EVENTS)
def test_what_is_no_event_is_refused_alike_by_one_rule_and_by_many(event: Any) -> None:
    """Also where the wrong part is in a field that no rule reads."""
    rules = RuleSet({"number": NUMBER})

    with pytest.raises(InvalidEventError):
        NUMBER.matches(event)
    with pytest.raises(InvalidEventError):
        rules.match(event)
    with pytest.raises(InvalidEventError):
        NUMBER.explain(event)


ODD_EVENTS = [
    ('{"a": 1, "a": 2}', False),
    ('{"a": 2, "a": 1}', True),
    ('{"a": {"b": 1}, "a": 1}', True),
    ('{"a": 1, "a": {"b": 1}}', False),
    ('{"a": 1, "z": 1e400}', True),
    ('{"a": 1e400}', False),
    ('{"a": 1.0000000000000000000000000000000001}', True),
    ('{"a": 100000000000000000000000000000000000}', False),
    ('{"a": 1, "z": ' + "9" * 5_000 + "}", True),
    ('{"a": ' + "9" * 5_000 + "}", False),
    ('{"a": 1, "z": "\\ud800"}', True),
    ('{"a": 1, "z": "\ud800"}', True),
    ('{"a": true}', False),
    ('{"a": [[[[1]]]]}', True),
    (json.dumps({"a": [*range(2, 200_000), 1]}), True),
    (json.dumps({"z": "x" * 1_000_000, "a": 1}), True),
]


@pytest.mark.parametrize(("event", "expected"), ODD_EVENTS)
def test_an_odd_event_is_read_alike_by_one_rule_and_by_many(event: str, expected: bool) -> None:  # noqa: FBT001 - the expected answer
    """Of a doubled key the last counts; numbers beyond doubles equal nothing but themselves."""
    as_bytes = event.encode(errors="surrogatepass") if "\ud800" not in event else event
    rules = RuleSet({"number": NUMBER})

    assert (NUMBER.matches(event), NUMBER.matches(as_bytes)) == (expected, expected)
    assert rules.match(event) == rules.match(as_bytes) == (["number"] if expected else [])


def test_half_characters_match_themselves() -> None:
    """JSON can write them; the fast parser cannot hold them."""
    pattern = Pattern.parse('{"\\ud800": ["\\udfff"]}')
    event = '{"\\ud800": "\\udfff"}'

    assert pattern.matches(event)
    assert RuleSet({"half": pattern}).match(event) == ["half"]
    assert pattern.explain('{"\\ud800": "x"}').matched is False


def test_a_tree_with_numbers_that_json_has_not_is_answered() -> None:
    """A tree is not read again; what has no order matches no number."""
    for value in (float("nan"), float("inf"), -(10**400)):
        assert not NUMBER.matches({"a": value})
        assert RuleSet({"number": NUMBER}).match({"a": value}) == []
        assert [str(one) for one in NUMBER.explain({"a": value}).changes] == ["set a to 1"]


def test_a_large_array_beside_dotted_keys_is_answered() -> None:
    """It is searched, and each leaf is looked at a few times."""
    event = {"a.b": 1, "a": [{"b": number, "c": number} for number in range(20_000)]}

    assert Pattern.parse({"a": {"b": [{"exists": True}], "c": [19_999]}}).matches(event)
    assert not Pattern.parse({"a": {"b": [{"exists": True}], "c": [-1]}}).matches(event)


def test_an_event_that_could_be_read_in_too_many_ways_is_refused() -> None:
    """Not before much has been tried, and not after hours."""
    event = {"a.b": 1, "a": [{"b": 1, "c": 1, "d": 1} for _ in range(20_000)]}
    pattern = Pattern.parse(
        {"a": {"b": [1], "c": [{"exists": True}], "d": [{"exists": False}, "no"]}}
    )

    with pytest.raises(AmbiguousEventError):
        pattern.matches(event)
    with pytest.raises(AmbiguousEventError):
        RuleSet({"one": pattern}).match(event)


def test_objects_deep_in_arrays_beside_dotted_keys_are_answered() -> None:
    """What they have in common is kept once."""
    inner: Any = [{"b": 1}] * 50_000
    for _ in range(500):
        inner = [inner]

    assert Pattern.parse({"a": {"b": [1]}}).matches({"a": inner, "a.b": 2})


def test_a_megabyte_of_text_passes_any_wildcard_in_one_go() -> None:
    """Stars are not tried again."""
    pattern = Pattern.parse(
        {"a": [{"wildcard": "a*b*c*d"}, {"suffix": {"equals-ignore-case": "ß"}}]}
    )

    assert not pattern.matches({"a": "abc" * 350_000})
    assert pattern.matches({"a": "abc" * 350_000 + "SS"})


@pytest.mark.parametrize("levels", [500, 900])
def test_a_deep_event_is_explained_as_deep_as_it_is_matched(levels: int) -> None:
    """`rules test` explains, and must not refuse what a rule would take."""
    event = '{"a": ' * levels + "1" + "}" * levels

    assert not NUMBER.matches(event)
    assert not NUMBER.explain(event).matched


def test_rules_with_thousands_of_fields_are_matched_without_records() -> None:
    """A function for that many would take longer to make than all events to match."""
    rules = RuleSet(
        {
            f"rule-{number}": Pattern.parse({"detail": {f"field-{number}": [number]}})
            for number in range(RECORD_FIELDS_MAX + 1)
        }
    )

    assert rules.match(b'{"detail": {"field-7": 7, "field-8": 7}}') == ["rule-7"]


def choice(of: str) -> list[dict[str, Any]]:
    """Ten alternatives."""
    return [{of: [number]} for number in range(10)]


AT_THE_BOUND: dict[str, tuple[str | dict[str, Any], dict[str, Any]]] = {
    "4,096 characters": (
        json.dumps({"a": ["x" * (PATTERN_CHARACTERS_MAX - len('{"a": [""]}'))]}),
        {"a": "x" * (PATTERN_CHARACTERS_MAX - len('{"a": [""]}'))},
    ),
    "100 levels": (nested(PATTERN_DEPTH_MAX), nested(PATTERN_DEPTH_MAX)),
    "100 levels by dots": ({".".join("a" * PATTERN_DEPTH_MAX): [1]}, nested(PATTERN_DEPTH_MAX)),
    "1,000 combinations": (
        {key: {"$or": choice(key)} for key in "abc"},
        {key: {key: 9} for key in "abc"},
    ),
}


@pytest.mark.parametrize("what", AT_THE_BOUND)
def test_what_is_exactly_as_large_as_allowed_is_taken(what: str) -> None:
    """The bounds belong to what is allowed."""
    pattern, event = AT_THE_BOUND[what]

    assert Pattern.parse(pattern).matches(event)
