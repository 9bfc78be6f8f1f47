"""A repository with a registry of its own, in which the real set-up runs without a network."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from tests.integration.dev.wheelhouse import Wheelhouse
from tests.interruptible import interruptible
from trunklab import settings
from trunklab.dev.locked_environments import Environment, all_environments, find_faults

SETUP_S_MAX: Final = 120.0
"""Seconds, far more than a set-up takes: pip installs uv, uv the rest."""

_COPIED: Final = ("tools", "shared", "schemas")


@dataclass(frozen=True)
class Repository:
    """A copy of what the set-up reads, with lock files that need no registry but a folder."""

    root: Path
    wheels: Wheelhouse

    @property
    def environments(self) -> Sequence[Environment]:
        """The environments that the set-up makes here."""
        return all_environments(self.root)

    def environment(self, name: str) -> Environment:
        """One of the environments."""
        return next(one for one in self.environments if one.path.name == name)

    @property
    def cache(self) -> Path:
        """The folder in which uv keeps what it unpacked."""
        return self.root.parent / "cache"

    def is_whole(self) -> bool:
        """True if every environment is whole."""
        return not find_faults(self.environments)

    def lock(self, name: str, text: str) -> None:
        """Write a lock file."""
        (self.root / "locks" / name).write_text(text)

    def start(self) -> subprocess.Popen[str]:
        """Begin a set-up."""
        variables = {
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.wheels.folder),
            "UV_OFFLINE": "1",
            "UV_CACHE_DIR": str(self.cache),
        }
        return subprocess.Popen(  # noqa: S603 - the script under test
            interruptible(sys.executable, str(self.root / "tools" / "setup.py")),
            env=settings.inherited_environment() | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def set_up(self) -> tuple[int, str]:
        """Run a set-up; return its exit status and all it said."""
        with self.start() as process:
            output = process.communicate(timeout=SETUP_S_MAX)[0]
            return process.returncode, output


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """A repository in which nothing is set up yet, one for all tests of a file."""
    place = tmp_path_factory.mktemp("house")
    made = Repository(place / "repository", Wheelhouse(place / "wheels"))
    made.wheels.folder.mkdir()
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for name in _COPIED:
        shutil.copytree(settings.REPOSITORY / name, made.root / name, ignore=ignored)
    shutil.copy(settings.REPOSITORY / "pyproject.toml", made.root)
    (made.root / "locks").mkdir()
    shutil.copy(settings.REPOSITORY / "locks" / "workshop.in", made.root / "locks")
    uv = made.wheels.installed("uv")
    made.lock("bootstrap.txt", uv)
    made.lock("workshop.txt", made.wheels.installed("setuptools") + uv)
    for name in ("sam", "emulator", "lambda"):
        made.lock(f"{name}.txt", made.wheels.tiny(f"a_{name}"))
    return made
