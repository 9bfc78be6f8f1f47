"""Templates are found anywhere in a repository, each once, and have unique service names."""

from pathlib import Path, PurePosixPath
from typing import Final

import pytest

from tests.unit.templates.repository import repository
from trunklab.errors import UsageError
from trunklab.templates.repository import topology
from trunklab.templates.template_discovery import found_templates, service_names

YAML: Final = """Resources:
  R: {Type: AWS::Events::Rule, Properties: {EventPattern: {source: [a]}}}
"""
JSON: Final = '{"Resources": {"R": {"Type": "AWS::SQS::Queue"}}}'


def found(root: Path) -> list[str]:
    """Returns the paths of the templates."""
    return [path.as_posix() for path in found_templates(root)]


def test_templates_are_found_by_name_or_content(tmp_path: Path) -> None:
    """The root's own come first."""
    files = {
        "z.template": YAML,
        "infra/deep/stack.yml": YAML,
        "infra/stack.template.json": JSON,
        "services/a/template.yaml": "broken: [",
        "services/b/broken.json": JSON + "}",
    }

    assert found(repository(tmp_path, files)) == [
        "z.template",
        "infra/deep/stack.yml",
        "infra/stack.template.json",
        "services/a/template.yaml",
        "services/b/broken.json",
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (".aws-sam/build/template.yaml", YAML),
        ("web/node_modules/x/template.yaml", YAML),
        ("cdk.out/stack.template.json", JSON),
        (".github/template.yaml", YAML),
        ("notes.md", YAML),
        ("values.yaml", "resources: {limits: {}}\nkind: x"),
        ("serverless.yml", "resources:\n  Resources:\n    A: {Type: AWS::SQS::Queue}\n"),
        ("event.json", '{"detail": {"Resources": {"A": {"Type": "AWS::SQS::Queue"}}}}'),
        ("list.json", f"[{JSON}]"),
        ("custom.yaml", "Resources:\n  a: 1\n"),
    ],
)
def test_other_files_are_no_templates(name: str, text: str, tmp_path: Path) -> None:
    """Copies, other people's templates and files that only look similar."""
    assert found(repository(tmp_path, {name: text})) == []


def test_what_the_ignore_file_names_is_skipped(tmp_path: Path) -> None:
    """Folders, files and patterns; comments and empty lines do not count."""
    files = {
        ".trunklineignore": "# copies\n\ntests/\ninfra/old-*.yaml\n",
        "tests/template.yaml": YAML,
        "infra/old-1.yaml": YAML,
        "infra/new.yaml": YAML,
    }

    assert found(repository(tmp_path, files)) == ["infra/new.yaml"]


def test_an_ignore_file_that_is_not_text_is_wrong_usage(tmp_path: Path) -> None:
    """It would be a silent gap, or a flood."""
    (tmp_path / ".trunklineignore").write_bytes(b"\xff")

    with pytest.raises(UsageError, match=r"\.trunklineignore cannot be read"):
        found_templates(tmp_path)


def test_one_broken_template_hides_no_other(tmp_path: Path) -> None:
    """The rest is read, the broken one is reported."""
    read = topology(repository(tmp_path, {"a/template.yaml": "- a", "b/rules.yaml": YAML}))

    assert [rule.full_name for rule in read.rules] == ["b/rules.R"]
    assert [part.file.as_posix() for part in read.unread] == ["a/template.yaml"]


def test_a_nested_template_is_read_in_its_place_only(tmp_path: Path) -> None:
    """Alone it would lack its parameters; of two that nest each other one is read."""
    nests = "  %s: {Type: AWS::Serverless::Application, Properties: {Location: %s}}\n"
    files = {"a.yaml": YAML + nests % ("In", "b.yaml"), "b.yaml": YAML}

    assert [rule.full_name for rule in topology(repository(tmp_path, files)).rules] == [
        "a.R",
        "a.InR",
    ]
    files["b.yaml"] += nests % ("Back", "a.yaml")
    assert topology(repository(tmp_path, files)).rules


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("template.yaml", "platform"),
        ("services/a/template.yaml", "a"),
        ("infra/stack.yaml", "infra/stack"),
        ("x/orders/template.yml", "x/orders/template.yml"),
        ("y/orders/template.yaml", "y/orders/template.yaml"),
    ],
)
def test_services_have_unique_names(path: str, name: str) -> None:
    """Two folders of one name have their whole paths."""
    paths = ["template.yaml", "services/a/template.yaml", "infra/stack.yaml"]
    paths += ["x/orders/template.yml", "y/orders/template.yaml"]

    assert service_names(map(PurePosixPath, paths))[PurePosixPath(path)] == name


@pytest.mark.parametrize(("line", "unread"), [("", "template"), ("template_file = 'b.yaml'", "b")])
def test_a_samconfig_is_strict_only_with_its_own_template(
    line: str, unread: str, tmp_path: Path
) -> None:
    """Another template beside it need not have the parameters."""
    config = f"[local.deploy.parameters]\nparameter_overrides = ['Gone=1']\n{line}\n"
    files = {"a/samconfig.toml": config, "a/template.yaml": YAML, "a/b.yaml": YAML}

    read = topology(repository(tmp_path, files))

    assert [part.problem for part in read.unread] == [
        f"[local] parameter Gone is not in {unread}.yaml"
    ]
