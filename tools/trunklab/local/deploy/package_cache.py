"""Keeps built packages by content: what did not change is neither built nor zipped again."""

import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from trunklab import settings
from trunklab.local.deploy import folder_hash, function_build
from trunklab.local.deploy.caches import keep_newest
from trunklab.local.deploy.function_code import Function

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


def package(function: Function) -> Package:
    """Return a function's package, from the cache where nothing that its build reads changed."""
    note = _CACHE / "builds" / f"{function_build.read_by_build(function)}.json"
    if note.exists():
        content = json.loads(note.read_text("utf-8"))["content"]
        zipped = _zip_path(content)
        if zipped.exists():
            zipped.touch()  # the cache drops what was not used for longest
            return Package(zipped.name, zipped, built=False)
    return _build(function, note)


def drop_unused() -> None:
    """Delete the packages that were not used for longest, beyond a fixed number."""
    keep_newest(_CACHE / "packages", _PACKAGES_KEPT_MAX)
    keep_newest(_CACHE / "builds", _NOTES_KEPT_MAX)


def _build(function: Function, note: Path) -> Package:
    scratch = _make_scratch()
    try:
        artifacts = scratch / "artifacts"
        artifacts.mkdir()
        function_build.build(function, artifacts, scratch)
        content = folder_hash.digest(
            artifacts, sorted(p for p in artifacts.rglob("*") if p.is_file())
        )
        zipped = _zip_path(content)
        if not zipped.exists():
            function_build.compile_modules(artifacts)
            folder_hash.write_zip(artifacts, zipped)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    note.parent.mkdir(parents=True, exist_ok=True)
    note.write_text(json.dumps({"content": content}), encoding="utf-8")
    return Package(zipped.name, zipped, built=True)


def _make_scratch() -> Path:
    (_CACHE / "packages").mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix="build-", dir=_CACHE))


def _zip_path(content: str) -> Path:
    return _CACHE / "packages" / f"{content}.zip"
