"""Answers whether an environment is whole, by the stamp that its set-up writes last.

The stamp holds what the environment was made from and what then lay in its folders. An interrupted
set-up leaves no stamp; a changed lock file, Python or place makes another hash; a deleted or cut
file makes another number of files or bytes below a name. Other bytes of the same number are not
looked for: that would read hundreds of megabytes at each `make run`.
"""

import hashlib
import json
import platform
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from trunklab.dev import folder_contents
from trunklab.dev.environment_locks import Environment

STAMP: Final = "trunkline-stamp.json"
SETUP_VERSION: Final = "2"
"""Raised by hand when environments must be made anew although no lock file changed."""

_INTERPRETER_START_S_MAX: Final = 10.0


@dataclass(frozen=True)
class Fault:
    """Why an environment is not whole."""

    reason: str
    only_own: bool = False
    """Only our own distributions are out of date."""

    damaged: bool = False
    """It was whole once: what damaged it may have reached uv's cache, whose files it may share."""


def find_faults(environments: Iterable[Environment]) -> dict[Environment, Fault]:
    """Return the environments that are not whole."""
    faults: dict[Environment, Fault] = {}
    starting: dict[Environment, subprocess.Popen[bytes] | None] = {}
    for environment in environments:
        fault = _find_fault(environment)
        if fault is not None:
            faults[environment] = fault
        if fault is None or fault.only_own:
            starting[environment] = _start(environment.python)
    for environment, process in starting.items():
        if process is None or not _ends_well(process):
            faults[environment] = Fault("its interpreter does not run")
    return faults


def remove(environment: Environment) -> None:
    """Take the stamp away: until the next `write` the environment counts as half made."""
    (environment.path / STAMP).unlink(missing_ok=True)


def write(environment: Environment) -> None:
    """Declare an environment whole as it is now."""
    stamp = {
        "made_from": made_from(environment),
        "own_from": own_from(environment),
        "contents": folder_contents.measure(environment),
    }
    temporary = environment.path / f"{STAMP}.new"
    temporary.write_text(json.dumps(stamp, indent=1), "utf-8")
    temporary.replace(environment.path / STAMP)  # in one step: a reader never sees half a stamp


def made_from(environment: Environment) -> str:
    """Return a hash of all that decides what is in an environment, except our distributions."""
    facts = [SETUP_VERSION, sys.version, sys.base_prefix, platform.machine(), str(environment.path)]
    return _digest([*(fact.encode() for fact in facts), environment.lock_file.read_bytes()])


def own_from(environment: Environment) -> str:
    """Return a hash of what decides how our own distributions are installed."""
    files = [environment.root / folder / "pyproject.toml" for folder in environment.own]
    return _digest(file.read_bytes() for file in files)


def _find_fault(environment: Environment) -> Fault | None:
    if not environment.path.is_dir():
        return Fault("it is not there")
    stamp = _read(environment)
    if stamp is None:
        return Fault("its set-up did not come to its end")
    if stamp.get("made_from") != made_from(environment):
        return Fault(f"locks/{environment.lock}, the Python or the place has changed")
    damage = _find_damage(environment, stamp.get("contents", {}))
    if damage is not None:
        return Fault(damage, damaged=True)
    if stamp.get("own_from") != own_from(environment):
        return Fault("a pyproject.toml has changed", only_own=True)
    return None


def _read(environment: Environment) -> dict[str, Any] | None:
    try:
        stamp = json.loads((environment.path / STAMP).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return stamp if isinstance(stamp, dict) else None


def _find_damage(environment: Environment, sealed: Mapping[str, list[int]]) -> str | None:
    try:
        found = folder_contents.measure(environment)
    except OSError as error:  # also while another set-up is just removing it
        return f"{error.filename} cannot be read"
    for name in sorted(sealed):
        if name not in found:
            return f"{name} is missing"
        if found[name] != sealed[name]:
            return f"{name} is not as it was installed"
    return None


def _digest(parts: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()


def _start(python: Path) -> subprocess.Popen[bytes] | None:
    try:
        return subprocess.Popen(  # noqa: S603 - an interpreter of our own
            [python, "-I", "-S", "-c", ""],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    except OSError:
        return None


def _ends_well(process: subprocess.Popen[bytes]) -> bool:
    try:
        return process.wait(timeout=_INTERPRETER_START_S_MAX) == 0
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return False
