"""Keeps the folders of caches from growing for ever."""

from pathlib import Path


def keep_newest(folder: Path, number: int) -> None:
    """Delete the files of a folder that were not touched for longest; make it if it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    oldest_first = sorted((path for path in folder.iterdir() if path.is_file()), key=_touched)
    for path in oldest_first[:-number]:
        path.unlink(missing_ok=True)


def _touched(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0  # another platform has just deleted it
