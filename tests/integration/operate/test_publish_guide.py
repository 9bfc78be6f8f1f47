"""The guide to `trunkline publish`: every example prints what the guide shows."""

import re
import shlex
from typing import Final

import pytest

from trunklab import cli, settings
from trunklab.local.platform import Platform

GUIDE: Final = (settings.REPOSITORY / "docs" / "publish.md").read_text("utf-8")

_EXAMPLE: Final = re.compile(r"^\$ (?P<command>.+)\n(?P<output>(?:(?!\$|```).*\n)*)", re.MULTILINE)
_BLOCK: Final = re.compile(r"```console\n(.*?)```", re.DOTALL)
_CHANGING: Final = re.compile(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9.]+ s$|127\.0\.0\.1:[0-9]+", re.MULTILINE
)
EXAMPLES: Final = [
    (found["command"], found["output"])
    for block in _BLOCK.findall(GUIDE)
    for found in _EXAMPLE.finditer(block)
]


@pytest.mark.parametrize(("command", "output"), EXAMPLES)
def test_an_example_prints_what_the_guide_shows(
    command: str, output: str, platform: Platform, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ids, times and the address do not count; all of these examples fail in some way."""
    words = [*shlex.split(command)[1:], "--endpoint", platform.endpoint]

    status = cli.main(words)

    shown = capsys.readouterr()
    assert _CHANGING.sub("…", shown.out + shown.err) == _CHANGING.sub("…", output)
    assert status == (1 if shown.out else 2)


def test_there_are_examples() -> None:
    """Tests over nothing would always pass."""
    assert len(EXAMPLES) == 4
