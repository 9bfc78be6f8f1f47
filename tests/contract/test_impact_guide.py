"""The guide to who breaks shows what the command prints, and names every finding."""

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from tests.unit.contracts.impact.change import copied, replace
from trunklab import cli
from trunklab.contracts.impact.breaks import ABOUT
from trunklab.settings import REPOSITORY

GUIDE: Final = (REPOSITORY / "docs" / "impact.md").read_text("utf-8")

_EXAMPLE: Final = re.compile(
    r"In `(?P<file>[^`]+)`:\n\n```diff\n(?P<diff>.*?)```\n.*?```text\n(?P<output>.*?)```", re.DOTALL
)


@dataclass(frozen=True)
class Example:
    """One change of a contract, and what the command prints."""

    file: str
    old: str
    new: str
    output: str


def examples() -> Iterator[Example]:
    """Those of the guide."""
    for found in _EXAMPLE.finditer(GUIDE):
        lines = found["diff"].splitlines(keepends=True)
        old, new = ("".join(one[1:] for one in lines if one[0] == sign) for sign in "-+")
        yield Example(found["file"], old, new, found["output"])


def export(root: Path) -> None:
    """Writes what is generated from the changed models, as the command does."""
    words = ["-m", "trunklab.cli", "schemas", "export", "--root", str(root)]
    # The folder comes first on the path of what is run in it: its models are exported.
    subprocess.run([sys.executable, *words], cwd=root, check=True, capture_output=True)  # noqa: S603 - our own command


@pytest.mark.parametrize("example", [*examples()], ids=lambda one: Path(one.file).stem)
def test_an_example_is_what_the_command_prints(
    example: Example, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The change is made, exported and judged."""
    root = copied(tmp_path)
    replace(root, example.file, example.old, example.new)
    export(root)

    status = cli.main(["schemas", "impact", "--root", str(root), "--against", str(REPOSITORY)])

    assert capsys.readouterr().out == example.output
    assert status == ("error" in example.output)


def test_every_finding_is_in_the_table() -> None:
    """With its meaning in the words of the command, and no other is."""
    rows = re.findall(r"^\| `([a-z-]+)` \| (.+) \|$", GUIDE, re.MULTILINE)

    assert dict(rows) == ABOUT
