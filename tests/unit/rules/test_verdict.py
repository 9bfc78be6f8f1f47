"""What a pattern can take of a shop's events: the verdict, its examples, and who is to blame."""

import json
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.rules.shop import CONTRACTS, DECLINED, PLACED, contract
from tests.unit.schema_solver import pydantic_like
from trunklab.contracts.contract import Contract
from trunklab.contracts.event_schema import example_event
from trunklab.patterns import Pattern
from trunklab.patterns.parse import Branch
from trunklab.rules.impossible_clauses import Blame, Cause, always_true, blame, possible
from trunklab.rules.verdict import Kind, both_match, verdict
from trunklab.schema_solver.errors import NoValueError, UndecidedError, UnsupportedKeywordError
from trunklab.schema_solver.random_values import some_value
from trunklab.schema_solver.schema_reader import node
from trunklab.schema_solver.validate import validator


def of_orders(data: str) -> Pattern:
    """A pattern about the data of placed orders."""
    heads = '"source": ["shop.orders"], "detail-type": ["OrderPlaced"]'
    return Pattern.parse(f'{{{heads}, "detail": {{"data": {data}}}}}')


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ('{"total": {"currency": ["EUR", "USD"]}}', Kind.ALWAYS),
        ('{"total": {"currency": [{"anything-but": "CHF"}]}}', Kind.ALWAYS),
        ('{"total": {"amount": [{"numeric": [">=", 0, "<=", 1000]}]}}', Kind.ALWAYS),
        ('{"id": [{"exists": true}]}', Kind.ALWAYS),
        ('{"gone": [{"exists": false}]}', Kind.ALWAYS),
        ('{"nothing": [{"exists": false}]}', Kind.ALWAYS),
        ('{"day": [{"wildcard": "*-*-*"}]}', Kind.ALWAYS),
        ('{"$or": [{"paid": [true, false]}, {"paid": [{"exists": false}]}]}', Kind.ALWAYS),
        ('{"total": {"currency": ["EUR"]}}', Kind.SOMETIMES),
        ('{"paid": [{"exists": false}]}', Kind.SOMETIMES),
        ('{"paid": [false]}', Kind.SOMETIMES),
        ('{"lines": {"sku": ["LAMP"], "count": [2]}}', Kind.SOMETIMES),
        ('{"day": [{"prefix": "2027-02"}]}', Kind.SOMETIMES),
        ('{"$or": [{"gone": ["x"]}, {"id": [{"suffix": "9"}]}]}', Kind.SOMETIMES),
        ('{"total": {"currency": ["CHF"]}}', Kind.NEVER),
        ('{"total": {"amount": [{"numeric": [">", 1000]}]}}', Kind.NEVER),
        ('{"id": ["UPPER"]}', Kind.NEVER),
        ('{"day": ["14.01.2026"]}', Kind.NEVER),
        ('{"lines": {"sku": [{"exists": false}]}}', Kind.NEVER),
        ('{"lines": ["LAMP"]}', Kind.NEVER),
        ('{"paid": [true], "gone": ["x"]}', Kind.NEVER),
        ('{"pair": {"a": [2], "b": [3]}}', Kind.NEVER),
        ('{"pair": {"a": [1], "b": [2]}}', Kind.SOMETIMES),
    ],
)
def test_a_pattern_matches_never_sometimes_or_always(data: str, expected: Kind) -> None:
    """And each example is an event of the contract that does what it should show."""
    pattern, judge = of_orders(data), validator(CONTRACTS[0].event_schema)

    found = verdict(pattern, CONTRACTS)

    assert found.kind is expected
    assert found.contracts == ("shop.orders@OrderPlaced",)
    assert (found.matching is None) == (expected is Kind.NEVER)
    assert (found.other is None) == (expected is Kind.ALWAYS)
    for event, matches in ((found.matching, True), (found.other, False)):
        assert event is None or (judge.is_valid(event) and pattern.matches(event) is matches)


