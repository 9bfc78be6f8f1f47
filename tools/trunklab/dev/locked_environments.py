"""Virtual environments of the repository: their lock files, and the check that each is whole.

The set-up writes a stamp last. An environment is whole if the stamp fits the lock file, the Python
and the folder, every file has the size that its distribution recorded, and its interpreter runs.
Contents are not read: hashing hundreds of megabytes would slow down each `make run`.
"""

import csv
import hashlib
import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

STAMP: Final = "trunkline-stamp.json"
BOOTSTRAP_LOCK: Final = "bootstrap.txt"
"""Lock file of what pip installs: uv, which installs everything else."""

_INTERPRETER_START_S_MAX: Final = 10.0


@dataclass(frozen=True)
class Environment:
    """A virtual environment in the repository."""

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
        """The file that pins each distribution by version and hashes."""
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


@dataclass(frozen=True)
class Fault:
    """The reason why an environment is not whole."""

    reason: str
    is_stale: bool = False
    """Undamaged; only our own distributions must be installed again."""


def all_environments(root: Path) -> tuple[Environment, ...]:
    """Returns the environments of the repository at `root`; the first, the workshop, has uv."""
    return (
        Environment(root, ".venv", "workshop.txt", own=(".", "shared", "schemas")),
        Environment(root, ".venvs/sam", "sam.txt"),
        Environment(root, ".venvs/emulator", "emulator.txt"),
        Environment(root, ".venvs/lambda", "lambda.txt"),
    )


def find_faults(environments: Iterable[Environment]) -> dict[Environment, Fault]:
    """Returns the environments that are not whole."""
    wanted = list(environments)
    with ThreadPoolExecutor() as pool:
        faults = pool.map(lambda environment: next(_faults(environment), None), wanted)
        return {one: fault for one, fault in zip(wanted, faults, strict=True) if fault}


def seal(environment: Environment) -> None:
    """Writes the stamp: the environment is whole as it is now."""
    names = sorted(path.name for path in environment.packages.glob("*.dist-info"))
    stamp = {**_inputs(environment), "distributions": names}
    temporary = environment.path / f"{STAMP}.new"
    temporary.write_text(json.dumps(stamp, indent=1), "utf-8")
    temporary.replace(environment.path / STAMP)  # atomic: a reader never sees half a stamp


def unseal(environment: Environment) -> None:
    """Removes the stamp: until `seal` the environment counts as incomplete."""
    (environment.path / STAMP).unlink(missing_ok=True)


def find_damage(packages: Path, distributions: Iterable[str] | None = None) -> str | None:
    """Returns the first file that is missing or differs in size from its distribution's RECORD."""
    if distributions is None:
        distributions = sorted(path.name for path in packages.glob("*.dist-info"))
    for name in distributions:
        record = packages / name / "RECORD"
        try:
            rows = list(csv.reader(record.read_text("utf-8").splitlines()))
        except (OSError, UnicodeDecodeError, csv.Error):
            rows = []
        if not rows:  # a RECORD lists at least itself
            return f"{name}/RECORD"
        damaged = next((row for row in rows if not _is_as_recorded(packages, row)), None)
        if damaged is not None:
            return damaged[0] if damaged else f"{name}/RECORD"
    return None


def _is_as_recorded(packages: Path, row: list[str]) -> bool:
    try:
        name, _, size = row
        found = None if name.endswith(".pyc") else (packages / name).stat().st_size
    except (OSError, ValueError):
        return False
    return found is None or size in ("", str(found))


def _inputs(environment: Environment) -> dict[str, str]:
    place = f"{sys.version} {sys.base_prefix} {environment.path}"
    projects = [environment.root / folder / "pyproject.toml" for folder in environment.own]
    # A hash that changed for the same version counts too: uv would not check what is installed.
    return {"place": place, "lock": _digest([environment.lock_file]), "own": _digest(projects)}


def _digest(files: Iterable[Path]) -> str:
    return " ".join(hashlib.sha256(file.read_bytes()).hexdigest() for file in files)


def _faults(environment: Environment) -> Iterator[Fault]:
    """Yields the faults: first those that are cheap to find and need the most work."""
    if not environment.path.is_dir():
        yield Fault("it does not exist")
    stamp, inputs = _read_stamp(environment), _inputs(environment)
    if stamp is None:
        yield Fault("its set-up was not completed")
        return
    if stamp.get("place") != inputs["place"]:
        yield Fault("the Python or the folder has changed")
    if stamp.get("lock") != inputs["lock"]:
        yield Fault(f"locks/{environment.lock} has changed")
    damaged = find_damage(environment.packages, stamp.get("distributions", ()))
    if damaged is not None:
        yield Fault(f"{damaged} is missing or damaged")
    if not _runs(environment.python):
        yield Fault("its interpreter does not run")
    if stamp.get("own") != inputs["own"]:
        yield Fault("a pyproject.toml has changed", is_stale=True)


def _read_stamp(environment: Environment) -> dict[str, Any] | None:
    try:
        stamp = json.loads((environment.path / STAMP).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return stamp if isinstance(stamp, dict) else None


def _runs(python: Path) -> bool:
    try:
        command = [str(python), "-I", "-S", "-c", ""]
        done = subprocess.run(  # noqa: S603 - the interpreter of our own environment
            command, capture_output=True, timeout=_INTERPRETER_START_S_MAX, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
