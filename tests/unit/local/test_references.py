"""References are found and replaced wherever an expression can hide them."""

import pytest

from trunklab.templates.references import Reference, find, find_conditions, replace

A = Reference("A", None)
A_ARN = Reference("A", "Arn")


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ({"Ref": "A"}, [A]),
        ({"Fn::GetAtt": ["A", "Arn"]}, [A_ARN]),
        ({"Fn::GetAtt": "A.Arn"}, [A_ARN]),
        ({"Fn::Sub": "${A}-${A.Arn}-${!A}-$A"}, [A, A_ARN]),
        ({"Fn::Sub": ["${A}${v}", {"v": {"Ref": "B"}}]}, [Reference("B", None), A]),
        ({"x": [{"y": {"Fn::Join": ["", [{"Ref": "A"}]]}}]}, [A]),
        ({"Ref": ["A"]}, []),
        ({"Ref": "A", "more": 1}, []),
        ("${A}", []),
    ],
)
def test_references_are_found(expression: object, found: list[Reference]) -> None:
    """What only looks like one is none."""
    assert list(find(expression)) == found


@pytest.mark.parametrize(
    ("expression", "replaced"),
    [
        ({"Ref": "A"}, "value"),
        ({"Ref": "B"}, {"Ref": "B"}),
        ([{"Fn::GetAtt": ["A", "Arn"]}], ["value"]),
        ({"Fn::Sub": "x${A}"}, {"Fn::Sub": ["x${Bridged0}", {"Bridged0": "value"}]}),
        ({"Fn::Sub": "${B}"}, {"Fn::Sub": "${B}"}),
        (
            {"Fn::Sub": ["${A}${v}", {"v": {"Ref": "A"}}]},
            {"Fn::Sub": ["${Bridged1}${v}", {"v": "value", "Bridged1": "value"}]},
        ),
        ({"Fn::Sub": ["${A}", {"A": "own"}]}, {"Fn::Sub": ["${A}", {"A": "own"}]}),
    ],
)
def test_references_to_one_resource_are_replaced_and_no_others(
    expression: object, replaced: object
) -> None:
    """A text with references gets variables for them; its own variables stay its own."""
    assert replace(expression, lambda one: "value" if one.name == "A" else None) == replaced


def test_conditions_are_found_at_any_depth() -> None:
    """Fn::If names its condition first."""
    expression = {"a": [{"Fn::If": ["C", {"Fn::If": ["D", 1, 2]}, 3]}]}

    assert list(find_conditions(expression)) == ["C", "D"]
