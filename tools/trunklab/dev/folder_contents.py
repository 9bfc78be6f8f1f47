"""Measures what lies in an environment: how many files, and bytes, each name in it holds.

Only folders are read, no file is opened: that is cheap enough for each `make run`. What an
environment's own use writes there (compiled modules) and what may be installed again at any time
(our editable distributions) is not measured, so that neither looks like damage.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from trunklab.dev.environment_locks import Environment

_COMPILED: Final = "__pycache__"
_PRESENCE_ONLY: Final = [0, 0]


def measure(environment: Environment) -> dict[str, list[int]]:
    """Return the number of files and of bytes below each name in the environment's folders."""
    return {
        f"{folder.name}/{entry.name}": _size(entry)
        for folder in (environment.programs, environment.packages)
        if folder.is_dir()
        for entry in _entries(folder)
    }


def _entries(folder: str | Path) -> Iterator["os.DirEntry[str]"]:
    with os.scandir(folder) as entries:
        yield from (entry for entry in entries if entry.name != _COMPILED)


def _size(top: "os.DirEntry[str]") -> list[int]:
    if _is_installed_again(top):
        return _PRESENCE_ONLY
    files = size = 0
    waiting = [top]
    while waiting:
        entry = waiting.pop()
        if entry.is_symlink():
            files += 1
        elif entry.is_dir():
            waiting.extend(_entries(entry.path))
        else:
            files += 1
            size += entry.stat().st_size
    return [files, size]


def _is_installed_again(top: "os.DirEntry[str]") -> bool:
    """Whether it is a path file or a part of an editable distribution, made anew in any length."""
    return (
        top.name.endswith(".pth")
        or top.name.startswith("__editable__")
        or (top.name.endswith(".dist-info") and Path(top.path, "direct_url.json").exists())
    )
