"""The pid file of a platform: the process that serves a port, and its access key.

It lies in `.trunkline/platforms/<port>.json`, readable and writable by its owner only. A process
is recognised by its pid together with its start, which no later process of that pid shares.
"""

import json
import os
import platform
import stat
import subprocess
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from trunklab import settings
from trunklab.local.local_limits import PS_S

_FOLDER: Final = settings.STATE_DIRECTORY / "platforms"
_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")
_STATE: Final = 0
_START: Final = 19
"""Fields of /proc/<pid>/stat behind the name (proc(5) counts from 1 and from the pid)."""


@dataclass(frozen=True)
class PidFile:
    """The process of a platform and its access key."""

    pid: int
    started: str
    access_key: str | None

    @property
    def runs(self) -> bool:
        """True if the process that wrote the file still runs, here and as this user."""
        return start_of(self.pid) == self.started


def write(port: int, access_key: str | None) -> None:
    """Writes the file of this process; removes those that killed platforms left."""
    _FOLDER.mkdir(parents=True, exist_ok=True, mode=0o700)
    for path in _FOLDER.glob("*.json"):
        left = _parsed(path)
        if left is None or not left.runs:
            path.unlink(missing_ok=True)
    pid = os.getpid()
    started = start_of(pid)
    if started is None:
        raise RuntimeError(f"the start of process {pid} is unknown: mount /proc, or install ps")
    descriptor, name = tempfile.mkstemp(dir=_FOLDER)  # 0600 from the beginning
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(asdict(PidFile(pid, started, access_key)), file)
    Path(name).replace(_path(port))


def read(port: int) -> PidFile | None:
    """Returns the file of a port; None unless it certainly belongs to this user."""
    return _parsed(_path(port))


def remove(port: int) -> None:
    """Removes the file of a port."""
    _path(port).unlink(missing_ok=True)


def start_of(pid: int) -> str | None:
    """Returns when and where a process of this user began; None if no such process runs."""
    if not _BOOT_ID.exists():
        return _start_by_ps(pid)
    folder = Path("/proc") / str(pid)
    try:
        uid, line = folder.stat().st_uid, (folder / "stat").read_text("utf-8", "replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = line.rpartition(")")[2].split()
    # A zombie has ended and waits for its parent.
    if uid != os.geteuid() or fields[_STATE] == "Z":
        return None
    return f"{_BOOT_ID.read_text('utf-8').strip()} {fields[_START]}"


def _start_by_ps(pid: int) -> str | None:
    """Returns the same where there is no /proc (macOS)."""
    ran = subprocess.run(  # noqa: S603 - fixed words and a number
        ["/bin/ps", "-o", "uid=,state=,lstart=", "-p", str(pid)],
        env={"LC_ALL": "C", "TZ": "UTC"},
        capture_output=True,
        text=True,
        timeout=PS_S,
        check=False,
    )
    uid, _, described = ran.stdout.strip().partition(" ")
    state, _, start = described.strip().partition(" ")
    if uid != str(os.geteuid()) or state.startswith("Z"):
        return None
    return f"{platform.node()} {start.strip()}"


def _path(port: int) -> Path:
    return _FOLDER / f"{port}.json"


def _parsed(path: Path) -> PidFile | None:
    try:
        # A pipe would block, and a link may lead anywhere.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
        with os.fdopen(descriptor, encoding="utf-8") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                return None
            if status.st_uid != os.geteuid() or status.st_mode & 0o077:
                return None  # others can write it, so it proves nothing
            fields = json.load(file)
        return PidFile(int(fields["pid"]), str(fields["started"]), fields["access_key"])
    except (OSError, ValueError, OverflowError, RecursionError, KeyError, TypeError):
        return None
