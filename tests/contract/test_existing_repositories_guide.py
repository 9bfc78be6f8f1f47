"""The guide to existing repositories prints what the commands print."""

import re
import shlex
from collections.abc import Iterator
from typing import Final

import pytest

from trunklab import cli, settings

GUIDE: Final = (settings.REPOSITORY / "docs" / "existing-repositories.md").read_text("utf-8")
FLEET: Final = settings.REPOSITORY / "tests" / "fixtures" / "fleet"

_BLOCK: Final = re.compile(r"```console\n\$ trunkline (.*?)\n(.*?)```", re.DOTALL)


def examples() -> Iterator[tuple[str, str]]:
    """Yields every command of the guide with its output."""
    return ((found[1], found[2]) for found in _BLOCK.finditer(GUIDE))


@pytest.mark.parametrize(("command", "output"), list(examples()))
def test_an_example_prints_what_the_guide_shows(
    command: str,
    output: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Blanks at the ends of lines do not count."""
    monkeypatch.chdir(FLEET)

    status = cli.main([*shlex.split(command), "--root", "."])

    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert lines == output.splitlines()
    assert status == (1 if "error" in output or "does not match" in output else 0)


def test_there_are_examples() -> None:
    """A test over nothing would always pass."""
    assert len(list(examples())) >= 5
