"""Functions of nested templates are built under their own id; what is not read is not deployed."""

from pathlib import Path

import pytest

from trunklab.errors import TemplateError
from trunklab.local.deploy import function_code, prepare
from trunklab.templates.template_file import load

NESTING = "Resources: {{N: {{Type: AWS::Serverless::Application, Properties: {{Location: {}}}}}}}\n"
FUNCTION = """\
Resources:
  Sweep:
    Type: AWS::Serverless::Function
    Metadata: {BuildMethod: makefile, ContextPath: build}
    Properties: {CodeUri: ., Handler: a.b, Runtime: python3.13}
"""


def template(folder: Path, name: str, text: str) -> Path:
    """Writes a template."""
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("levels", [1, 2])
def test_a_nested_function_has_the_build_target_of_its_own_template(
    tmp_path: Path, levels: int
) -> None:
    """However deep it is nested; paths of its build are those of the root, as in SAM CLI."""
    template(tmp_path, "2/t.yaml", FUNCTION)
    template(tmp_path, "1/t.yaml", NESTING.format("../2/t.yaml"))
    root = template(tmp_path, "0/t.yaml", NESTING.format(f"../{3 - levels}/t.yaml"))

    (found,) = function_code.find(load(root))

    assert found.logical_id == "N" * levels + "Sweep"
    assert found.build_id == "Sweep"
    assert found.metadata["ContextPath"] == "build"
    assert found.code == tmp_path / "2"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (NESTING.format("gone.yaml"), "line 1: N is not read: gone.yaml: cannot be read"),
        (NESTING.format("t.yaml"), "t.yaml nests itself"),
        ("Resources: {'Fn::ForEach::L': [x, !Ref P, {'${x}': {}}]}\n", "Fn::ForEach::L is not"),
    ],
)
def test_a_template_with_an_unread_part_is_not_deployed(
    tmp_path: Path, text: str, problem: str
) -> None:
    """Leaving the part out would deploy something else than AWS does."""
    path = template(tmp_path, "t.yaml", text)

    with pytest.raises(TemplateError, match=problem):
        prepare.prepare([path], "local")