@pytest.mark.parametrize(
    ("pattern", "kind", "names"),
    [
        ({"source": ["shop.orders"]}, Kind.ALWAYS, ["OrderPlaced"]),
        ({"source": [{"prefix": "shop."}]}, Kind.ALWAYS, ["OrderPlaced", "PaymentDeclined"]),
        ({"detail-type": ["PaymentDeclined"]}, Kind.ALWAYS, ["PaymentDeclined"]),
        ({"source": ["shop.orders"], "detail-type": ["PaymentDeclined"]}, Kind.NEVER, []),
        ({"source": ["aws.s3"]}, Kind.NEVER, []),
        ({"detail": {"data": {"reason": ["fraud"]}}}, Kind.SOMETIMES, None),
        ({"detail": {"data": {"id": [{"exists": True}]}}}, Kind.ALWAYS, None),
        ({"account": ["123456789012"]}, Kind.SOMETIMES, None),
        ({"account": ["me"]}, Kind.NEVER, None),
        ({"version": ["0"]}, Kind.ALWAYS, None),
        ({"detail": {"metadata": {"causation_id": [None]}}}, Kind.SOMETIMES, None),
        ({"resources": [{"prefix": "arn:"}]}, Kind.SOMETIMES, None),
    ],
)
def test_source_and_type_say_which_contracts_are_meant(
    pattern: dict[str, Any], kind: Kind, names: list[str] | None
) -> None:
    """A pattern without them means all; its envelope fields are those of every event."""
    found = verdict(Pattern.parse(pattern), CONTRACTS)

    expected = ["OrderPlaced", "PaymentDeclined"] if names is None else names
    assert found.kind is kind
    assert [name.partition("@")[2] for name in found.contracts] == expected


def test_a_tuple_leaves_always_undecided_where_clauses_may_scatter() -> None:
    """Each clause holds in every event, but in different elements."""
    arms = [
        {"type": "object", "properties": {"a": {"const": one}, "b": {"const": one}}}
        for one in (1, 2)
    ]
    for arm in arms:
        arm["required"] = ["a", "b"]
    pair = {"type": "array", "prefixItems": arms, "minItems": 2, "maxItems": 2}
    document = {**PLACED, "properties": {"pair": pair}, "required": ["pair"], "examples": []}

    found = verdict(of_orders('{"pair": {"a": [1], "b": [2, 1]}}'), [contract(document)])
    apart = verdict(of_orders('{"pair": {"a": [1], "b": [2]}}'), [contract(document)])

    assert found.kind is Kind.UNDECIDED
    assert "one array" in found.reason
    assert apart.kind is Kind.NEVER


def test_what_the_parser_does_not_understand_is_undecided() -> None:
    """A pattern with word boundaries: examples count, proofs are not claimed."""
    word = {"type": "string", "pattern": r"\bx"}
    document = {**PLACED, "properties": {"id": word}, "required": ["id"], "examples": []}

    found = verdict(of_orders('{"id": [{"prefix": "zz"}]}'), [contract(document)])

    assert found.kind is Kind.UNDECIDED
    assert "not understood" in found.reason


def test_a_contract_with_an_unknown_keyword_is_refused() -> None:
    """No verdict about it could be trusted."""
    document = {**PLACED, "properties": {"id": {"contains": {}}}}

    with pytest.raises(UnsupportedKeywordError, match="contains"):
        verdict(of_orders('{"id": ["x"]}'), [contract(document)])


def test_a_field_of_any_type_may_hold_whatever_a_rule_asks_for() -> None:
    """Pydantic's `Any` is an empty schema: a map or a list as well as a leaf."""
    document = {**PLACED, "properties": {"any": {}}, "required": [], "examples": []}

    found = verdict(of_orders('{"any": {"deep": {"down": [7]}}}'), [contract(document)])

    assert found.kind is Kind.SOMETIMES
    assert found.matching["detail"]["data"] == {"any": {"deep": {"down": 7}}}


def test_invalid_examples_are_not_shown() -> None:
    """The contract's own examples count only if they are valid."""
    wrong = contract(PLACED, examples=[{"id": "UPPER"}])

    found = verdict(of_orders('{"id": ["UPPER"]}'), [wrong])

    assert found.kind is Kind.NEVER
    assert validator(wrong.event_schema).is_valid(found.other)


DATA = ("detail", "data")


def blames(pattern: Pattern, of: Contract) -> list[Blame]:
    """Returns why conditions of the event's fields never match."""
    found = [
        blame(of, path, condition)
        for branch in pattern.branches
        for path, clause in branch.items()
        if path[0] == "detail"
        for condition in clause
    ]
    return [one for one in found if one is not None]


