"""Reads the stack name and parameters of one stage from `samconfig.toml` beside a template."""

import re
import shlex
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trunklab.errors import TemplateError
from trunklab.templates.template_file import Template


@dataclass(frozen=True)
class StageSettings:
    """Stack name and parameters of one template in one stage."""

    stack_name: str
    parameters: dict[str, str]


def read(template: Template, stage: str) -> StageSettings:
    """Returns the settings of a stage; the default stack name comes from the folder.

    Another template in the folder of `template_file` shares the parameters that it declares.
    """
    path = template.path.with_name("samconfig.toml")
    section = _section(path, stage)
    stack_name = section.get("stack_name", _default_name(template.path, stage))
    if not isinstance(stack_name, str) or not re.fullmatch(
        r"[A-Za-z][A-Za-z0-9-]{0,127}", stack_name
    ):
        raise TemplateError(path, f"[{stage}] stack_name {stack_name!r} is not a stack name")
    parameters = _parameters(path, section.get("parameter_overrides", []))
    declared = template.body.get("Parameters", {})
    unknown = sorted(parameters.keys() - declared.keys())
    written_for = Path(str(section.get("template_file", "template"))).stem
    if unknown and written_for == template.path.stem:
        raise TemplateError(
            path, f"[{stage}] parameter {unknown[0]} is not in {template.path.name}"
        )
    known = {name: value for name, value in parameters.items() if name in declared}
    return StageSettings(stack_name, known)


def _section(path: Path, stage: str) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        environments = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise TemplateError(path, f"is not TOML: {error}") from error
    environment = environments.get(stage, {})
    merged: dict[str, Any] = {}
    for command in ("global", "deploy"):  # SAM's order: the command's own value wins
        merged |= environment.get(command, {}).get("parameters", {})
    return merged


def _parameters(path: Path, overrides: object) -> dict[str, str]:
    if isinstance(overrides, dict):
        return {str(key): str(value) for key, value in overrides.items()}
    words = shlex.split(overrides) if isinstance(overrides, str) else overrides
    if not isinstance(words, list):
        raise TemplateError(path, "parameter_overrides is neither a list nor a text")
    pairs = [str(word).partition("=") for word in words]
    wrong = [key for key, equals, _ in pairs if not equals]
    if wrong:
        raise TemplateError(path, f"parameter_overrides: {wrong[0]!r} is not Key=Value")
    return {key: value.strip('"') for key, _, value in pairs}


def _default_name(path: Path, stage: str) -> str:
    folder = re.sub(r"[^A-Za-z0-9]+", "-", path.resolve().parent.name).strip("-") or "stack"
    return f"{folder if folder[0].isalpha() else f'stack-{folder}'}-{stage}"
