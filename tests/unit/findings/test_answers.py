"""An answer that cannot be written is a failure; one that nobody reads to its end is none."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.settings import examples

VERBS = [
    ["rules", "lint"],
    ["rules", "coverage"],
    ["schemas", "export", "--check"],
    ["schemas", "check", "--against", "HEAD"],
    ["schemas", "impact", "--against", "HEAD"],
    ["templates", "check", "--against", "HEAD"],
]
TRIED = VERBS[: examples(2, len(VERBS))]


UNBUFFERED = {"PYTHONUNBUFFERED": "1"}
"""Under this variable each line is written at once, and fails at once."""


def run(
    words: list[str], output: int, variables: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own."""
    script = f"import sys; from trunklab.cli import main; sys.exit(main({words!r}))"
    return subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", script],
        env={"PYTHONPATH": ":".join(sys.path), "PATH": os.defpath, **(variables or {})},
        stdout=output,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("variables", [{}, UNBUFFERED], ids=["buffered", "unbuffered"])
@pytest.mark.parametrize("words", TRIED)
def test_a_full_disk_is_said(words: list[str], variables: dict[str, str]) -> None:
    """Status 0 or 1 would be taken for the answer."""
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        ran = run(words, full.fileno(), variables)

    assert (ran.returncode, ran.stderr.count("\n")) == (2, 1)
    assert "The output cannot be written: No space left on device." in ran.stderr


@pytest.mark.parametrize("words", TRIED)
def test_a_reader_that_has_seen_enough_changes_nothing(words: list[str]) -> None:
    """As in `trunkline rules lint | head`; notes do not count."""
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write) as pipe:
        ran = run(words, pipe.fileno())

    assert (ran.returncode, ran.stderr) == (0, "")
