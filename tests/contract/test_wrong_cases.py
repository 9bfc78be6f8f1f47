"""Every deliberately wrong rule, contract and change is found, and nothing else is."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from trunklab import cli

CASES: Final = Path(__file__).resolve().parents[1] / "cases"
HEALTHY: Final = CASES / "healthy"
WRONG: Final = sorted((CASES / "wrong").glob("*.yaml"))

COMMANDS: Final = {
    "rules lint": [],
    "schemas check": ["--against", str(HEALTHY)],
    "schemas impact": ["--against", str(HEALTHY)],
    "templates check": ["--against", str(HEALTHY)],
}
"""The commands of cases, with what they take besides the folder."""

CASES_MIN: Final = 40

Place = tuple[str, str, int]


def case_in(path: Path) -> dict[str, Any]:
    """One case: a command, changes of the healthy twin, and every finding that they bring."""
    case: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    return case


@pytest.fixture
def twin(tmp_path: Path) -> Path:
    """A copy of the healthy twin that may be broken."""
    return Path(shutil.copytree(HEALTHY, tmp_path / "twin"))


def change(twin: Path, changes: list[dict[str, Any]]) -> None:
    """Break the twin as the case says."""
    for one in changes:
        file = twin / one["file"]
        if one.get("delete"):
            file.unlink()
        elif "text" in one:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(one["text"], "utf-8")
        else:
            text = file.read_text("utf-8")
            assert text.count(one["find"]) == 1, f"{one['find']!r} is in {one['file']} not once"
            file.write_text(text.replace(one["find"], one["replace"]), "utf-8")


def expected(twin: Path, findings: list[dict[str, Any]]) -> Iterator[Place]:
    """The findings of a case; a place in a file that is gone is its first line."""
    for one in findings:
        file = twin / one["file"]
        lines = file.read_text("utf-8").splitlines() if file.exists() else [one["at"]]
        places = [number for number, line in enumerate(lines, 1) if one["at"] in line]
        assert len(places) == 1, f"{one['at']!r} is on the lines {places} of {one['file']}"
        yield one["id"], one["file"], places[0]


def found(command: str, root: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, list[Place]]:
    """What the command says of a folder, and its exit status."""
    words = [*command.split(), "--root", str(root), "--json", *COMMANDS[command]]
    status = cli.main(words)
    output = capsys.readouterr()
    assert output.err == ""
    findings = json.loads(output.out)["findings"]
    return status, sorted((one["id"], one["path"], one["line"]) for one in findings)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_healthy_twin_is_clean(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What is found in a wrong case comes from its change."""
    assert found(command, HEALTHY, capsys) == (0, [])


@pytest.mark.parametrize("path", WRONG, ids=lambda path: path.stem)
def test_a_wrong_case_is_found_completely(
    path: Path, twin: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Id, file and line of every finding are the expected ones, no more and no fewer."""
    case = case_in(path)
    change(twin, case["change"])
    wanted = sorted(expected(twin, case["expect"]))

    status, places = found(case["command"], twin, capsys)

    assert places == wanted
    assert status == case.get("status", 1)


def test_there_are_enough_wrong_cases() -> None:
    """And each of the commands has some."""
    commands = [case_in(path)["command"] for path in WRONG]

    assert len(WRONG) >= CASES_MIN
    assert set(commands) == set(COMMANDS)
