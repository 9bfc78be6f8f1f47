"""Finds the Python environments that `make setup` creates."""

from dataclasses import dataclass
from pathlib import Path

from trunklab import settings
from trunklab.errors import EnvironmentMissingError


@dataclass(frozen=True)
class Environment:
    """A Python environment: its interpreter and its packages."""

    python: Path
    packages: Path


def find(name: str) -> Environment:
    """Returns an environment; raises EnvironmentMissingError."""
    folder = settings.environment_directory(name)
    python = folder / "bin" / "python"
    packages = sorted(folder.glob("lib/python3.*/site-packages"))
    if not python.exists() or not packages:
        raise EnvironmentMissingError(python)
    return Environment(python=python, packages=packages[0])
