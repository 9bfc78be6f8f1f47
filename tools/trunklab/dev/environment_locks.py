"""Which environments there are, from which lock file each is made, and where its parts lie."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final


@dataclass(frozen=True)
class Environment:
    """One virtual environment below the repository."""

    root: Path
    folder: str
    lock: str
    own: tuple[str, ...] = ()
    """Folders of our own distributions, installed in editable form."""

    @property
    def path(self) -> Path:
        """The environment's folder."""
        return self.root / self.folder

    @property
    def lock_file(self) -> Path:
        """The file that names each distribution with its version and hashes."""
        return self.root / "locks" / self.lock

    @property
    def programs(self) -> Path:
        """The folder of the environment's programs."""
        return self.path / "bin"

    @property
    def python(self) -> Path:
        """The environment's interpreter."""
        return self.programs / "python"

    @property
    def packages(self) -> Path:
        """The folder in which distributions are installed."""
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        return self.path / "lib" / version / "site-packages"


BOOTSTRAP_LOCK: Final = "bootstrap.txt"
"""What pip installs into the workshop before uv can do the rest: uv."""

WORKSHOP: Final = ".venv"


def all_environments(root: Path) -> tuple[Environment, ...]:
    """Return the environments of the repository at `root`, the workshop first: it holds uv."""
    return (
        Environment(root, WORKSHOP, "workshop.txt", own=(".", "shared", "schemas")),
        Environment(root, ".venvs/sam", "sam.txt"),
        Environment(root, ".venvs/emulator", "emulator.txt"),
        Environment(root, ".venvs/lambda", "lambda.txt"),
    )


def base_python() -> Path:
    """Return the interpreter below any virtual environment that this process may run in."""
    name = f"python{sys.version_info.major}.{sys.version_info.minor}{sys.abiflags}"
    candidate = Path(sys.base_exec_prefix, "bin", name)
    return candidate if candidate.exists() else Path(sys.executable)
