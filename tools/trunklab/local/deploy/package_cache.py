"""Built packages by content: unchanged code is neither built, zipped nor unpacked again.

Each package is unpacked once per run, and the zip that is deployed holds only a pointer to that
folder: 20 MB need not pass through S3 for every function.
"""

import io
import shutil
import tempfile
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from trunklab import settings
from trunklab.local.deploy import function_build
from trunklab.local.deploy.function_code import Function
from trunklab.local.functions.function_packages import POINTER
from trunklab.local.state_folder import keep_newest

_CACHE: Final = settings.STATE_DIRECTORY / "cache"
_PACKAGES_KEPT_MAX: Final = 40
"""Zips, some 20 MB each."""
_NOTES_KEPT_MAX: Final = 1_000
"""Which build made which zip; a few bytes each."""


@dataclass(frozen=True)
class Package:
    """A zipped package; equal content has an equal key."""

    key: str
    path: Path
    built: bool

    def unpacked_in(self, run_folder: Path) -> Path:
        """Returns the folder that `unpack` fills."""
        return run_folder / "packages" / self.path.stem

    def pointer(self, run_folder: Path) -> bytes:
        """Returns a zip that holds only the unpacked folder's path, for `function_packages.py`."""
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            archive.writestr(zipfile.ZipInfo(POINTER), str(self.unpacked_in(run_folder)))
        return content.getvalue()


def package(function: Function) -> Package:
    """Returns a function's package, from the cache if nothing that its build reads has changed."""
    note = _CACHE / "builds" / function_build.read_by_build(function)
    if note.exists():
        zipped = _zip_path(note.read_text("utf-8"))
        if zipped.exists():
            zipped.touch()  # the cache drops the least recently used
            return Package(zipped.name, zipped, built=False)
    return _build(function, note)


def unpack(packages: Iterable[Package], run_folder: Path) -> None:
    """Unpacks new packages into the run's folder, read-only as they are in AWS."""
    for package in {package.key: package for package in packages}.values():
        folder = package.unpacked_in(run_folder)
        if folder.is_dir():
            continue
        part = folder.with_name(f"{folder.name}.part")
        shutil.rmtree(part, ignore_errors=True)
        with zipfile.ZipFile(package.path) as archive:
            archive.extractall(part)
            for entry in archive.infolist():
                # Folders stay writable, so that the run's folder can be removed.
                (part / entry.filename).chmod(entry.external_attr >> 16 & 0o555)
        part.rename(folder)


def remove_unpacked(run_folder: Path, kept: Iterable[Package]) -> None:
    """Removes the unpacked packages of a run except the given ones."""
    folders = {package.unpacked_in(run_folder) for package in kept}
    for folder in (run_folder / "packages").glob("*"):
        if folder not in folders:
            shutil.rmtree(folder)


def drop_unused() -> None:
    """Deletes all but the most recently used packages."""
    keep_newest(_CACHE / "packages", _PACKAGES_KEPT_MAX)
    keep_newest(_CACHE / "builds", _NOTES_KEPT_MAX)


def _build(function: Function, note: Path) -> Package:
    (_CACHE / "packages").mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix="build-", dir=_CACHE))
    try:
        artifacts = scratch / "artifacts"
        artifacts.mkdir()
        function_build.build(function, artifacts, scratch)
        content = function_build.content_hash(
            artifacts, sorted(p for p in artifacts.rglob("*") if p.is_file())
        )
        zipped = _zip_path(content)
        if not zipped.exists():
            function_build.compile_modules(artifacts)
            function_build.write_zip(artifacts, zipped)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    note.parent.mkdir(parents=True, exist_ok=True)
    note.write_text(content, encoding="utf-8")
    return Package(zipped.name, zipped, built=True)


def _zip_path(content: str) -> Path:
    return _CACHE / "packages" / f"{content}.zip"
