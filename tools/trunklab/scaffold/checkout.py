"""A checkout whose changes are written all together or not at all."""

import os
import shutil
import subprocess
import sys
from pathlib import Path, PurePosixPath
from typing import Final

from trunklab import settings
from trunklab.contracts.export import GENERATED
from trunklab.errors import EnvironmentMissingError
from trunklab.scaffold.errors import ScaffoldError

PROGRAM_S_MAX: Final = 120.0
"""Seconds that ruff or the export may take."""

_CACHES: Final = frozenset({"__pycache__", ".aws-sam", ".mypy_cache", ".pytest_cache"})
_RUFF_FIX: Final = ("check", "--fix-only", "--quiet", "--select", "I,F401")
_RUFF_FORMAT: Final = ("format", "--quiet")


class Checkout:
    """The files of a checkout, with changes that are not written yet."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self._pending: dict[PurePosixPath, str | None] = {}

    def text(self, path: PurePosixPath) -> str:
        """Returns the text of a file as it will be; raises ScaffoldError if it does not exist."""
        text = self.get(path)
        if text is None:
            raise ScaffoldError(f"{path} does not exist: restore it, or edit the service by hand.")
        return text

    def get(self, path: PurePosixPath) -> str | None:
        """Returns the text of a file as it will be, None if it does not exist."""
        if path in self._pending:
            return self._pending[path]
        try:
            return (self.root / path).read_bytes().decode()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise ScaffoldError(f"{path} cannot be read: {error}; replace the file.") from error

    def create(self, path: PurePosixPath, text: str) -> None:
        """Adds a file; raises ScaffoldError if it exists."""
        if self.get(path) is not None:
            raise ScaffoldError(f"{path} exists already: choose another name, or remove it.")
        self._pending[path] = text

    def put(self, path: PurePosixPath, text: str | None) -> None:
        """Changes a file, or removes it."""
        self._pending[path] = text

    def files_in(self, folder: PurePosixPath) -> set[PurePosixPath]:
        """Returns the files below a folder on disk, without caches."""
        found = (path.relative_to(self.root) for path in (self.root / folder).rglob("*"))
        kept = (path for path in found if not _CACHES.intersection(path.parts))
        return {PurePosixPath(path.as_posix()) for path in kept if (self.root / path).is_file()}

    def formatted(self, path: PurePosixPath, text: str) -> str:
        """Returns the text as ruff would leave the file."""
        for arguments in (_RUFF_FIX, _RUFF_FORMAT):
            text = self._run([_ruff(), *arguments, "--stdin-filename", str(path), "-"], text)
        return text

    def apply(self, *, export: bool) -> dict[str, list[str]]:
        """Writes all changes; `export` also writes the files generated from the contracts.

        Returns the paths by `created`, `changed` and `removed`. Raises ScaffoldError; then, as
        after an interruption, every file is as it was.
        """
        before = self._contents()
        try:
            self._write()
            after = self._contents(generated=export)
        except BaseException as error:
            self._restore(before)
            if isinstance(error, OSError):
                raise ScaffoldError(f"Nothing was changed: {error}.") from error
            raise
        summary = _summary(before, after)
        for path in summary["removed"]:
            self._drop_empty((self.root / path).parent)
        return summary

    def _write(self) -> None:
        for path, text in self._pending.items():
            file = self.root / path
            if text is None:
                file.unlink(missing_ok=True)
            else:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(text.encode())
        python = [str(p) for p, text in self._pending.items() if text and p.suffix == ".py"]
        if python:
            self._run([_ruff(), *_RUFF_FIX, *python])
            self._run([_ruff(), *_RUFF_FORMAT, *python])

    def _contents(self, *, generated: bool = False) -> dict[PurePosixPath, bytes | None]:
        """Returns the bytes of every file that may change, after an export if `generated`."""
        if generated:
            # A process of its own: the classes of this checkout, as they are now.
            command = [sys.executable, "-m", "trunklab.cli", "schemas", "export"]
            self._run([*command, "--root", str(self.root)])
        found = {path for pattern in GENERATED for path in self.root.glob(pattern)}
        paths = {PurePosixPath(path.relative_to(self.root).as_posix()) for path in found}
        files = {path: self.root / path for path in sorted({*self._pending, *paths})}
        return {path: file.read_bytes() if file.is_file() else None for path, file in files.items()}

    def _restore(self, before: dict[PurePosixPath, bytes | None]) -> None:
        for path in {*before, *self._contents()}:
            file, content = self.root / path, before.get(path)
            if content is not None:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content)
            elif file.is_file():
                file.unlink()
                self._drop_empty(file.parent)

    def _drop_empty(self, folder: Path) -> None:
        """Removes folders that hold nothing but caches."""
        while folder != self.root and folder.is_dir():
            if any(child.name not in _CACHES for child in folder.iterdir()):
                return
            shutil.rmtree(folder)
            folder = folder.parent

    def _run(self, command: list[str], text: str = "") -> str:
        environment = settings.inherited_environment() | {"PYTHONDONTWRITEBYTECODE": "1"}
        paths = [str(self.root), environment.get("PYTHONPATH", "")]
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
        try:
            done = subprocess.run(  # noqa: S603 - ruff and our own command
                command,
                cwd=self.root,
                env=environment,
                input=text,
                capture_output=True,
                text=True,
                timeout=PROGRAM_S_MAX,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise ScaffoldError(f"Nothing was changed: {error}. Repeat the command.") from error
        if done.returncode != 0:
            raise ScaffoldError(f"Nothing was changed: {done.stderr.strip() or done.stdout}")
        return done.stdout


def _ruff() -> str:
    ruff = Path(sys.executable).with_name("ruff")
    if not ruff.exists():
        raise EnvironmentMissingError(ruff)
    return str(ruff)


def _summary(
    before: dict[PurePosixPath, bytes | None], after: dict[PurePosixPath, bytes | None]
) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {"created": [], "changed": [], "removed": []}
    for path in sorted({*before, *after}):
        old, new = before.get(path), after.get(path)
        if old != new:
            kind = "created" if old is None else "removed" if new is None else "changed"
            found[kind].append(str(path))
    return found
