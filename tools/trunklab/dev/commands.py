"""Runs one program for the set-up, quietly, and tells its last words only when it fails."""

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from trunklab.dev import pip_registry
from trunklab.dev.errors import CommandError

COMMAND_S_MAX: Final = 900.0
"""Longest that one program may take: a slow registry, not a dead one."""

_LAST_WORDS_LINES_MAX: Final = 15


@dataclass(frozen=True)
class Runner:
    """Runs programs in the repository's folder."""

    root: Path
    lock_descriptor: int | None = None
    """The set-up's file lock, inherited: if the set-up is killed, it is held until they end."""

    def run(self, task: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Run a program to its end; raise CommandError if it fails."""
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
                timeout=COMMAND_S_MAX,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise CommandError(task, f"it did not end within {COMMAND_S_MAX:.0f} s") from error
        except OSError as error:
            raise CommandError(task, f"{command[0]}: {error.strerror}") from error
        if done.returncode != 0:
            output = pip_registry.mask(done.stdout.decode(errors="replace"), environment)
            last_words = "\n".join(output.splitlines()[-_LAST_WORDS_LINES_MAX:])
            raise CommandError(task, f"exit status {done.returncode}", last_words)
