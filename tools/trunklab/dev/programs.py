"""Runs the programs of the set-up quietly; their output is shown only if they fail."""

import re
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from trunklab import effects
from trunklab.errors import TrunklabError

PROGRAM_S_MAX: Final = 900.0
"""Seconds that one program may take: enough for a slow registry."""

_LAST_LINES_MAX: Final = 15


class SetupError(TrunklabError):
    """The set-up cannot continue."""


class CommandError(SetupError):
    """A program of the set-up failed; the message ends with the last lines it printed."""

    def __init__(self, task: str, problem: str, last_lines: str = "") -> None:
        super().__init__("\n".join(filter(None, [f"{task} failed: {problem}", last_lines])))


@dataclass(frozen=True)
class Runner:
    """Runs programs in the repository's folder."""

    root: Path
    lock_descriptor: int | None = None
    """File lock of the set-up, inherited: after a kill it is held until the programs have ended."""
    report: Callable[[str], None] = lambda _line: None
    """Receives a line about a program that runs for long."""
    progress_every_s: float = 10.0

    def run(self, task: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Runs a program; raises CommandError if it fails."""
        inherited = () if self.lock_descriptor is None else (self.lock_descriptor,)
        try:
            process = subprocess.Popen(  # noqa: S603 - venv, pip and uv, with our own arguments
                command,
                cwd=self.root,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=inherited,
            )
        except OSError as error:
            raise CommandError(task, f"{command[0]}: {error.strerror}") from error
        with process:
            output = self._output(task, process)
        if process.returncode != 0:
            lines = mask(output.decode(errors="replace"), environment).splitlines()
            last_lines = "\n".join(lines[-_LAST_LINES_MAX:])
            raise CommandError(task, f"exit status {process.returncode}", last_lines)

    def _output(self, task: str, process: subprocess.Popen[bytes]) -> bytes:
        """Waits for a program, and reports that it is still running every few seconds."""
        started_s = effects.monotonic()
        try:
            while True:
                try:
                    return process.communicate(timeout=self.progress_every_s)[0]
                except subprocess.TimeoutExpired as error:
                    took_s = effects.monotonic() - started_s
                    if took_s > PROGRAM_S_MAX:
                        problem = f"no result within {PROGRAM_S_MAX:.0f} s"
                        raise CommandError(task, problem) from error
                    self.report(f"{task}: running for {took_s:.0f} s")
        except BaseException:
            process.kill()
            raise


def mask(text: str, environment: Mapping[str, str]) -> str:
    """Returns a program's output without hosts and credentials of the user's registry."""
    for variable in ("UV_DEFAULT_INDEX", "UV_INDEX", "UV_FIND_LINKS", "HTTPS_PROXY"):
        for address in environment.get(variable, "").replace(",", " ").split():
            host = urlsplit(address).netloc.rpartition("@")[2]
            if host:
                text = text.replace(host, f"<{variable}>")
    return re.sub(r"://[^/\s@]+@", "://***@", text)
