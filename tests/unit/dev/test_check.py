"""`make check` stops at the first stage with findings, and prints all findings of that stage."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from trunklab import settings
from trunklab.dev import check_stages

PASSING = ["sh", "-c", "echo 12 files checked"]
"""A program without findings; its output is of no interest."""


def failing(finding: str) -> Sequence[str]:
    """Returns a program with one finding."""
    return ["sh", "-c", f"echo {finding}; exit 1"]


def commands_of(stage: str) -> list[list[str]]:
    """Returns the arguments of each command of a stage."""
    commands = dict(check_stages.stages(settings.REPOSITORY))[stage]
    return [list(command[1:]) for command in commands]


def test_stages_without_findings_all_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The output of a program that found nothing is not repeated."""
    stages = [("format", [PASSING]), ("lint", [PASSING, PASSING])]

    status = check_stages.report(tmp_path, stages)

    lines = capsys.readouterr().out.splitlines()
    assert status == 0
    assert [line.split(" (")[0].split() for line in lines] == [
        ["check:", "format", "ok"],
        ["check:", "lint", "ok"],
    ]


def test_the_first_stage_with_findings_is_the_last(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """All of its findings are printed, whichever program found them."""
    stages: list[check_stages.Stage] = [
        ("lint", [failing("first"), PASSING, failing("second")]),
        ("types", [["sh", "-c", "touch ran"]]),
    ]

    status = check_stages.report(tmp_path, stages)

    lines = capsys.readouterr().out.splitlines()
    assert status == 1
    assert [line for line in lines if line in ("first", "second")] == ["first", "second"]
    assert lines[-1].startswith("check: lint       FAILED")
    assert not any("12 files" in line for line in lines)
    assert not (tmp_path / "ran").exists()


def test_a_missing_tool_is_a_finding(tmp_path: Path) -> None:
    """It says how to get it."""
    output = check_stages.run(tmp_path, [str(tmp_path / "ruff")])

    assert "run `make setup`" in output


def test_a_program_with_findings_fails_its_stage(tmp_path: Path) -> None:
    """Its exit status decides; both of its streams are kept, in order."""
    output = check_stages.run(tmp_path, ["sh", "-c", "echo one; echo two >&2; exit 1"])

    assert output.endswith(":\none\ntwo")


def test_a_program_that_fails_silently_is_a_finding(tmp_path: Path) -> None:
    """An exit status without words must not count as success."""
    assert check_stages.run(tmp_path, ["sh", "-c", "exit 1"])


def test_rules_and_contracts_are_checked_before_templates() -> None:
    """What no event can reach is reported before SAM CLI takes its seconds."""
    names = [name for name, _ in check_stages.stages(settings.REPOSITORY)]

    assert commands_of("events") == [["rules", "lint"], ["schemas", "check"]]
    assert commands_of("data") == [["templates", "check"]]
    assert names.index("events") < names.index("data") < names.index("templates")


def test_every_template_is_validated() -> None:
    """The platform's, those of all services, and what these nest."""
    found = {command[-1] for command in commands_of("templates")}
    services = {path.name for path in (settings.REPOSITORY / "services").iterdir() if path.is_dir()}

    assert found >= {"template.yaml", *(f"services/{name}/template.yaml" for name in services)}
    assert found >= {"shared/stacks/consumer.yaml", "services/orders/contracts.yaml"}
    assert not [name for name in found if name.endswith(("proof.yaml", "reads.yaml"))]
