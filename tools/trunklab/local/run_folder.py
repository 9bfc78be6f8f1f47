"""The folder of one run of the platform: private, short-lived, removed with the run."""

import os
import shutil
import tempfile
from pathlib import Path

from trunklab import settings
from trunklab.local.local_limits import UNIX_SOCKET_PATH_BYTES_MAX

_RUNS = settings.STATE_DIRECTORY / "run"
_LONGEST_NAME = "emulator.sock"


def create() -> Path:
    """Make the folder of this run; take away what runs that were killed have left."""
    _remove_leftovers()
    _RUNS.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=_RUNS))
    if len(os.fsencode(folder / _LONGEST_NAME)) > UNIX_SOCKET_PATH_BYTES_MAX:
        folder.rmdir()
        folder = Path(tempfile.mkdtemp(prefix=f"trunkline-{os.getpid()}-"))
    return folder


def remove(folder: Path) -> None:
    """Remove the folder of a run and everything functions have written there."""
    shutil.rmtree(folder, ignore_errors=True)


def _remove_leftovers() -> None:
    for folder in _RUNS.glob("*-*"):
        pid = folder.name.partition("-")[0]
        if pid.isdigit() and not _alive(int(pid)):
            remove(folder)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
