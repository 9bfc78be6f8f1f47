"""The guide to the rules: every finding in its table, every example run as it stands."""

import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.contract.test_wrong_cases import CASES, HEALTHY, case_in, change
from trunklab import cli, settings
from trunklab.rules.rule_findings import CHECKS

GUIDE: Final = (settings.REPOSITORY / "docs" / "rules.md").read_text("utf-8")

_BLOCK: Final = re.compile(
    r"(?:<!-- case: (?P<case>[\w-]+) -->\n)?```console\n(?P<text>.*?)```", re.DOTALL
)
_ROW: Final = re.compile(r"^\| `([a-z-]+)` \| (\w+) \| (.+) \|$", re.MULTILINE)


def examples() -> Iterator[tuple[str, str, str]]:
    """Every command with what it prints, and the case that breaks the twin before."""
    for block in _BLOCK.finditer(GUIDE):
        for part in re.split(r"^\$ ", block["text"], flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            yield command, output, block["case"] or ""


def test_the_table_names_every_finding() -> None:
    """With its level and its meaning, in the order of the code."""
    assert _ROW.findall(GUIDE) == [(one.id, one.level.value, one.help) for one in CHECKS]


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the healthy twin, in the folder that the commands run in."""
    monkeypatch.chdir(tmp_path)
    return Path(shutil.copytree(HEALTHY, tmp_path / "shop"))


@pytest.mark.parametrize(("command", "output", "case"), list(examples()))
def test_an_example_prints_what_the_guide_shows(
    command: str, output: str, case: str, shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Blanks at the ends of lines do not count."""
    if case:
        change(shop, case_in(CASES / "wrong" / f"{case}.yaml")["change"])

    status = cli.main(shlex.split(command)[1:])

    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert lines == [line.rstrip() for line in output.splitlines()]
    assert status == (1 if "error" in output or "does not match" in output else 0)


def test_there_are_examples_of_every_verb() -> None:
    """Tests over nothing would always pass."""
    verbs = {" ".join(shlex.split(command)[1:3]) for command, _, _ in examples()}

    assert verbs == {"rules lint", "rules coverage", "rules test", "rules explain"}
