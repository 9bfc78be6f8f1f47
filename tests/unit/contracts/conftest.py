"""A checkout of our own for every test that writes generated files."""

from pathlib import Path

import pytest

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Parameters: {RegistryName: {Type: AWS::SSM::Parameter::Value<String>}}
Resources:
  Contracts:
    Type: AWS::Serverless::Application
    Properties: {Location: contracts.yaml, Parameters: {RegistryName: !Ref RegistryName}}
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with the templates of both producers, before the first export."""
    for service in ("vans", "billing"):
        template = tmp_path / "services" / service / "template.yaml"
        template.parent.mkdir(parents=True)
        template.write_text(TEMPLATE, encoding="utf-8")
    return tmp_path
