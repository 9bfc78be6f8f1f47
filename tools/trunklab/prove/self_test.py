"""The prover on trial: each planted bug must be found in a copy of the runtime library."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trunklab import settings
from trunklab.errors import TrunklabError
from trunklab.prove.planted import Bug
from trunklab.prove.prover_limits import BUG_S, BUGS_AT_ONCE

_LIBRARY = settings.REPOSITORY / "shared" / "trunkline"


class PlantError(TrunklabError):
    """A planted bug does not fit the runtime library any more."""


@dataclass(frozen=True)
class BugTrial:
    """A planted bug and what the prover made of it."""

    bug: Bug
    caught_at: str = ""
    """The first point at which it was found; empty if it was missed."""
    found: str = ""
    """The first finding."""
    problem: str = ""
    """Why the prover could not judge it."""

    @property
    def is_caught(self) -> bool:
        """True if the prover found a duplicate or a loss."""
        return bool(self.caught_at)


def last_line(trials: Sequence[BugTrial]) -> str:
    """Returns the result in one line that scripts can read."""
    caught = sum(one.is_caught for one in trials)
    return f"self-test: {len(trials)} planted bugs, {caught} caught, {len(trials) - caught} missed"


def plant(bug: Bug, library: Path) -> None:
    """Replaces the text of the bug in a copy of the library; raises PlantError if it cannot."""
    path = library / bug.file
    text = path.read_text("utf-8") if path.is_file() else ""
    if (count := text.count(bug.old)) != 1:
        raise PlantError(
            f"Bug {bug.name!r}: its text is {count} times in shared/trunkline/{bug.file}, not "
            "once. Update the bug in tools/trunklab/prove/planted.py."
        )
    path.write_text(text.replace(bug.old, bug.new), "utf-8")


def run(bugs: Sequence[Bug], tell: Callable[[BugTrial], object]) -> list[BugTrial]:
    """Returns what came of each bug, in their order; `tell` is called as soon as it is known.

    Raises PlantError before any bug is tried if one of them cannot be planted.
    """
    pool = ThreadPoolExecutor(BUGS_AT_ONCE, "self-test")
    with _copies(bugs) as copies:
        try:
            tried = []
            for trial in pool.map(_try, bugs, copies):
                tell(trial)
                tried.append(trial)
            return tried
        finally:
            # An interrupt waits for the bugs that have begun, not for all.
            pool.shutdown(cancel_futures=True)


@contextmanager
def _copies(bugs: Sequence[Bug]) -> Iterator[list[Path]]:
    """Yields an import path for each bug; nothing of them is left at the end."""
    settings.STATE_DIRECTORY.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="planted-", dir=settings.STATE_DIRECTORY) as folder:
        copies = [Path(folder) / str(number) for number in range(len(bugs))]
        for bug, copy in zip(bugs, copies, strict=True):
            library = copy / _LIBRARY.name
            shutil.copytree(_LIBRARY, library, ignore=shutil.ignore_patterns("__pycache__"))
            plant(bug, library)
        yield copies


def _try(bug: Bug, copy: Path) -> BugTrial:
    """Runs the prover in a process of its own, which imports the library from the copy."""
    service, _, _ = bug.handler.partition(".")
    words = [
        *("--services", str(settings.REPOSITORY / bug.services), "--service", service),
        *("--handler", bug.handler, "--run", bug.run, "--strike", bug.strike),
        *("--first", "--json"),
    ]
    try:
        ended = subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-m", "trunklab.cli", "prove", *words],
            env={**settings.inherited_environment(), "PYTHONPATH": os.fspath(copy)},
            capture_output=True,
            text=True,
            timeout=BUG_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return BugTrial(bug, problem=f"the prover did not end in {BUG_S:.0f} s")
    if not ended.stdout:
        return BugTrial(bug, problem=ended.stderr.strip() or f"exit status {ended.returncode}")
    return _judged(bug, json.loads(ended.stdout))


def _judged(bug: Bug, proof: dict[str, Any]) -> BugTrial:
    runs = [run for handler in proof["handlers"] for run in handler["runs"]]
    for finding in (each for run in runs for each in run["findings"]):
        found = f"{finding['kind']} in {finding['where']}: {finding['what']}"
        return BugTrial(bug, finding["point"], found)
    return BugTrial(bug, problem="; ".join(proof["not_proved"]))
