"""Compares what was installed with what each distribution says of itself.

uv checks the hash of what it downloads, not of what it unpacked into its cache long ago: a cache
that somebody damaged fills new environments with the same damage.
"""

import csv
from pathlib import Path

_EMPTY_SIZE = ""


def find_damage(packages: Path) -> str | None:
    """Return the first file below `packages` that is missing or has another size than recorded."""
    for information in sorted(packages.glob("*.dist-info")):
        damaged = _first_damaged(packages, information / "RECORD")
        if damaged is not None:
            return damaged
    return None


def _first_damaged(packages: Path, record: Path) -> str | None:
    try:
        rows = list(csv.reader(record.read_text("utf-8").splitlines()))
    except (OSError, UnicodeDecodeError, csv.Error):
        rows = []
    if not rows:  # each record names at least itself
        return str(record.relative_to(packages))
    for row in rows:
        if not _is_as_recorded(packages, row):
            return row[0] if row else str(record.relative_to(packages))
    return None


def _is_as_recorded(packages: Path, row: list[str]) -> bool:
    try:
        name, _, size = row
        if name.endswith(".pyc"):
            return True
        found = (packages / name).stat().st_size
    except (OSError, ValueError):
        return False
    return size in (_EMPTY_SIZE, str(found))
