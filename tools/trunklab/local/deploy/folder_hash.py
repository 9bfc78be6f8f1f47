"""Names the content of folders by hash, and zips a folder so that equal content is an equal zip."""

import hashlib
import os
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

_NEVER_SOURCE: Final = frozenset({"__pycache__", "node_modules"})
_ZIP_TIME: Final = (1980, 1, 1, 0, 0, 0)


def files(folder: Path, without: frozenset[Path] = frozenset()) -> Iterator[Path]:
    """Yield the files below a folder in a fixed order, without hidden and generated folders."""
    for root, folders, names in os.walk(folder):
        here = Path(root)
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".") and name not in _NEVER_SOURCE and here / name not in without
        )
        yield from (here / name for name in sorted(names) if not name.endswith(".pyc"))


def digest(root: Path, paths: Iterable[Path], *facts: str) -> str:
    """Return a hash of names (relative to root), executable bits and contents, and of facts."""
    total = hashlib.sha256()
    for fact in facts:
        total.update(f"{len(fact)}:{fact}".encode())
    for path in paths:
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        name = os.path.relpath(path, root)
        total.update(f"{name}\0{os.access(path, os.X_OK)}\0{content}\n".encode())
    return total.hexdigest()


def write_zip(folder: Path, target: Path) -> None:
    """Zip a folder: fixed order, fixed dates, uncompressed, because it never leaves the machine."""
    part = target.with_suffix(f".{os.getpid()}.part")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), _ZIP_TIME)
            mode = 0o755 if os.access(path, os.X_OK) else 0o644
            entry.external_attr = mode << 16
            archive.writestr(entry, path.read_bytes())
    part.replace(target)
