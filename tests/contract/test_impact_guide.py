"""The guide to impact shows what the commands print, and names every finding."""

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from shutil import copy, copytree, ignore_patterns
from typing import Final

import pytest

from shop.tests.impact.shop_checkout import before, copied, replace
from trunklab import cli
from trunklab.contracts.impact.impact_findings import ABOUT
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

    status = cli.main(["schemas", "impact", "--root", str(root), "--against", str(before(root))])

    assert capsys.readouterr().out == example.output
    assert status == ("error" in example.output)


@pytest.mark.sampled
def test_mypy_names_each_line_that_reads_a_removed_field(tmp_path: Path) -> None:
    """With the configuration of `make check`, in a copy without the field."""
    root = copied(tmp_path)
    copy(REPOSITORY / "pyproject.toml", root)
    copytree(
        REPOSITORY / "shared",
        root / "shared",
        ignore=ignore_patterns("__pycache__", "stacks"),
        dirs_exist_ok=True,
    )
    replace(root, "schemas/orders/order_placed.py", "    total: Money\n", "")
    command, _, lines = GUIDE.partition("$ MYPYPATH=")[2].partition("\n")
    shown = lines.partition("```")[0]

    done = subprocess.run(  # noqa: S602 - the command of our guide
        f"MYPYPATH={command}".replace(" mypy ", f" {sys.executable} -m mypy "),
        shell=True,
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )

    found = [line for line in done.stdout.splitlines() if "error:" in line]
    assert list(map(_without_number, found)) == list(map(_without_number, shown.splitlines()))


def _without_number(line: str) -> str:
    """A consumer that is added to a service moves its lines."""
    return re.sub(r":\d+:", ":", line)


def test_every_finding_is_in_the_table() -> None:
    """With its meaning in the words of the command, and no other is."""
    rows = re.findall(r"^\| `([a-z-]+)` \| (.+) \|$", GUIDE, re.MULTILINE)

    assert dict(rows) == ABOUT
