"""Globals of a template hold for its own resources only, as SAM's translator applies them."""

from pathlib import Path
from typing import Any, Final

import pytest

from tests.unit.templates.repository import TEMPLATE, repository
from trunklab.local.deploy import sam_translation
from trunklab.templates import template_file
from trunklab.templates.repository import topology

HEAD: Final = "Transform: AWS::Serverless-2016-10-31\n"
ROOT_GLOBALS: Final = """Globals:
  Function:
    Timeout: 7
    Architectures: [arm64]
    Layers: [arn:aws:lambda:us-east-1:1:layer:root:1]
    Environment: {Variables: {FROM: root, ROOT: 'yes'}}
  SimpleTable: {SSESpecification: {SSEEnabled: true}}
"""
CHILD_GLOBALS: Final = """Globals:
  Function:
    MemorySize: 512
    Architectures: [x86_64]
    Layers: [arn:aws:lambda:us-east-1:1:layer:child:1]
    Environment: {Variables: {FROM: child, CHILD: 'yes'}}
"""
CHILD: Final = """Resources:
  F:
    Type: AWS::Serverless::Function
    %s
    Properties:
      Handler: a.b
      Runtime: python3.13
      InlineCode: x
      Architectures: [arm64]
      Layers: [arn:aws:lambda:us-east-1:1:layer:own:1]
      Environment: {Variables: {OWN: 'yes'}}
  T: {Type: AWS::Serverless::SimpleTable}
"""
ROOT: Final = """Resources:
  Below: {Type: AWS::Serverless::Application, Properties: {Location: child.yaml}}
  Own: {Type: AWS::Serverless::Function, Properties: {Handler: a.b, Runtime: python3.13,
    InlineCode: x}}
"""


def written(folder: Path, root: str, child: str) -> Path:
    """Writes a template and one that it nests; returns the repository."""
    child_path = str(Path(TEMPLATE).with_name("child.yaml"))
    return repository(folder, {TEMPLATE: HEAD + root, child_path: HEAD + child})


def translated(path: Path, body: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Returns the properties of functions and tables that SAM's translator makes."""
    resources = sam_translation.translate(path, body, {})["Resources"]
    kinds = {"AWS::Lambda::Function", "AWS::DynamoDB::Table"}
    return {
        name: {key: value for key, value in one["Properties"].items() if key != "Role"}
        for name, one in resources.items()
        if one["Type"] in kinds
    }


@pytest.mark.parametrize("ignored", ["", "IgnoreGlobals: '*'", "IgnoreGlobals: [Layers]"])
@pytest.mark.parametrize("child_globals", ["", CHILD_GLOBALS])
@pytest.mark.parametrize("root_globals", ["", ROOT_GLOBALS])
def test_a_nested_resource_takes_the_globals_of_its_own_template(
    tmp_path: Path, root_globals: str, child_globals: str, ignored: str
) -> None:
    """The flat template translates to what its two templates translate to one by one."""
    root = written(tmp_path, root_globals + ROOT, child_globals + CHILD % ignored)
    path, child_path = root / TEMPLATE, (root / TEMPLATE).with_name("child.yaml")

    flat = translated(path, template_file.load(path).body)

    alone = translated(child_path, template_file.load(child_path).body)
    own = template_file.parse(path, path.read_bytes()).body
    assert flat == translated(path, own) | {f"Below{name}": one for name, one in alone.items()}


def test_variables_of_a_nested_function_come_from_its_own_template(tmp_path: Path) -> None:
    """The reader, the local platform and the testing kit ask the same question."""
    root = written(tmp_path, ROOT_GLOBALS + ROOT, CHILD_GLOBALS + CHILD % "")

    functions = {one.logical_id: one.variables for one in topology(root).functions}

    assert functions == {
        "Own": {"FROM": "root", "ROOT": "yes"},
        "BelowF": {"FROM": "child", "CHILD": "yes", "OWN": "yes"},
    }


API_GLOBALS: Final = "Globals: {HttpApi: {Tags: {of: own}}, Api: {Name: own}}\n"
API_EVENTS: Final = """      Events:
        Rest: {Type: Api, Properties: {Path: /a, Method: get}}
        Http: {Type: HttpApi, Properties: {Path: /b, Method: get}}
"""


@pytest.mark.parametrize("root_globals", ["", API_GLOBALS.replace("own", "root")])
def test_an_implicit_api_belongs_to_the_template_of_its_events(
    tmp_path: Path, root_globals: str
) -> None:
    """SAM makes one API for each template, with the Globals of that template."""
    function = "Resources:\n" + CHILD.partition("  T:")[0].partition("\n")[2] % "" + API_EVENTS
    below = ROOT.partition("  Own:")[0].partition("\n")[2]
    root = written(tmp_path, root_globals + function + below, API_GLOBALS + function)

    body = template_file.load(root / TEMPLATE).body
    made = sam_translation.translate(root / TEMPLATE, body, {})["Resources"]

    apis = {
        name: (
            [given for given in ("own", "root") if f"'{given}'" in str(one["Properties"])],
            [*one["Properties"]["Body"]["paths"]],
        )
        for name, one in made.items()
        if one["Type"] in {"AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api"}
    }
    of_root = ["root"] if root_globals else []
    assert apis == {
        "ServerlessRestApi": (of_root, ["/a"]),
        "ServerlessHttpApi": (of_root, ["/b"]),
        "BelowServerlessRestApi": (["own"], ["/a"]),
        "BelowServerlessHttpApi": (["own"], ["/b"]),
    }


def test_globals_of_two_levels_stay_apart(tmp_path: Path) -> None:
    """A nested template may nest another one."""
    middle = CHILD_GLOBALS + ROOT.replace("child.yaml", "inner.yaml")
    root = written(tmp_path, ROOT_GLOBALS + ROOT, middle)
    (root / TEMPLATE).with_name("inner.yaml").write_text(HEAD + CHILD % "", "utf-8")

    found = {one.logical_id: one.variables for one in topology(root).functions}

    assert found == {
        "Own": {"FROM": "root", "ROOT": "yes"},
        "BelowOwn": {"FROM": "child", "CHILD": "yes"},
        "BelowBelowF": {"OWN": "yes"},
    }
