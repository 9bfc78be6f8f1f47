"""What a template's expressions amount to without a deployment."""

from pathlib import Path
from typing import Any

import pytest

from trunklab.errors import TemplateError
from trunklab.templates.references import Reference
from trunklab.testing.sandbox_expressions import NOTHING, Expressions

MEANINGS = {
    Reference("Table", None): "t-1",
    Reference("Table", "Arn"): "arn:t-1",
    Reference("AWS::NoValue", None): NOTHING,
}


def value(expression: Any) -> Any:
    """Evaluate where only a table has a meaning, and one condition holds."""
    path = Path("template.yaml")
    return Expressions(path, MEANINGS.get, {"Yes": True, "No": False}).value(expression)


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
    ],
)
def test_what_means_nothing_here_is_refused(expression: Any) -> None:
    """A function must not run with half an environment."""
    with pytest.raises(TemplateError):
        value(expression)
