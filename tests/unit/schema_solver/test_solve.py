"""Values that match some clauses and fail others, near to an example, or the proof of none."""

from dataclasses import replace
from typing import Any

import pytest

from trunklab.patterns.parse import Branch, Clause, branches, tree_of_text
from trunklab.schema_solver.errors import NoValueError, UndecidedError
from trunklab.schema_solver.goals import Found, Goal, failing, matching, together
from trunklab.schema_solver.number_search import number
from trunklab.schema_solver.random_values import example_like
from trunklab.schema_solver.schema_reader import node
from trunklab.schema_solver.shape import NumberShape
from trunklab.schema_solver.solve import find, solve
from trunklab.schema_solver.validate import validator

Schema = dict[str, Any]

LINE: Schema = {
    "type": "object",
    "properties": {
        "sku": {"type": "string", "pattern": "^[A-Z0-9-]+$"},
        "count": {"type": "integer", "minimum": 1, "maximum": 9},
        "gift": {"type": "boolean"},
    },
    "required": ["sku", "count"],
}
ORDER: Schema = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "minLength": 1, "maxLength": 8},
        "lines": {"type": "array", "items": LINE, "minItems": 1, "maxItems": 2},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "tags": {"type": "array", "items": {"enum": ["a", "b", "c"]}, "uniqueItems": True},
        "labels": {"type": "object", "additionalProperties": {"type": "string", "maxLength": 3}},
    },
    "required": ["id", "lines"],
}
EXAMPLE: Schema = {
    "id": "o-1",
    "lines": [{"sku": "LAMP", "count": 1}, {"sku": "BULB", "count": 3}],
    "note": None,
    "tags": ["a"],
}


def found_for(pattern: str) -> Any:
    """The order that is found for a pattern, judged by the validator; None if there is none."""
    goals = [goal for branch in branches(tree_of_text(pattern)) for goal in matching([branch])]
    for goal in goals:
        found = find(node(ORDER), goal, Found(EXAMPLE))
        if found is not None:
            assert validator(ORDER).is_valid(found.value)
            return found.value
    return None


@pytest.mark.parametrize(
    ("pattern", "changed"),
    [
        ('{"id": [{"exists": true}]}', {}),
        ('{"id": [{"prefix": "x"}]}', {"id": "x-1"}),
        ('{"id": [{"suffix": "99"}]}', {"id": "o99"}),
        ('{"note": ["now"]}', {"note": "now"}),
        ('{"tags": ["c"]}', {"tags": ["c"]}),
        ('{"labels": {"team": ["x"]}}', {"labels": {"team": "x"}}),
        ('{"labels": {"a": {"b": ["x"]}}}', {"labels": {"a.b": "x"}}),
        ('{"lines": {"sku": ["BULB"], "count": [5]}}', "second line"),
        ('{"lines": {"gift": [{"exists": false}], "count": [3]}}', {}),
    ],
)
def test_only_what_must_change_is_changed(pattern: str, changed: Any) -> None:
    """The rest of the example stays, in arrays too."""
    if changed == "second line":
        changed = {"lines": [EXAMPLE["lines"][0], {"sku": "BULB", "count": 5}]}

    assert found_for(pattern) == EXAMPLE | changed


@pytest.mark.parametrize(
    "pattern",
    [
        '{"gone": [{"exists": true}]}',
        '{"id": [{"exists": false}]}',
        '{"id": [1, true, null]}',
        '{"id": [""]}',
        '{"id": ["much too long"]}',
        '{"lines": ["LAMP"]}',
        '{"lines": [{"exists": true}]}',
        '{"lines": {"count": [{"numeric": [">", 9]}]}}',
        '{"lines": {"count": [{"numeric": [">", 1, "<", 2]}]}}',
        '{"lines": {"sku": ["lamp"]}}',
        '{"lines": {"sku": [{"exists": false}]}}',
        '{"lines": {"sku": {"deeper": [{"exists": true}]}}}',
        '{"labels": {"team": ["longer"]}}',
        '{"labels": {"team": [7]}}',
        '{"tags": [{"anything-but": ["a", "b", "c"]}]}',
        '{"tags": [{"numeric": [">", 0]}]}',
    ],
)
def test_none_is_found_where_the_schema_rules_it_out(pattern: str) -> None:
    """Unknown fields, wrong types, bounds, patterns, enums, required fields."""
    assert found_for(pattern) is None


