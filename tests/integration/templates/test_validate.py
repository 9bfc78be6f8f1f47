"""Tests that SAM and cfn-lint find nothing wrong with any template."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.integration.templates import sam
from tests.unit.service_templates.stack import PLATFORM, SERVICES, stack
from trunklab import settings

NAMES = [PLATFORM, *SERVICES]


@pytest.fixture(scope="session")
def validations() -> dict[str, CompletedProcess[str]]:
    """Run `sam validate --lint` in every stack's folder, side by side: each takes seconds."""
    folders = [stack(name).folder for name in NAMES]
    with ThreadPoolExecutor() as pool:
        return dict(zip(NAMES, pool.map(validate, folders), strict=True))


def validate(folder: Path) -> CompletedProcess[str]:
    """What a user types."""
    return sam.run("validate", "--lint", folder=folder)


@pytest.mark.parametrize("name", NAMES)
def test_a_template_validates(validations: dict[str, CompletedProcess[str]], name: str) -> None:
    """`sam validate --lint` accepts the template, in a region that samconfig.toml gives."""
    done = validations[name]

    assert done.returncode == 0, done.stdout
    assert "is a valid SAM Template" in done.stdout


def test_validation_can_fail(tmp_path: Path) -> None:
    """A template that CloudFormation would refuse is refused here."""
    broken = "Resources: {Bus: {Type: 'AWS::Events::EventBus', Properties: {Nam: bus}}}\n"
    (tmp_path / "template.yaml").write_text(broken, encoding="utf-8")

    done = sam.run("validate", "--lint", "--region", "us-east-1", folder=tmp_path)

    assert done.returncode != 0
    assert "Nam" in done.stdout


def test_a_template_of_a_foreign_repository_validates(tmp_path: Path) -> None:
    """A copy of the shared stacks serves two consumers in plain Python."""
    shutil.copytree(settings.REPOSITORY / "shared" / "stacks", tmp_path / "shared" / "stacks")
    folder = tmp_path / "services" / "parcels"
    (folder / "src").mkdir(parents=True)
    fixture = settings.REPOSITORY / "tests" / "fixtures" / "two_consumers.yaml"
    shutil.copy(fixture, folder / "template.yaml")

    done = sam.run("validate", "--lint", "--region", "us-east-1", folder=folder)

    assert done.returncode == 0, done.stdout
