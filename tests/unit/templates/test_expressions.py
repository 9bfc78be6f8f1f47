"""Expressions are evaluated as CloudFormation does, with and without a deployment."""

from pathlib import Path
from typing import Any

import pytest

from trunklab.errors import TemplateError
from trunklab.templates.expressions import Missing, Scope, UnresolvedError
from trunklab.templates.samconfig import StageSettings

BODY = {
    "Parameters": {"Given": {"Type": "String"}, "Names": {"Type": "CommaDelimitedList"}},
    "Conditions": {"Yes": {"Fn::Equals": [1, 1]}, "No": {"Fn::Equals": [1, 2]}},
    "Mappings": {"Sizes": {"local": {"n": 1}}},
    "Resources": {"Table": {"Type": "AWS::DynamoDB::Table"}},
}
STAGE = StageSettings("stack", {"Names": "a, b"})
VALUES = {("Table", None): "t-1", ("Table", "Arn"): "arn:t-1"}


def value(expression: Any) -> Any:
    """Evaluates where a table has a value, one condition holds, and SSM holds one name."""
    published = {"/a": "from SSM"}
    scope = Scope(Path("t.yaml"), BODY, STAGE, published.__getitem__, lambda *name: VALUES[name])
    return scope.value(expression)


@pytest.mark.parametrize(
    ("expression", "amounts_to"),
    [
        ("text", "text"),
        (14, 14),
        ({"Ref": "Table"}, "t-1"),
        ({"Fn::GetAtt": ["Table", "Arn"]}, "arn:t-1"),
        ({"Fn::GetAtt": "Table.Arn"}, "arn:t-1"),
        ({"Fn::Sub": "${Table}/x/${Table.Arn}"}, "t-1/x/arn:t-1"),
        ({"Fn::Sub": ["${A}/${Table}", {"A": {"Ref": "Table"}}]}, "t-1/t-1"),
        ({"Fn::Sub": "${!Literal}"}, "${Literal}"),
        ({"Fn::Join": ["-", ["a", {"Ref": "Table"}]]}, "a-t-1"),
        ({"Fn::Select": [1, {"Fn::Split": [",", "a,b"]}]}, "b"),
        ({"Fn::If": ["Yes", {"Ref": "Table"}, {"Ref": "Nobody"}]}, "t-1"),
        ({"Fn::If": ["No", {"Ref": "Nobody"}, "b"]}, "b"),
        ({"a": [{"Ref": "Table"}], "b": {"c": 1}}, {"a": ["t-1"], "b": {"c": 1}}),
        ({"a": {"Fn::If": ["No", 1, {"Ref": "AWS::NoValue"}]}, "b": 2}, {"b": 2}),
        ({"Fn::Length": {"Ref": "Names"}}, 2),
        ({"Fn::Length": [1, {"Ref": "AWS::NoValue"}]}, 1),
        ({"Fn::ToJsonString": {"a": [{"Ref": "Table"}]}}, '{"a":["t-1"]}'),
        ({"Fn::FindInMap": ["Sizes", "prod", "n", {"DefaultValue": 9}]}, 9),
        ("{{resolve:ssm:/a}}-x", "from SSM-x"),
        ({"Fn::Sub": "{{resolve:ssm:/a:1}}"}, "from SSM"),
    ],
)
def test_an_expression_is_evaluated(expression: Any, amounts_to: Any) -> None:
    """As CloudFormation would."""
    assert value(expression) == amounts_to


@pytest.mark.parametrize(
    "expression",
    [
        {"Ref": "Nobody"},
        {"Fn::GetAtt": ["Nobody", "Arn"]},
        {"Fn::ImportValue": "other-stack"},
        {"Fn::Sub": "${Nobody}"},
        {"Fn::Transform": {}},
        {"Fn::Length": "text"},
        {"Fn::FindInMap": ["Sizes", "prod", "n"]},
        {"Ref": ["Table"]},
        {"Fn::GetAtt": 3},
        "{{resolve:secretsmanager:x}}",
    ],
)
def test_what_means_nothing_here_is_refused(expression: Any) -> None:
    """A function must not run with half an environment."""
    with pytest.raises(TemplateError):
        value(expression)


@pytest.mark.parametrize(
    ("expression", "missing"),
    [
        ({"Ref": "Given"}, Missing.PARAMETER),
        ({"Fn::Sub": "${Given}"}, Missing.PARAMETER),
        ({"Ref": "Table"}, Missing.DEPLOYMENT),
        ({"Fn::GetAtt": ["Table", "Arn"]}, Missing.DEPLOYMENT),
        ({"Fn::Sub": "${Table.Arn}"}, Missing.DEPLOYMENT),
        ({"Ref": "AWS::StackId"}, Missing.DEPLOYMENT),
        ({"Fn::ImportValue": "x"}, Missing.DEPLOYMENT),
        ({"Fn::Transform": {"Name": "AWS::Include"}}, Missing.DEPLOYMENT),
        ("{{resolve:ssm:/a}}", Missing.DEPLOYMENT),
        ("{{resolve:secretsmanager:x:SecretString:y}}", Missing.DEPLOYMENT),
        ({"Ref": "Nobody"}, Missing.SENSE),
        ({"Fn::Nonsense": 1}, Missing.SENSE),
    ],
)
def test_an_expression_without_a_value_says_what_it_lacks(
    expression: Any, missing: Missing
) -> None:
    """Only a parameter can be set on the command line."""
    with pytest.raises(UnresolvedError) as unresolved:
        Scope(Path("t.yaml"), BODY, STAGE).value(expression)

    assert unresolved.value.missing is missing
