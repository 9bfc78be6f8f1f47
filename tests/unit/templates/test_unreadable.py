"""What cannot be read is refused with its file and line, never with a trace, never without end."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.unit.templates.repository import TEMPLATE, repository
from trunklab import cli
from trunklab.errors import UsageError
from trunklab.templates.repository import topology

BOMB = "a: &a [x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, name in zip("abcdefghij", "bcdefghijk", strict=True)
)
CODE = """Resources:
  F: {Type: AWS::Serverless::Function, Properties: {Handler: m.h, CodeUri: src}}
"""
RULE = "{Type: 'AWS::Events::Rule', Properties: %s}"


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({TEMPLATE: "Resources: ["}, f"{TEMPLATE}:2: line 2"),
        ({TEMPLATE: "Resources:\n\tx: 1"}, f"{TEMPLATE}:2: line 2"),
        ({TEMPLATE: "- a"}, "has no Resources"),
        ({TEMPLATE: "Resources: {A: {}}"}, "resource A has no Type"),
        ({TEMPLATE: f"Metadata:\n{BOMB}Resources: {{}}".replace("\n", "\n  ", 11)}, "more than"),
        ({TEMPLATE: "Resources: &r {A: {Type: T, x: *r}}"}, "line 1: an alias contains itself"),
        ({TEMPLATE: f"Resources: {'[' * 300}{']' * 300}"}, "line 1: nested deeper than 200"),
        ({TEMPLATE: f"Resources: {'[' * 200_000}"}, "line 1: nested deeper than 200"),
        ({TEMPLATE: "Resources: {}\n" + "#" * 1_100_000}, "CloudFormation takes"),
        ({TEMPLATE: "Resources: {}\nParameters: [x]"}, "is not built like a template"),
        ({"services/a/template.json": '{"Resources": {},}'}, "template.json:1: line 1, column 18"),
        ({"services/a/template.json": "Resources: {}"}, "template.json:1: line 1, column 1"),
        (
            {TEMPLATE: "Resources: {}", "services/shop/samconfig.toml": "["},
            "toml:1: is not TOML",
        ),
        (
            {TEMPLATE: CODE, "services/shop/src/m.py": "def"},
            "m.py:1: not Python: invalid syntax",
        ),
        ({TEMPLATE: CODE, "services/shop/src/m.py": "x = " + "(" * 5_000}, "src/m.py"),
        ({TEMPLATE: CODE, "services/shop/src/m.py": "#" * 1_100_000}, "larger than"),
        ({"README.md": ""}, "No template in"),
    ],
)
def test_what_cannot_be_read_is_refused_by_whoever_needs_all_of_it(
    tmp_path: Path, files: Mapping[str, str], said: str
) -> None:
    """The message names file, place and what to do."""
    root = repository(tmp_path, files)

    with pytest.raises(UsageError) as refused:
        topology(root).whole()

    assert said in str(refused.value)
    assert refused.value.exit_status == 2


@pytest.mark.parametrize(
    "properties",
    [
        "{EventPattern: [1, 2]}",
        "{EventPattern: 5}",
        "{EventPattern: 'no json'}",
        f"{{EventPattern: '{'[' * 3_000}'}}",
        "{EventPattern: {source: [a]}, Targets: {Arn: 3}}",
        "{EventPattern: {source: [a]}, Targets: [1, [2]], Name: [x], State: {}}",
        "{EventPattern: {1: [a], 2.5: [b]}}",
        "{EventPattern: !Sub {a: b}}",
        "{EventPattern: !Unknown x}",
    ],
)
def test_a_rule_of_a_strange_form_is_read_as_far_as_it_goes(
    tmp_path: Path, properties: str
) -> None:
    """What is wrong with the pattern is for the checks to say."""
    root = repository(tmp_path, {TEMPLATE: f"Resources: {{R: {RULE % properties}}}"})

    assert len(topology(root).rules) == 1


def test_a_template_that_is_no_file_is_reported(tmp_path: Path) -> None:
    """It would be a silent gap."""
    root = repository(tmp_path, {"template.yaml": "Resources: {}"})
    (root / "services" / "loop").mkdir(parents=True)
    (root / "services" / "loop" / "template.yaml").symlink_to("template.yaml")

    (unread,) = topology(root).unread
    assert unread.file.as_posix() == "services/loop/template.yaml"
    assert unread.problem == "cannot be read: Too many levels of symbolic links"


@pytest.mark.parametrize("folder", ["a\\0b", "a" * 5_000, "../" * 40, "loop"])
def test_code_that_is_in_no_folder_is_not_read(tmp_path: Path, folder: str) -> None:
    """Whatever the template says of it."""
    function = f'{{Type: AWS::Serverless::Function, Properties: {{CodeUri: "{folder}"}}}}'
    root = repository(tmp_path, {TEMPLATE: f"Resources: {{F: {function}}}"})
    (root / TEMPLATE).with_name("loop").symlink_to("loop")

    assert topology(root).functions[0].code is None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--root", "nowhere"], "nowhere is not a folder"),
        (["--parameter", "Gone=1"], "no template has the parameter Gone"),
        (["--parameter", "Gone"], "write it as NAME=VALUE"),
        (["--parameter", "=x"], "write it as NAME=VALUE"),
    ],
)
def test_a_wrong_call_is_refused(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit status 2, one line, no trace."""
    status = cli.main(["rules", "lint", *words])

    output = capsys.readouterr()
    assert (status, output.out) == (2, "")
    assert output.err.startswith("trunkline rules lint: ")
    assert said in output.err
