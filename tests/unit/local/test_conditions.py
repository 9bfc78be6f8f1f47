"""Conditions are constants once the parameters are known; the emulator gets them as such."""

from pathlib import Path
from typing import Any

import pytest

from trunklab.errors import TemplateError
from trunklab.local.deploy.deployer import with_constant_conditions
from trunklab.templates.samconfig import StageSettings

PARAMETERS = {
    "Stage": {"Type": "String"},
    "Empty": {"Type": "CommaDelimitedList", "Default": ""},
    "Two": {"Type": "CommaDelimitedList", "Default": "x, y"},
    "Flag": {"Type": "String", "Default": True},
    "Named": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/a"},
}
MAPPINGS = {"Sizes": {"local": {"n": 1}}}
STAGE = StageSettings("stack", {"Stage": "local"})


def _evaluate(condition: object, **others: object) -> Any:
    body = {
        "Parameters": PARAMETERS,
        "Mappings": MAPPINGS,
        "Conditions": {"C": condition, **others},
        "Resources": {"Table": {"Type": "AWS::DynamoDB::Table"}},
    }
    values = {"/a": "looked up"}
    constant = with_constant_conditions(Path("t.yaml"), body, STAGE, values.__getitem__)
    return constant["Conditions"]["C"]


TRUE = {"Fn::Equals": ["true", "true"]}
FALSE = {"Fn::Equals": ["true", "false"]}


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ({"Ref": "Stage"}, "local"),
        ({"Ref": "AWS::Region"}, "us-east-1"),
        ({"Ref": "AWS::StackName"}, "stack"),
        ({"Ref": "Flag"}, "true"),
        ({"Ref": "Named"}, "looked up"),
        ({"Fn::Join": ["", {"Ref": "Empty"}]}, ""),
        ({"Fn::Join": ["-", {"Ref": "Two"}]}, "x-y"),
        ({"Fn::Join": ["-", ["a", {"Ref": "Stage"}]]}, "a-local"),
        ({"Fn::Select": [1, {"Ref": "Two"}]}, "y"),
        ({"Fn::Select": ["0", {"Fn::Split": ["/", "p/q"]}]}, "p"),
        ({"Fn::Sub": "${Stage}/${!x}"}, "local/${x}"),
        ({"Fn::Sub": ["${s}", {"s": {"Ref": "Stage"}}]}, "local"),
        ({"Fn::FindInMap": ["Sizes", {"Ref": "Stage"}, "n"]}, 1),
    ],
)
def test_values_are_compared_as_cloudformation_would(left: object, right: object) -> None:
    """The emulator would compare most of these as raw text."""
    assert _evaluate({"Fn::Equals": [left, right]}) == TRUE
    assert _evaluate({"Fn::Equals": [left, "something else"]}) == FALSE


@pytest.mark.parametrize(
    "resource",
    [{"Ref": "Table"}, {"Fn::GetAtt": ["Table", "Arn"]}, {"Fn::GetAtt": "Table.Arn"}],
)
def test_the_name_of_a_resource_is_never_empty(resource: object) -> None:
    """A nested template asks in this way whether it was given a table."""
    assert _evaluate({"Fn::Equals": [resource, ""]}) == FALSE
    assert _evaluate({"Fn::Equals": ["", resource]}) == FALSE
    assert _evaluate({"Fn::Not": [{"Fn::Equals": [resource, {"Fn::Join": ["", []]}]}]}) == TRUE


@pytest.mark.parametrize("other", ["visits", {"Ref": "Stage"}, {"Ref": "Table"}])
def test_the_name_of_a_resource_is_compared_with_nothing_else(other: object) -> None:
    """Only a deployment knows the name."""
    with pytest.raises(TemplateError, match="the value of Table is known in a deployment only"):
        _evaluate({"Fn::Equals": [{"Ref": "Table"}, other]})


@pytest.mark.parametrize(
    ("condition", "amounts_to"),
    [
        ({"Fn::Not": [TRUE]}, FALSE),
        ({"Fn::And": [TRUE, TRUE]}, TRUE),
        ({"Fn::And": [TRUE, FALSE]}, FALSE),
        ({"Fn::Or": [FALSE, TRUE]}, TRUE),
        ({"Fn::Or": [FALSE, FALSE]}, FALSE),
        ({"Condition": "D"}, TRUE),
    ],
)
def test_conditions_are_combined(condition: object, amounts_to: object) -> None:
    """Also by naming another one."""
    assert _evaluate(condition, D=TRUE) == amounts_to


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ({"Condition": "C"}, "C refers to itself"),
        ({"Fn::Nonsense": []}, "Fn::Nonsense is not a condition function"),
        ("text", "'text' is not an expression"),
        (
            {"Fn::Equals": [{"Fn::GetAtt": ["A", "Arn"]}, ""]},
            "A is neither a parameter",
        ),
        ({"Fn::Equals": [{"Fn::FindInMap": ["Sizes", "x", "n"]}, ""]}, "Sizes has no x.n"),
    ],
)
def test_what_is_no_condition_is_refused(condition: object, said: str) -> None:
    """Rather than taken to be true or false."""
    with pytest.raises(TemplateError, match=said):
        _evaluate(condition)


def test_a_template_without_conditions_stays_as_it_is() -> None:
    """The very same object."""
    body: dict[str, Any] = {"Resources": {}}

    assert with_constant_conditions(Path("t.yaml"), body, STAGE, str) is body
