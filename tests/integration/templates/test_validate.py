"""SAM CLI finds nothing wrong with a repository that copied the shared stacks.

`make check` validates our own templates.
"""

import shutil
from pathlib import Path

import pytest

from tests.integration.templates import sam
from trunklab import settings


@pytest.mark.sampled
def test_validation_can_fail(tmp_path: Path) -> None:
    """A template that CloudFormation would refuse is refused here."""
    broken = "Resources: {Bus: {Type: 'AWS::Events::EventBus', Properties: {Nam: bus}}}\n"
    (tmp_path / "template.yaml").write_text(broken, encoding="utf-8")

    done = sam.run("validate", "--lint", "--region", "us-east-1", folder=tmp_path)

    assert done.returncode != 0
    assert "Nam" in done.stdout


@pytest.mark.sampled
def test_a_template_of_a_foreign_repository_validates(tmp_path: Path) -> None:
    """A copy of the shared stacks serves two consumers in plain Python."""
    shutil.copytree(settings.REPOSITORY / "shared" / "stacks", tmp_path / "shared" / "stacks")
    folder = tmp_path / "services" / "parcels"
    (folder / "src").mkdir(parents=True)
    fixture = settings.REPOSITORY / "tests" / "fixtures" / "two_consumers.yaml"
    shutil.copy(fixture, folder / "template.yaml")

    done = sam.run("validate", "--lint", "--region", "us-east-1", folder=folder)

    assert done.returncode == 0, done.stdout
