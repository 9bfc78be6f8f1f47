"""Stack name and parameters of a stage come from samconfig.toml, read as SAM reads it."""

from pathlib import Path

import pytest

from trunklab.errors import TemplateError
from trunklab.templates import template_file
from trunklab.templates.samconfig import StageSettings, read

TEMPLATE = "Parameters: {A: {Type: String}, B: {Type: String}}\nResources: {}\n"


def _read(folder: Path, config: str | None) -> StageSettings:
    path = folder / "template.yaml"
    path.write_text(TEMPLATE, encoding="utf-8")
    if config is not None:
        (folder / "samconfig.toml").write_text(config, encoding="utf-8")
    return read(template_file.load(path), "local")


@pytest.mark.parametrize(
    "overrides",
    [
        '["A=1", "B=two words"]',
        "\"A=1 B='two words'\"",
        '{A = 1, B = "two words"}',
        "['A=\"1\"', 'B=\"two words\"']",
    ],
)
def test_parameters_may_be_written_in_every_way_that_sam_takes(
    tmp_path: Path, overrides: str
) -> None:
    """A list, a text with quotes, a table."""
    config = f'[local.deploy.parameters]\nstack_name = "s"\nparameter_overrides = {overrides}\n'

    assert _read(tmp_path, config) == StageSettings("s", {"A": "1", "B": "two words"})


def test_what_a_stage_says_of_every_command_holds_unless_deploy_says_otherwise(
    tmp_path: Path,
) -> None:
    """`global` is SAM's name for that section; other stages do not count."""
    config = """
        [dev.deploy.parameters]
        stack_name = "other"
        [local.global.parameters]
        stack_name = "shared"
        parameter_overrides = ["A=1"]
        [local.deploy.parameters]
        parameter_overrides = ["A=2"]
    """

    assert _read(tmp_path, config) == StageSettings("shared", {"A": "2"})


def test_a_template_without_settings_is_named_after_its_folder(tmp_path: Path) -> None:
    """So that any SAM application can be started."""
    folder = tmp_path / "my_zoo.v2"
    folder.mkdir()

    assert _read(folder, None) == StageSettings("my-zoo-v2-local", {})


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ("[local", "is not TOML"),
        ("[local.deploy.parameters]\nstack_name = '9'", "'9' is not a stack name"),
        ("[local.deploy.parameters]\nstack_name = 'a_b'", "'a_b' is not a stack name"),
        ("[local.deploy.parameters]\nstack_name = 1", "1 is not a stack name"),
        ("[local.deploy.parameters]\nparameter_overrides = ['A']", "'A' is not Key=Value"),
        ("[local.deploy.parameters]\nparameter_overrides = 3", "neither a list nor a text"),
        ("[local.deploy.parameters]\nparameter_overrides = ['C=1']", "parameter C is not in"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(tmp_path: Path, config: str, said: str) -> None:
    """With the file's name."""
    with pytest.raises(TemplateError, match=rf"samconfig\.toml: .*{said}"):
        _read(tmp_path, config)
