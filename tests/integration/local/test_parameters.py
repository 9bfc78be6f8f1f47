"""`up --parameter NAME=VALUE` gives the parameters of a template."""

from pathlib import Path

import pytest

from tests.integration.local.command import trunkline
from trunklab.local.deploy.prepare import prepare

TEMPLATE = """
Parameters: {Size: {Type: String, Default: small}, Color: {Type: String}}
Resources:
  Name: {Type: AWS::SSM::Parameter, Properties: {Type: String, Value: !Ref Size}}
"""


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """A template with a value in samconfig.toml."""
    path = tmp_path / "template.yaml"
    path.write_text(TEMPLATE)
    overrides = 'parameter_overrides = ["Color=red"]'
    (tmp_path / "samconfig.toml").write_text(f"[local.deploy.parameters]\n{overrides}\n")
    return path


def test_a_given_value_goes_before_samconfig(template: Path) -> None:
    """Others stay; names of other templates are left out."""
    (prepared,) = prepare([template], "local", {"Color": "blue", "Other": "1"})

    assert prepared.stage.parameters == {"Color": "blue"}


@pytest.mark.parametrize(
    ("given", "said"),
    [("Size", "'Size' is not NAME=VALUE"), ("Sice=1", "no template declares the parameter Sice")],
)
def test_a_parameter_that_cannot_be_is_wrong_usage(template: Path, given: str, said: str) -> None:
    """Misspelt or without a value."""
    ended = trunkline("up", "--port", "0", "--template", str(template), "--parameter", given)

    assert ended.returncode == 2
    assert said in ended.stderr
