"""Tests that plain `sam` commands find all they need for each stage in samconfig.toml."""

import re
import tomllib
from typing import Any

import pytest

from tests.unit.service_templates.stack import PLATFORM, SERVICES, Stack, stack
from tests.unit.service_templates.stack_invariants import published_names

STACKS = [PLATFORM, *SERVICES]
DEPLOYED = ["dev", "prod"]


def config(of: Stack, stage: str) -> dict[str, Any]:
    """What `sam deploy --config-env <stage>` reads."""
    stages = tomllib.loads((of.folder / "samconfig.toml").read_text("utf-8"))
    sections: dict[str, Any] = stages[stage]
    merged: dict[str, Any] = dict(sections.get("global", {}).get("parameters", {}))
    merged |= sections["deploy"]["parameters"]
    return merged


def overrides(of: Stack, stage: str) -> dict[str, str]:
    """The parameters that a stage gives to a template."""
    pairs = [pair.partition("=") for pair in config(of, stage)["parameter_overrides"]]
    return {name: value for name, _, value in pairs}


@pytest.mark.parametrize("stage", ["local", *DEPLOYED])
@pytest.mark.parametrize("name", STACKS)
def test_a_stage_gives_every_parameter_that_has_no_default(name: str, stage: str) -> None:
    """Nothing has to be typed, and nothing is given that the template does not know."""
    parameters = stack(name).body["Parameters"]
    required = {key for key, parameter in parameters.items() if "Default" not in parameter}

    given = overrides(stack(name), stage)

    assert required <= given.keys() <= parameters.keys()
    assert given["Stage"] == stage
    assert config(stack(name), stage)["stack_name"] == f"trunkline-{stage}-{name}"


@pytest.mark.parametrize("stage", ["local", *DEPLOYED])
@pytest.mark.parametrize("name", STACKS)
def test_a_stage_gives_only_values_that_cloudformation_accepts(name: str, stage: str) -> None:
    """A value that breaks a parameter's constraints would stop the deployment."""
    parameters = stack(name).body["Parameters"]

    for key, value in overrides(stack(name), stage).items():
        parameter = parameters[key]
        listed = parameter["Type"] == "CommaDelimitedList"
        for entry in value.split(",") if listed else [value]:
            assert re.fullmatch(parameter.get("AllowedPattern", ".*"), entry.strip())
        if parameter["Type"] == "Number":
            assert int(value) >= parameter.get("MinValue", int(value))
            assert int(value) <= parameter.get("MaxValue", int(value))
            assert int(value) in parameter.get("AllowedValues", [int(value)])


@pytest.mark.parametrize("stage", ["local", *DEPLOYED])
@pytest.mark.parametrize("name", SERVICES)
def test_a_service_reads_only_names_that_the_platform_publishes(name: str, stage: str) -> None:
    """Every SSM parameter of a service's stage is one of the platform stack's."""
    parameters = stack(name).body["Parameters"]

    read = {
        value.replace(f"/{stage}/", "/<stage>/")
        for key, value in overrides(stack(name), stage).items()
        if parameters[key]["Type"].startswith("AWS::SSM")
    }

    assert read
    assert read <= published_names(stack(PLATFORM)).keys()


@pytest.mark.parametrize("stage", DEPLOYED)
@pytest.mark.parametrize("name", STACKS)
def test_a_deployed_stage_may_make_what_its_template_has(name: str, stage: str) -> None:
    """Roles need a capability, and a template above 51,200 bytes and code need a bucket."""
    told = config(stack(name), stage)
    has_roles = "AWS::IAM::Role" in {one["Type"] for one in stack(name).resources.values()}

    assert ("CAPABILITY_IAM" in told.get("capabilities", "")) == has_roles
    assert told["resolve_s3"] is True
    assert told["region"]


@pytest.mark.parametrize("name", STACKS)
def test_production_asks_before_it_changes_anything(name: str) -> None:
    """The change set of prod is shown and confirmed; dev goes ahead."""
    assert config(stack(name), "prod")["confirm_changeset"] is True
    assert config(stack(name), "dev")["confirm_changeset"] is False


@pytest.mark.parametrize("name", SERVICES)
def test_a_build_is_never_taken_from_a_cache(name: str) -> None:
    """SAM's cache looks at src/ only: a change of the runtime library would not be shipped."""
    stages = tomllib.loads((stack(name).folder / "samconfig.toml").read_text("utf-8"))

    told = [
        stage.get("build", {}).get("parameters", {})
        for stage in stages.values()
        if isinstance(stage, dict)
    ]

    assert not any(one.get("cached") for one in told)
