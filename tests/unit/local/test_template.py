"""Templates are read as CloudFormation reads them, with errors that point to a line."""

from pathlib import Path

import pytest

from trunklab.errors import TemplateError
from trunklab.templates.template_file import Template, load
from trunklab.templates.template_limits import TEMPLATE_BYTES_MAX


def _load(folder: Path, text: str) -> Template:
    path = folder / "template.yaml"
    path.write_text(text, encoding="utf-8")
    return load(path)


def _value(folder: Path, yaml: str) -> object:
    template = _load(folder, f"Resources: {{A: {{Type: T, Properties: {{x: {yaml}}}}}}}")
    return template.resources["A"]["Properties"]["x"]


@pytest.mark.parametrize(
    ("yaml", "value"),
    [
        ("!Ref B", {"Ref": "B"}),
        ("!GetAtt B.Arn", {"Fn::GetAtt": ["B", "Arn"]}),
        ("!GetAtt B.Outputs.Url", {"Fn::GetAtt": ["B", "Outputs.Url"]}),
        ("!GetAtt [B, Arn]", {"Fn::GetAtt": ["B", "Arn"]}),
        ("!Sub '${B}'", {"Fn::Sub": "${B}"}),
        ("!Sub ['${b}', {b: !Ref B}]", {"Fn::Sub": ["${b}", {"b": {"Ref": "B"}}]}),
        ("!If [C, 1, !Ref 'AWS::NoValue']", {"Fn::If": ["C", 1, {"Ref": "AWS::NoValue"}]}),
        ("!Condition C", {"Condition": "C"}),
        ("!Transform {Name: N}", {"Fn::Transform": {"Name": "N"}}),
        ("2012-10-17", "2012-10-17"),
        ("'1'", "1"),
        ("{a: [true, null, 1.5]}", {"a": [True, None, 1.5]}),
    ],
)
def test_short_tags_are_the_functions_they_stand_for(
    tmp_path: Path, yaml: str, value: object
) -> None:
    """A date stays the text that a policy's version is."""
    assert _value(tmp_path, yaml) == value


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no Resources"),
        ("- a", "no Resources"),
        ("Resources: []", "no Resources"),
        ("Resources: {A: 1}", "resource A has no Type"),
        ("Resources: {A: {Type: [x]}}", "resource A has no Type"),
        ("Resources: {A: {Type: T, Properties: []}}", "resource A: Properties is not an object"),
        ("Resource: {}\nResources: {}", "unknown top-level key 'Resource'"),
        ("Resources: {A: {Type: T}\n", "line 2"),
        ("Resources:\n  A: {Type: T}\n  A: {Type: T}", "line 3, column 3: 'A' is given twice"),
        ("Resources:\n  ? [a]\n  : {Type: T}", "line 2, column 5: this key is not a string"),
        ("a: \x01", "is not YAML|not allowed"),
        ("Resources: {A: !!python/object:os.system {}}", "could not determine a constructor"),
        ("# " + "x" * TEMPLATE_BYTES_MAX, "CloudFormation takes"),
    ],
)
def test_what_is_no_template_is_refused_with_its_place(
    tmp_path: Path, text: str, said: str
) -> None:
    """Nothing of a template is guessed at."""
    with pytest.raises(TemplateError, match=said):
        _load(tmp_path, text)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """The message has the path and the reason."""
    with pytest.raises(TemplateError, match=r"nowhere\.yaml: cannot be read: No such file"):
        load(tmp_path / "nowhere.yaml")
