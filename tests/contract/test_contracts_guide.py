"""The guide to changing an event is tried: its diffs are applied, its commands are run."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.unit.contracts.compatibility.table import ROWS, Row
from trunklab import settings
from trunklab.contracts.compatibility.compatibility_check import ALWAYS_WRONG
from trunklab.contracts.compatibility.compatibility_findings import IDS
from trunklab.contracts.contract import Policy

GUIDE: Final = settings.REPOSITORY / "docs" / "contracts.md"
COPIED: Final = ("schemas", "services", "shared", "template.yaml", "samconfig.toml")
SUNSET: Final = "2099-06-30"
DAY_PASSED: Final = "2026-02-28"

_STEP: Final = re.compile(
    r"```(?P<kind>diff|console)\n(?P<text>.*?)```|<!-- (?P<comment>the day passes) -->", re.DOTALL
)


def steps() -> Iterator[tuple[str, str]]:
    """The steps of the guide, in order."""
    for found in _STEP.finditer(GUIDE.read_text("utf-8")):
        yield (found["kind"], found["text"]) if found["kind"] else ("day", "")


def commands(text: str) -> Iterator[tuple[str, str]]:
    """The commands of a block, each with what the guide shows of its output."""
    for block in text.split("$ ")[1:]:
        command, _, shown = block.partition("\n")
        yield command, shown


class Reader:
    """Somebody who follows the guide in a checkout of their own."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def run(self, command: str) -> tuple[int, str]:
        """Run a command of the guide, or of the test."""
        words = re.findall(r'"[^"]*"|\S+', command)
        words = [word.strip('"') for word in words]
        if words[0] == "trunkline":
            # The contracts of the checkout, not those of this repository.
            words = [sys.executable, "-m", "trunklab.cli", *words[1:], "--root", "."]
        else:
            words[1:1] = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
        done = subprocess.run(words, cwd=self.root, capture_output=True, text=True, check=False)  # noqa: S603 - commands of our guide
        return done.returncode, done.stdout + done.stderr

    def apply(self, diff: str) -> None:
        """Make a change of the guide."""
        command = ["git", "apply", "--recount", "-"]
        for file in re.split(r"^(?=--- )", diff, flags=re.MULTILINE)[1:]:
            subprocess.run(command, cwd=self.root, input=file, text=True, check=True)  # noqa: S603 - constant words

    def wait_until_after_the_sunset(self) -> None:
        """The day that the guide declares is over."""
        model = self.root / "schemas" / "payments" / "payment_captured.py"
        model.write_text(model.read_text("utf-8").replace(SUNSET, DAY_PASSED), "utf-8")
        self.run("trunkline schemas export")
        self.run('git commit --quiet --all --message "Time passes"')


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    """A checkout as it is committed."""
    ignored = shutil.ignore_patterns("__pycache__", ".aws-sam")
    for name in COPIED:
        source = settings.REPOSITORY / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, ignore=ignored)
        else:
            shutil.copy(source, tmp_path / name)
    made = Reader(tmp_path)
    made.run("git init --quiet --initial-branch=main")
    made.run("git add --all")
    made.run("git commit --quiet --message first")
    return made


@pytest.mark.sampled
def test_every_step_of_the_guide_does_what_it_shows(reader: Reader) -> None:
    """A reader can follow it from top to bottom."""
    for kind, text in steps():
        if kind == "diff":
            reader.apply(text)
        elif kind == "day":
            reader.wait_until_after_the_sunset()
        for command, shown in commands(text) if kind == "console" else ():
            status, output = reader.run(command)
            assert (command, output) == (command, shown)
            assert status == int("error[" in output or "warning[" in output)


def test_the_guide_has_every_finding() -> None:
    """Its id, what it is about and what to do, in the order of the checks."""
    wanted = [f"| `{name}` | {one.about} | {one.fix} |" for name, one in IDS.items()]

    assert lines_after("| id |") == wanted


def test_the_guide_names_what_no_policy_allows() -> None:
    """The ids that are errors in any case."""
    names = ", ".join(f"`{name}`" for name in sorted(ALWAYS_WRONG))

    assert f"No policy allows these: {names}." in GUIDE.read_text("utf-8")


def test_the_guide_says_of_every_change_what_it_breaks() -> None:
    """The table that the policies are tested with."""
    assert lines_after("| change |") == [said(row) for row in ROWS]


def test_the_guide_explains_every_policy() -> None:
    """By its name."""
    text = GUIDE.read_text("utf-8")

    assert all(f"`{policy}`" in text for policy in Policy)


def said(row: Row) -> str:
    """One change as a line of the guide."""
    backward, forward, producers = (letter in row.breaks for letter in "BFP")
    words = ["breaks" if one else "" for one in (backward, forward, backward or forward, producers)]
    return f"| {row.about} | {' | '.join(words)} |"


def lines_after(head: str) -> list[str]:
    """The rows of the table whose head begins so."""
    lines = GUIDE.read_text("utf-8").splitlines()
    first = next(at for at, line in enumerate(lines) if line.startswith(head)) + 2
    rows = []
    for line in lines[first:]:
        if not line.startswith("|"):
            break
        rows.append(line)
    return rows
