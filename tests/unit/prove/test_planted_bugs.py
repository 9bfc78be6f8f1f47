"""The list of planted bugs fits the runtime library, and the guide has the same list."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from trunklab.prove.crash_points import When
from trunklab.prove.planted_bugs import BUGS, Bug, BugTrial, PlantError, last_line, plant
from trunklab.settings import REPOSITORY

GUIDE = REPOSITORY / "docs" / "exactly-once.md"
LIBRARY = REPOSITORY / "shared" / "trunkline"

ANY = BUGS[0]


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_a_bug_is_planted_by_one_replacement(bug: Bug, tmp_path: Path) -> None:
    """What is planted is Python, and differs from what was there."""
    source = (LIBRARY / bug.file).read_text("utf-8")
    (tmp_path / bug.file).write_text(source, "utf-8")

    plant(bug, tmp_path)

    planted = (tmp_path / bug.file).read_text("utf-8")
    compile(planted, bug.file, "exec")
    assert planted != source
    assert planted == source.replace(bug.old, bug.new)


@pytest.mark.parametrize(
    ("text", "count"), [("", 0), ("other = 1\n", 0), (ANY.old + ANY.old, 2), (ANY.old * 3, 3)]
)
def test_a_bug_that_fits_not_exactly_once_is_an_error(
    tmp_path: Path, text: str, count: int
) -> None:
    """The message says which bug, and where to update it."""
    (tmp_path / ANY.file).write_text(text)

    with pytest.raises(
        PlantError, match=rf"{count} times in shared/trunkline/{ANY.file}"
    ) as caught:
        plant(ANY, tmp_path)

    assert ANY.name in str(caught.value)
    assert (tmp_path / ANY.file).read_text() == text


def test_a_bug_of_a_file_that_is_gone_is_an_error(tmp_path: Path) -> None:
    """A renamed module must not take its bugs out of the list."""
    with pytest.raises(PlantError, match=r"0 times in shared/trunkline/gone\.py"):
        plant(replace(ANY, file="gone.py"), tmp_path)


def test_the_guide_lists_every_bug() -> None:
    """Name, file and strike, in the same order."""
    _, _, section = GUIDE.read_text("utf-8").partition("## Planted bugs\n")
    rows = re.findall(r"^\| ([^|]+) \| `([^|`]+)` \| ([^|]+) \|$", section, re.MULTILINE)

    assert rows == [(bug.name, bug.file, str(bug.strike)) for bug in BUGS]


def test_the_guide_lists_every_strike() -> None:
    """In the same words as the findings."""
    text = GUIDE.read_text("utf-8")

    assert [when for when in When if f"\n| {when} |" not in text] == []


def test_the_last_line_counts_what_was_missed() -> None:
    """A bug that could not be judged is missed as well."""
    trials = [BugTrial(ANY, "cut before call 1, PutEvents", "loss"), BugTrial(ANY, problem="?")]

    assert last_line(trials) == "self-test: 2 planted bugs, 1 caught, 1 missed"
