"""Runs `trunkline` as a user does: as a process of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trunklab import settings

WITHIN_S = 60.0


@dataclass(frozen=True)
class Up:
    """A running `trunkline up`, and what it has said."""

    process: subprocess.Popen[str]
    status: dict[str, Any]

    @property
    def emulator_pid(self) -> int:
        """The leader of the group that everything rented belongs to."""
        return int(self.status["emulator"]["pid"])


def trunkline(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a verb to its end."""
    command = [sys.executable, "-m", "trunklab.cli", *arguments]
    return subprocess.run(  # noqa: S603 - our own command
        command,
        env=_environment(),
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        check=False,
    )


@contextmanager
def up(*templates: Path, options: tuple[str, ...] = ()) -> Iterator[Up]:
    """Run `trunkline up` on free ports; it is killed at the end if it still runs."""
    named = [word for template in templates for word in ("--template", str(template))]
    command = [
        sys.executable,
        "-m",
        "trunklab.cli",
        "up",
        "--port",
        "0",
        "--json",
        *named,
        *options,
    ]
    with subprocess.Popen(  # noqa: S603 - our own command
        command,
        env=_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            assert process.stdout
            yield Up(process, json.loads(process.stdout.readline()))
        finally:
            process.kill()


def _environment() -> dict[str, str]:
    paths = [settings.REPOSITORY / part for part in ("", "tools", "shared")]
    return settings.inherited_environment() | {"PYTHONPATH": os.pathsep.join(map(str, paths))}
