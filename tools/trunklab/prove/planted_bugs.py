"""The prover's self-test: each planted bug must be found in a copy of the runtime library."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml
from pydantic import ConfigDict, TypeAdapter
from pydantic.dataclasses import dataclass as validated

from trunklab import settings
from trunklab.errors import TrunklabError
from trunklab.prove.crash_points import When
from trunklab.prove.prover import interruptible_pool

BUG_S: Final = 900.0
"""Seconds after which a planted bug cannot be judged."""

_BUGS_AT_ONCE: Final = 3
"""Planted bugs tried side by side, each with an emulator of its own: most of them wait."""

_LIBRARY: Final = settings.REPOSITORY / "shared" / "trunkline"
_LIST: Final = settings.REPOSITORY / "services" / "planted.yaml"


class PlantError(TrunklabError):
    """The text of a planted bug is not in the runtime library, or not once."""


@validated(frozen=True, config=ConfigDict(extra="forbid"))
class Bug:
    """One text replacement in a file of `shared/trunkline`, and the run that must find it."""

    name: str
    file: str
    old: str
    """Is in the file exactly once."""
    new: str
    strike: When
    handler: str
    """Its full name: `service.handler`."""
    run: str
    services: str = "services"
    """The folder of the handler's service, from the root of the repository."""


BUGS: Final = TypeAdapter(tuple[Bug, ...]).validate_python(yaml.safe_load(_LIST.read_text("utf-8")))


@dataclass(frozen=True)
class BugTrial:
    """A planted bug and the prover's verdict."""

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
    caught = sum(trial.is_caught for trial in trials)
    return f"self-test: {len(trials)} planted bugs, {caught} caught, {len(trials) - caught} missed"


def plant(bug: Bug, library: Path) -> None:
    """Replaces the text of the bug in a copy of the library; raises PlantError if it cannot."""
    path = library / bug.file
    text = path.read_text("utf-8") if path.is_file() else ""
    if (count := text.count(bug.old)) != 1:
        raise PlantError(
            f"Bug {bug.name!r}: its text is {count} times in shared/trunkline/{bug.file}, not "
            "once. Update the bug in services/planted.yaml."
        )
    path.write_text(text.replace(bug.old, bug.new), "utf-8")


def run(bugs: Sequence[Bug]) -> Iterator[BugTrial]:
    """Tries each bug and yields the results in their order.

    Raises PlantError before any bug is tried if one of them cannot be planted.
    """
    with _copies(bugs) as copies, interruptible_pool(_BUGS_AT_ONCE) as pool:
        yield from pool.map(_try, bugs, copies)


@contextmanager
def _copies(bugs: Sequence[Bug]) -> Iterator[list[Path]]:
    """Yields an import path for each bug, which is removed at the end."""
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
    proof = json.loads(ended.stdout)
    runs = [run for handler in proof["handlers"] for run in handler["runs"]]
    for finding in (each for run in runs for each in run["findings"]):
        found = f"{finding['kind']} in {finding['where']}: {finding['what']}"
        return BugTrial(bug, finding["point"], found)
    return BugTrial(bug, problem="; ".join(proof["not_proved"]))