def test_two_groups_may_need_two_elements() -> None:
    """One line has this count, another one that; a third wish finds no place."""
    wishes: list[Branch] = [{("lines", "count"): clause(f"[{value}]")} for value in (1, 2, 3)]
    two, three = (next(matching(wishes[:count])) for count in (2, 3))

    found = find(node(ORDER), two, Found(EXAMPLE))

    assert found is not None
    assert {line["count"] for line in found.value["lines"]} == {1, 2}
    assert find(node(ORDER), three) is None


def test_wanted_and_unwanted_clauses_hold_at_once() -> None:
    """What is unwanted holds in no element."""
    path = ("lines", "count")
    few, one = (clause(f'[{{"numeric": ["<", {value}]}}]') for value in (4, 2))

    (wanted,) = matching([{path: few}])
    found = find(node(ORDER), together([wanted, failing(path, one)]), Found(EXAMPLE))

    assert found is not None
    assert {line["count"] for line in found.value["lines"]} <= {2, 3}
    (wanted,) = matching([{path: one}])
    assert find(node(ORDER), together([wanted, failing(path, few)])) is None


def test_a_recursive_schema_has_its_smallest_value() -> None:
    """A tree without children ends; a list that must hold itself has no value."""
    tree = {"type": "object", "required": ["left"]}
    leaf = {"anyOf": [{"$ref": "#"}, {"type": "null"}]}
    endless = {"type": "object", "properties": {"self": {"$ref": "#"}}, "required": ["self"]}

    assert find(node({**tree, "properties": {"left": leaf}}), Goal()) == Found({"left": None})
    assert find(node(endless), Goal()) is None
    with pytest.raises(NoValueError):
        example_like(node(endless), {})


def test_a_search_without_end_is_undecided() -> None:
    """Too many elements, or too many ways to fill an array."""
    many = {"type": "array", "items": {"type": "integer"}, "minItems": 5_000}
    with pytest.raises(UndecidedError):
        find(node(many), Goal())


