"""Programs of the set-up: what is reported while they run, and when they fail."""

import sys
from pathlib import Path
from typing import Final

import pytest

from trunklab import settings
from trunklab.dev.programs import CommandError, Runner

UNTIL_FILE: Final = """
import pathlib, sys, time
while not pathlib.Path(sys.argv[1]).exists():
    time.sleep(0.01)
"""


def test_a_program_that_runs_for_long_is_reported(tmp_path: Path) -> None:
    """A first installation takes a minute: nobody has to guess if it is stuck."""
    lines: list[str] = []

    def report(line: str) -> None:
        lines.append(line)
        (tmp_path / "seen").touch()

    runner = Runner(tmp_path, report=report, progress_every_s=0.05)
    command = [sys.executable, "-c", UNTIL_FILE, str(tmp_path / "seen")]
    runner.run("installing", command, settings.inherited_environment())

    assert lines[0] == "installing: running for 0 s"


def test_the_last_lines_of_a_failed_program_are_shown(tmp_path: Path) -> None:
    """The exit status alone explains nothing."""
    command = [sys.executable, "-c", "print('no space left'); raise SystemExit(3)"]

    with pytest.raises(CommandError, match="installing failed: exit status 3\nno space left"):
        Runner(tmp_path).run("installing", command, settings.inherited_environment())


def test_a_missing_program_is_named(tmp_path: Path) -> None:
    """Its path says which environment is broken."""
    with pytest.raises(CommandError, match="nothing: No such file"):
        Runner(tmp_path).run("installing", ["./nothing"], {})