@pytest.mark.parametrize(
    ("data", "cause", "details"),
    [
        ('{"gone": ["x"]}', Cause.UNKNOWN_FIELD, {"missing": (*DATA, "gone")}),
        ('{"total": {"sum": [1]}}', Cause.UNKNOWN_FIELD, {"known": ("amount", "currency")}),
        ('{"lines": {"sku": {"x": ["y"]}}}', Cause.UNKNOWN_FIELD, {"known": ()}),
        ('{"total": [1]}', Cause.NOT_A_LEAF, {"known": ("amount", "currency")}),
        ('{"lines": [{"exists": true}]}', Cause.NOT_A_LEAF, {"types": ("object",)}),
        ('{"id": [7]}', Cause.WRONG_TYPE, {"types": ("string",)}),
        ('{"id": [true]}', Cause.WRONG_TYPE, {"types": ("string",)}),
        ('{"paid": ["true"]}', Cause.WRONG_TYPE, {"types": ("boolean",)}),
        ('{"total": {"amount": ["10"]}}', Cause.WRONG_TYPE, {"types": ("integer",)}),
        ('{"total": {"amount": [null]}}', Cause.WRONG_TYPE, {}),
        ('{"total": {"currency": ["CHF"]}}', Cause.OUTSIDE_ENUM, {"values": ("EUR", "USD")}),
        ('{"total": {"currency": [{"anything-but": ["EUR", "USD"]}]}}', Cause.OUTSIDE_ENUM, {}),
        (
            '{"total": {"amount": [{"numeric": ["<", 0]}]}}',
            Cause.OUTSIDE_BOUNDS,
            {"allowed": ("at least 0", "at most 1000")},
        ),
        ('{"lines": {"count": [0.5]}}', Cause.OUTSIDE_BOUNDS, {"types": ("integer",)}),
        ('{"id": [""]}', Cause.OUTSIDE_LENGTH, {}),
        ('{"id": ["much-too-long-for-it"]}', Cause.OUTSIDE_LENGTH, {}),
        ('{"id": [{"wildcard": "*_*"}]}', Cause.PATTERN, {}),
        ('{"day": [{"suffix": "2026"}]}', Cause.FORMAT, {"allowed": ("a date",)}),
        ('{"id": [{"exists": false}]}', Cause.ALWAYS_THERE, {}),
        ('{"lines": {"sku": [{"exists": false}]}}', Cause.ALWAYS_THERE, {}),
        ('{"nothing": ["x"]}', Cause.EMPTY_ARRAY, {}),
    ],
)
def test_an_entry_that_never_matches_is_blamed(
    data: str, cause: Cause, details: dict[str, Any]
) -> None:
    """With what the contract allows instead."""
    found = blames(of_orders(data), CONTRACTS[0])

    assert [one.cause for one in found] == [cause]
    assert {name: getattr(found[0], name) for name in details} == details
    assert found[0].contract == "shop.orders@OrderPlaced"


@pytest.mark.parametrize(
    ("bounds", "entry", "words"),
    [
        ({"exclusiveMinimum": 0}, 0, ("above 0",)),
        ({"minimum": 0, "exclusiveMaximum": 9}, 9, ("at least 0", "below 9")),
        ({"minimum": 0, "multipleOf": 5}, 7, ("at least 0", "a multiple of 5")),
    ],
)
def test_the_bounds_of_a_number_are_told_in_words(
    bounds: dict[str, Any], entry: int, words: tuple[str, ...]
) -> None:
    """Whether the bound itself is allowed, and which steps are."""
    count = {"type": "integer", **bounds}
    document = {**PLACED, "properties": {"count": count}, "required": ["count"], "examples": []}

    (found,) = blames(of_orders(f'{{"count": [{entry}]}}'), contract(document))

    assert (found.cause, found.allowed) == (Cause.OUTSIDE_BOUNDS, words)


def test_beside_a_missing_field_its_siblings_are_named() -> None:
    """Of the object in which it is missed, not of the whole event."""
    (found,) = blames(of_orders('{"total": {"sum": {"minor": [1]}}}'), CONTRACTS[0])

    assert found.missing == (*DATA, "total", "sum")
    assert found.known == ("amount", "currency")


def test_of_several_undecided_contracts_the_first_is_named() -> None:
    """The reason is told of the contract where it was met first."""
    word = {"type": "string", "pattern": r"\bx"}
    changes = {"properties": {"id": word}, "required": ["id"], "examples": []}
    both = [contract(PLACED, **changes), contract(DECLINED, **changes)]

    found = verdict(Pattern.parse({"detail": {"data": {"id": [{"prefix": "zz"}]}}}), both)

    assert found.kind is Kind.UNDECIDED
    assert found.reason.startswith("shop.orders@OrderPlaced: ")


