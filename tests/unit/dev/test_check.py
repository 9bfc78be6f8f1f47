"""`make check` stops at the first stage with findings, and tells all findings of that stage."""

from functools import partial
from pathlib import Path

import pytest

from trunklab import settings
from trunklab.dev import check_stages
from trunklab.dev.check_stages import Outcome


def passing() -> Outcome:
    """A check without findings; what it says interests nobody."""
    return Outcome(passed=True, output="12 files checked")


def failing(finding: str) -> check_stages.Check:
    """A check with one finding."""
    return lambda: Outcome(passed=False, output=finding)


def never() -> Outcome:
    """A check that must not run."""
    raise AssertionError("ran after a stage with findings")


def test_stages_without_findings_all_run(capsys: pytest.CaptureFixture[str]) -> None:
    """The output of a program that found nothing is not repeated."""
    status = check_stages.report([("format", [passing]), ("lint", [passing, passing])])

    lines = capsys.readouterr().out.splitlines()
    assert status == 0
    assert [line.split(" (")[0].split() for line in lines] == [
        ["check:", "format", "ok"],
        ["check:", "lint", "ok"],
    ]


def test_the_first_stage_with_findings_is_the_last(capsys: pytest.CaptureFixture[str]) -> None:
    """All of its findings are printed, whichever program found them."""
    status = check_stages.report(
        [("lint", [failing("a.py: one"), passing, failing("b.py: two")]), ("types", [never])]
    )

    output = capsys.readouterr().out
    assert status == 1
    assert "a.py: one\nb.py: two\ncheck: lint       FAILED" in output
    assert "12 files" not in output


def test_a_missing_tool_is_a_finding(tmp_path: Path) -> None:
    """It says how to get it."""
    outcome = check_stages.run(tmp_path, [str(tmp_path / "ruff")])

    assert not outcome.passed
    assert "run `make setup`" in outcome.output


def test_a_program_with_findings_fails_its_stage(tmp_path: Path) -> None:
    """Its exit status decides; both of its streams are kept, in order."""
    outcome = check_stages.run(tmp_path, ["sh", "-c", "echo one; echo two >&2; exit 1"])

    assert outcome == Outcome(passed=False, output="one\ntwo\n")


def test_rules_and_contracts_are_checked_before_templates() -> None:
    """What no event can reach is said before SAM CLI takes its seconds."""
    stages = dict(check_stages.stages(settings.REPOSITORY))
    commands = [one.args[1][1:] for one in stages["events"] if isinstance(one, partial)]

    assert commands == [["rules", "lint"], ["schemas", "check"]]
    assert list(stages).index("events") < list(stages).index("templates")


def test_changes_that_lose_data_are_found_before_templates_are_validated() -> None:
    """The comparison with what was released takes no time beside SAM CLI."""
    stages = dict(check_stages.stages(settings.REPOSITORY))
    commands = [run.args[1][1:] for run in stages["data"] if isinstance(run, partial)]

    assert commands == [["templates", "check"]]
    assert list(stages).index("data") < list(stages).index("templates")


def test_every_template_is_validated() -> None:
    """The platform's, those of all services, and what these nest."""
    found = {
        str(path.relative_to(settings.REPOSITORY))
        for path in check_stages.templates(settings.REPOSITORY)
    }
    services = {path.name for path in (settings.REPOSITORY / "services").iterdir() if path.is_dir()}

    assert found >= {"template.yaml", *(f"services/{name}/template.yaml" for name in services)}
    assert found >= {"shared/stacks/consumer.yaml", "services/orders/contracts.yaml"}
    assert not [name for name in found if name.endswith(("proof.yaml", "reads.yaml"))]