@pytest.mark.parametrize(
    ("items", "count", "is_found"),
    [
        ({"type": "boolean"}, 2, True),
        ({"type": "boolean"}, 3, False),
        ({"enum": ["a", 1, None]}, 3, True),
        ({"enum": ["a", 1, None]}, 4, False),
        ({"type": "null"}, 2, False),
        ({"type": "integer", "minimum": 1, "maximum": 3}, 3, True),
        ({"type": "integer", "minimum": 1, "maximum": 3}, 4, False),
    ],
)
def test_unique_elements_are_found_or_proved_too_few(
    items: Schema,
    count: int,
    is_found: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """An array of unique elements needs as many different values."""
    array = {"type": "array", "items": items, "uniqueItems": True, "minItems": count}

    found = find(node(array), Goal())

    assert (found is not None) is is_found
    assert found is None or validator(array).is_valid(found.value)


@pytest.mark.parametrize(
    ("other", "array"),
    [({"type": "array", "items": {"const": "a"}}, ["a"]), ({"const": ["a"]}, ["a"])],
)
def test_a_value_and_an_array_of_it_are_two_elements(other: Schema, array: list[str]) -> None:
    """A condition on the value is also one on the elements of the inner array: no proof."""
    document = {
        "type": "array",
        "items": {"anyOf": [{"const": "a"}, {"minItems": 1} | other]},
        "uniqueItems": True,
        "minItems": 2,
    }

    assert validator(document).is_valid(["a", array])
    with pytest.raises(UndecidedError):
        find(node(document), Goal())


def clause(entries: str) -> Clause:
    """The clause that a pattern's array is read as."""
    return branches(tree_of_text(f'{{"field": {entries}}}'))[0]["field",]


WHOLE = NumberShape("", integer=True)
CENTS = NumberShape("", multiple_of=0.01)
UNIT = NumberShape("", low=0, high=1)


@pytest.mark.parametrize(
    ("shape", "entries", "like", "expected"),
    [
        (WHOLE, '[{"numeric": [">", 0]}]', None, 1),
        (WHOLE, '[{"numeric": [">", 0.5, "<", 1]}]', None, None),
        (replace(WHOLE, multiple_of=0.5), '[{"numeric": [">", 7]}]', 3, 8),
        (replace(WHOLE, low=0, high=1), '[{"anything-but": [0, 1]}]', 0, None),
        (replace(WHOLE, low=0, high=9), '[{"numeric": [">", 2]}]', 7, 7),
        (replace(WHOLE, high=10**18), '[{"numeric": [">", 1e18]}]', 7, None),
        (CENTS, '[{"numeric": [">", 19.98, "<", 20]}]', None, 19.99),
        (CENTS, '[{"numeric": [">=", 0.07, "<", 0.08]}]', 0, 0.07),
        (CENTS, '[{"numeric": [">", 0.071, "<", 0.079]}]', 0, None),
        (UNIT, '[{"anything-but": [0, 1]}]', 0, 0.5),
        (UNIT, '["0", true, null, 1e400]', 0, None),
        (replace(UNIT, low_open=True), '[{"numeric": ["<=", 0]}]', None, None),
        (replace(UNIT, low=3, high=2), '[{"exists": true}]', None, None),
    ],
)
def test_a_number_is_found_near_the_example(
    shape: NumberShape, entries: str, like: float | None, expected: float | None
) -> None:
    """Whole numbers, multiples and open ends; None is exact."""
    assert number(shape, [clause(entries)], like=like) == expected


def test_whole_numbers_beyond_the_doubles_are_not_promised() -> None:
    """Several of them are one double to a rule."""
    shape = NumberShape("", integer=True, low=2**53 + 1, high=2**53 + 1)

    with pytest.raises(UndecidedError):
        number(shape, [clause('[{"numeric": ["<=", 9007199254740992]}]')])


THREE: Schema = {"type": "object", "properties": {name: {"type": "integer"} for name in "abc"}}
SOME: Schema = {"a": 1, "b": 2}


@pytest.mark.parametrize(
    ("bounds", "wanted", "expected"),
    [
        ({"maxProperties": 2}, "c", {"a": 1, "c": 3}),
        ({"maxProperties": 2, "required": ["b"]}, "c", {"b": 2, "c": 3}),
        ({"maxProperties": 1, "required": ["b"]}, "c", None),
        ({"maxProperties": 1}, "c", {"c": 3}),
        ({"minProperties": 3}, "b", {"a": 1, "b": 3, "c": 0}),
        ({"minProperties": 4}, "b", None),
    ],
)
def test_an_object_has_as_many_fields_as_it_may(
    bounds: Schema, wanted: str, expected: Schema | None
) -> None:
    """What is needed stays; of the rest the last goes first, and no more comes than is missing."""
    found = solve(node(THREE | bounds), {(wanted,): clause("[3]")}, like=Found(SOME))

    assert (found.value if found else None) == expected


def test_no_more_fields_are_made_up_than_are_asked_for() -> None:
    """Two of three will do."""
    assert find(node(THREE | {"minProperties": 2}), Goal()) == Found({"a": 0, "b": 0})


def test_the_fields_that_are_made_up_for_a_map_are_bounded() -> None:
    """Of more than a thousand nothing is said, before anything is spent on them."""
    counts = {"type": "object", "additionalProperties": {"type": "integer"}, "minProperties": 1_001}

    with pytest.raises(UndecidedError, match="more than 1000 fields"):
        find(node(counts), Goal())


@pytest.mark.parametrize("example", [True, False])
def test_a_yes_or_no_is_that_of_the_example(example: bool) -> None:  # noqa: FBT001 - a column of the table
    """Where either would do."""
    anything: Branch = {(): clause('[{"exists": true}]')}

    found = solve(node({"type": "boolean"}), anything, like=Found(example))

    assert found is not None
    assert found.value is example