def test_entries_that_may_match_are_not_blamed() -> None:
    """Only the impossible one of two entries is."""
    found = [blames(of_orders(f'{{"id": ["{entry}"]}}'), CONTRACTS[0]) for entry in ("x", "X")]

    assert [len(one) for one in found] == [0, 1]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ('{"total": {"currency": ["EUR", "USD"]}}', True),
        ('{"id": [{"exists": true}]}', True),
        ('{"gone": [{"exists": false}]}', True),
        ('{"lines": {"count": [{"exists": true}]}}', True),
        ('{"paid": [true, false]}', False),
        ('{"total": {"currency": ["EUR"]}}', False),
        ('{"id": [{"anything-but": "UPPER"}]}', True),
    ],
)
def test_a_clause_that_every_event_passes_is_seen(data: str, expected: bool) -> None:  # noqa: FBT001 - a column of the table
    """It says nothing and only hides what the rule means."""
    branch: Branch = of_orders(data).branches[0]
    path = next(path for path in branch if path[0] == "detail")

    assert always_true(CONTRACTS[0], path, branch[path]) is expected
    assert possible(CONTRACTS[0], path, branch[path][0]) is not None


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ('{"lines": {"count": [1]}}', '{"lines": {"count": [2]}}', True),
        ('{"total": {"currency": ["EUR"]}}', '{"total": {"currency": ["USD"]}}', False),
        ('{"id": [{"prefix": "a"}]}', '{"id": [{"suffix": "b"}]}', True),
        ('{"id": [{"prefix": "a"}]}', '{"id": [{"prefix": "b"}]}', False),
        ('{"paid": [{"exists": false}]}', '{"paid": [true]}', False),
    ],
)
def test_two_patterns_meet_in_one_event_or_not(one: str, other: str, expected: bool) -> None:  # noqa: FBT001 - a column of the table
    """Different elements of an array may serve different patterns."""
    first, second = of_orders(one), of_orders(other)

    found = both_match(first, second, CONTRACTS)

    assert (found is not None) is expected
    assert found is None or (first.matches(found) and second.matches(found))


def test_whether_two_patterns_meet_may_be_undecided() -> None:
    """Nothing is claimed, neither an event nor that there is none."""
    word = {"type": "string", "pattern": r"\bx"}
    document = {**PLACED, "properties": {"id": word}, "required": ["id"], "examples": []}
    one, other = of_orders('{"id": [{"prefix": "zz"}]}'), of_orders('{"id": [{"suffix": "y"}]}')

    with pytest.raises(UndecidedError, match=r"shop\.orders@OrderPlaced: "):
        both_match(one, other, [contract(document)])


@given(st.integers(0, 2**64 - 1))
def test_random_events_do_not_contradict_the_verdict(seed: int) -> None:
    """Contracts of every kind: what is never matched is not, what always is, is."""
    random = Random(seed)  # noqa: S311 - examples, not secrets
    document = DECLINED | pydantic_like.a_document(random) | {"examples": []}
    subject = contract(document)
    try:
        values = [some_value(node(document), random) for _ in range(12)]
    except NoValueError:
        return
    events = [example_event(document, value) for value in values]
    leaves = [leaf for event in events[:4] for leaf in _leaves(event["detail"]["data"], ())]
    chosen = random.sample(leaves, min(len(leaves), random.randint(1, 2)))
    tree: dict[str, Any] = {}
    for path, value in chosen:
        tree[".".join(path)] = [_entry(random, value)]
    pattern = Pattern.parse(json.dumps({"detail": {"data": tree or {"x": [1]}}}))

    found = verdict(pattern, [subject])

    matched = [pattern.matches(event) for event in events]
    assert found.kind is not Kind.NEVER or not any(matched)
    assert found.kind is not Kind.ALWAYS or all(matched)


def _entry(random: Random, value: Any) -> Any:
    options: list[Any] = [value, {"exists": True}, {"exists": False}]
    if isinstance(value, str):
        options += [{"prefix": value[:2]}, {"suffix": value[-2:]}, {"anything-but": value}]
    elif isinstance(value, int | float) and not isinstance(value, bool):
        options += [{"numeric": ["<=", value]}, {"numeric": [">", value]}, {"anything-but": value}]
    return random.choice(options)


def _leaves(value: Any, path: tuple[str, ...]) -> list[tuple[tuple[str, ...], Any]]:
    if isinstance(value, dict):
        return [leaf for key, one in value.items() for leaf in _leaves(one, (*path, key))]
    if isinstance(value, list):
        return [leaf for one in value for leaf in _leaves(one, path)]
    return [(path, value)] if path else []
