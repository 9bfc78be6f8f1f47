"""One proof of the functions in `stacks`, for all tests that look at what it found."""

import contextlib
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from trunklab.cli import main

STACKS: Final = Path(__file__).parent / "stacks"

Prove = Callable[..., tuple[int, str]]
"""Runs `trunkline prove` with these words; its exit status and what it printed."""


@pytest.fixture(scope="session")
def prove() -> Prove:
    """The command in this process."""

    def run(*words: str | Path) -> tuple[int, str]:
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            status = main(["prove", *map(str, words)])
        return status, out.getvalue()

    return run


@pytest.fixture(scope="session")
def proof(prove: Prove) -> dict[str, Any]:
    """What was found of every function in `stacks`."""
    status, printed = prove("--services", STACKS, "--json")
    read: dict[str, Any] = json.loads(printed)
    return {"status": status, **read}


@pytest.fixture(scope="session")
def findings(proof: dict[str, Any]) -> Callable[[str], list[dict[str, str]]]:
    """Everything that was found wrong with one handler, of all its runs."""

    def of(handler: str) -> list[dict[str, str]]:
        (found,) = [one for one in proof["handlers"] if one["handler"] == handler]
        return [{"run": run["name"], **one} for run in found["runs"] for one in run["findings"]]

    return of
