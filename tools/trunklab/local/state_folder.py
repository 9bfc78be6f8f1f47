"""The folder for everything the platform writes: the private folder of each run, and caches."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from trunklab import settings
from trunklab.errors import StateDirectoryError
from trunklab.local.local_limits import UNIX_SOCKET_PATH_BYTES_MAX

_RUNS = settings.STATE_DIRECTORY / "run"
_LONGEST_NAME = "emulator.sock"


@contextlib.contextmanager
def explained() -> Iterator[None]:
    """Raises StateDirectoryError for an OSError about a path in the state folder."""
    try:
        yield
    except OSError as error:
        if not isinstance(error.filename, str | Path):
            raise
        path = Path(error.filename)
        if not path.is_relative_to(settings.STATE_DIRECTORY):
            raise
        raise StateDirectoryError(path, error.strerror or str(error)) from error


def create_run_folder() -> Path:
    """Creates the private folder of this run; removes those of killed runs."""
    for folder in _RUNS.glob("*-*"):
        pid = folder.name.partition("-")[0]
        if pid.isdigit() and not _exists(int(pid)):
            remove_run_folder(folder)
    _RUNS.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=_RUNS))
    if len(os.fsencode(folder / _LONGEST_NAME)) > UNIX_SOCKET_PATH_BYTES_MAX:
        folder.rmdir()
        folder = Path(tempfile.mkdtemp(prefix=f"trunkline-{os.getpid()}-"))
    return folder


def remove_run_folder(folder: Path) -> None:
    """Removes the folder of a run and everything functions have written there."""
    shutil.rmtree(folder, ignore_errors=True)


def keep_newest(folder: Path, number: int) -> None:
    """Deletes all but the most recently used files of a cache; creates a missing folder."""
    folder.mkdir(parents=True, exist_ok=True)
    oldest_first = sorted((path for path in folder.iterdir() if path.is_file()), key=_used)
    for path in oldest_first[:-number]:
        path.unlink(missing_ok=True)


def _used(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0  # another platform has just deleted it


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # another user's
    return True
