"""One process of a function, and what it says over the Runtime API."""

import asyncio
import contextlib
import os
import resource
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from trunklab import effects

MEMORY_HEADROOM_MB: Final = 256
"""The interpreter's data counts on Lambda too, but thread stacks are counted here as a whole."""
_PIPE_BYTES: Final = 65_536
_LOG_TAIL_BYTES: Final = 4_096
_KILLED: Final = "Runtime exited with error: signal: killed"


class Worker:
    """Runs one invocation at a time."""

    def __init__(self, revision: str, stream: str) -> None:
        self.revision = revision
        self.stream = stream
        """Of its function's log group."""
        self.server: asyncio.Server | None = None
        """Where it reaches the Runtime API."""
        self.began = effects.now().timestamp()
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done when it asks for its first invocation; fails if it ends before that."""
        self.next: asyncio.Future[tuple[bytes, dict[str, str]]] | None = None
        """Completes its open request for an invocation."""
        self.answered: asyncio.Future[tuple[bytes, bool]] | None = None
        """The answer to its invocation, and whether that is an error."""
        self.request_id = ""
        self.initialized = 0.0
        self.init_error: bytes | None = None
        self.idle_since = 0.0
        self.lines: list[tuple[float, str]] = []
        """Lines that it has written since they were taken."""
        self.tail = b""
        self._process: asyncio.subprocess.Process | None = None
        self._reader = -1
        self._rest = b""

    async def start(
        self, command: Sequence[str], folder: Path, environment: Mapping[str, str], memory_mb: int
    ) -> None:
        """Starts the process."""
        self._reader, writer = os.pipe()
        os.set_blocking(self._reader, False)
        try:
            self._process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=writer,
                stderr=writer,
                cwd=folder,
                env=environment,
                start_new_session=True,
            )
        finally:
            os.close(writer)
        if sys.platform == "linux":
            bound = (memory_mb + MEMORY_HEADROOM_MB) * 1024 * 1024
            with contextlib.suppress(ProcessLookupError):
                resource.prlimit(self._process.pid, resource.RLIMIT_DATA, (bound, bound))
        asyncio.get_running_loop().add_reader(self._reader, self.read_output)

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid if self._process else 0

    async def wait(self) -> str:
        """Waits for the end of the process and returns AWS's words for it."""
        if self._process is None:
            return ""
        status = await self._process.wait()
        self.read_output()
        if status == 0:
            return "Runtime exited without providing a reason"
        return _KILLED if status < 0 else f"Runtime exited with error: exit status {status}"

    def kill(self) -> None:
        """Ends the process and all that it has started."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def close(self) -> None:
        """Closes what a process that has ended was reached by."""
        if self.server is not None:
            self.server.close()
        if self._reader >= 0:
            asyncio.get_running_loop().remove_reader(self._reader)
            os.close(self._reader)
            self._reader = -1

    def read_output(self) -> None:
        """Reads all that has been written so far."""
        if self._reader < 0:
            return
        while True:
            try:
                part = os.read(self._reader, _PIPE_BYTES)
            except BlockingIOError:
                return
            if not part:
                self._take(self._rest)
                self._rest = b""
                self.close()
                return
            self.tail = (self.tail + part)[-_LOG_TAIL_BYTES:]
            *lines, self._rest = (self._rest + part).split(b"\n")
            for line in lines:
                self._take(line)

    def take_lines(self) -> list[tuple[float, str]]:
        """Returns the lines since the last call, with their times."""
        self.read_output()
        lines, self.lines = self.lines, []
        return lines

    def _take(self, line: bytes) -> None:
        if line:
            text = line.decode("utf-8", errors="replace")
            self.lines.append((effects.now().timestamp(), text))
