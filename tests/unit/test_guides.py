"""Tests that what README and guides name is there: files, make targets, verbs of the command."""

import re
from pathlib import Path
from typing import Final

import pytest

from trunklab import settings
from trunklab.cli import COMMANDS, GROUPS

GUIDES: Final = sorted(
    [settings.REPOSITORY / "README.md", *(settings.REPOSITORY / "docs").glob("*.md")]
)

_LINK: Final = re.compile(r"\]\((?!https?:)([^)#]+)")
_TARGET: Final = re.compile(r"(?:^|`)make ([a-z]+)\b", re.MULTILINE)
_VERB: Final = re.compile(
    rf"(?:^|`|/)trunkline ((?:(?:{'|'.join(GROUPS)}) )?[a-z]+)\b", re.MULTILINE
)


def missing(guide: Path, text: str) -> list[str]:
    """Return what the text names and the repository lacks."""
    targets = re.findall(
        r"^([a-z]+):", (settings.REPOSITORY / "Makefile").read_text(), re.MULTILINE
    )
    lacking = [f"make {name}" for name in _TARGET.findall(text) if name not in targets]
    known = {*COMMANDS, *GROUPS}
    lacking += [f"trunkline {verb}" for verb in _VERB.findall(text) if verb not in known]
    return lacking + [link for link in _LINK.findall(text) if not (guide.parent / link).exists()]


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.name)
def test_a_guide_names_only_what_is_there(guide: Path) -> None:
    """A reader can follow every link and run every command."""
    assert missing(guide, guide.read_text("utf-8")) == []


def test_what_is_not_there_is_found() -> None:
    """The test above can fail."""
    text = "`make coffee`, `trunkline brew`, [the cup](cup.md)"

    assert missing(GUIDES[0], text) == ["make coffee", "trunkline brew", "cup.md"]


def test_the_architecture_names_only_files_that_exist() -> None:
    """A renamed folder or module changes the page too."""
    text = (settings.REPOSITORY / "docs" / "architecture.md").read_text("utf-8")
    paths = re.findall(r"`((?:services|shared|tools|schemas)/[\w./]+)`", text)
    _, _, folders = text.partition("Within `tools")
    packages = re.findall(r"^\| ((?:`\w+/`(?:, )?)+) \|", folders, re.MULTILINE)
    named = [f"tools/trunklab/{name}" for row in packages for name in re.findall(r"`(\w+/)`", row)]

    assert len(paths) > len(named) > 0
    assert [path for path in paths + named if not (settings.REPOSITORY / path).exists()] == []
