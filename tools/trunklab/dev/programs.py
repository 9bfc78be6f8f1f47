"""Runs the programs of the set-up quietly; their output is shown only if they fail."""

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from trunklab.dev import uv
from trunklab.dev.errors import CommandError

PROGRAM_S_MAX: Final = 900.0
"""Seconds that one program may take: enough for a slow registry."""

_LAST_LINES_MAX: Final = 15


@dataclass(frozen=True)
class Runner:
    """Runs programs in the repository's folder."""

    root: Path
    lock_descriptor: int | None = None
    """File lock of the set-up, inherited: after a kill it is held until the programs have ended."""

    def run(self, task: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Runs a program; raises CommandError if it fails."""
        inherited = () if self.lock_descriptor is None else (self.lock_descriptor,)
        try:
            done = subprocess.run(  # noqa: S603 - venv, pip and uv, with arguments of our own
                command,
                cwd=self.root,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=inherited,
                timeout=PROGRAM_S_MAX,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise CommandError(task, f"no result within {PROGRAM_S_MAX:.0f} s") from error
        except OSError as error:
            raise CommandError(task, f"{command[0]}: {error.strerror}") from error
        if done.returncode != 0:
            lines = uv.mask(done.stdout.decode(errors="replace"), environment).splitlines()
            last_lines = "\n".join(lines[-_LAST_LINES_MAX:])
            raise CommandError(task, f"exit status {done.returncode}", last_lines)
