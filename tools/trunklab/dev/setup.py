"""Brings every environment into being, and does nothing when all are whole."""

import fcntl
import importlib.util
import os
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TextIO

from trunklab import effects, settings
from trunklab.dev import environment_stamp
from trunklab.dev.commands import Runner
from trunklab.dev.environment_locks import Environment, all_environments
from trunklab.dev.environment_stamp import Fault
from trunklab.dev.errors import HouseError
from trunklab.dev.install import Installer, without_cache
from trunklab.errors import TrunklabError

_INTERRUPTED: Final = 130  # what a shell expects of a command ended by Ctrl-C
_NEXT: Final = """What to do: see that pip's registry answers (`python3 -m pip download uv`), then
run `make setup` again; what is whole is kept. Certificates of this machine alone need
UV_SYSTEM_CERTS=1. Tried with Python 3.11 to 3.13 on Linux; packages are wheels only."""


def main(root: Path = settings.REPOSITORY) -> int:
    """Make what is missing; return the exit status."""
    started = effects.monotonic()
    try:
        _bring_into_being(all_environments(root))
    except (TrunklabError, OSError) as error:
        _say(f"{error}\n{_NEXT}", sys.stderr)
        return 1
    except KeyboardInterrupt:
        _say("interrupted; `make setup` begins again where it stopped", sys.stderr)
        return _INTERRUPTED
    _say(f"all environments are whole ({_since(started)})")
    return 0


def _bring_into_being(environments: tuple[Environment, ...]) -> None:
    if not environment_stamp.find_faults(environments):
        return
    _require_venv()
    workshop = environments[0]
    with _only_one(workshop.root / "locks") as descriptor:
        faults = environment_stamp.find_faults(
            environments
        )  # whoever held the lock may have mended them
        installer = Installer(Runner(workshop.root, descriptor), workshop)
        _mend(installer, faults)


def _require_venv() -> None:
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise HouseError(
            f"{sys.executable} has no venv or ensurepip: install them (on Debian and Ubuntu "
            f"`apt-get install python{version}-venv`) or name another: make setup PYTHON=..."
        )


@contextmanager
def _only_one(place: Path) -> Iterator[int]:
    """Hold the file lock of the set-up; two of them in one folder take turns."""
    descriptor = os.open(place, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("another set-up is at work here; waiting for its end")
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def _mend(installer: Installer, faults: Mapping[Environment, Fault]) -> None:
    for environment, fault in faults.items():
        work = "renewing our own distributions" if fault.only_own else "making it"
        _say(f"{environment.folder}: {work}, because {fault.reason}")
    anew = faults.get(installer.workshop)
    if anew is not None and not anew.only_own:
        started = effects.monotonic()
        installer.bootstrap()
        _say(f"{installer.workshop.folder}: uv is there ({_since(started)})")
    variables = installer.uv_environment() if faults else {}
    with ThreadPoolExecutor(max_workers=len(faults) or 1) as pool:
        work_of = {
            environment: pool.submit(_mend_one, installer, environment, fault, variables)
            for environment, fault in faults.items()
        }
    _raise_failures(work_of)


def _mend_one(
    installer: Installer, environment: Environment, fault: Fault, variables: Mapping[str, str]
) -> None:
    started = effects.monotonic()
    if fault.only_own:
        installer.install_own(environment, variables)
    else:
        installer.make(environment, without_cache(variables) if fault.damaged else variables)
    count = len(list(environment.packages.glob("*.dist-info")))
    _say(f"{environment.folder}: {count} distributions ({_since(started)})")


def _raise_failures(work_of: Mapping[Environment, "Future[None]"]) -> None:
    failures = []
    for environment, work in work_of.items():
        try:
            work.result()
        except (TrunklabError, OSError) as error:
            failures.append(f"{environment.folder} could not be made: {error}")
    if failures:
        raise HouseError("\n".join(failures))


def _since(started: float) -> str:
    return f"{effects.monotonic() - started:.1f} s"


def _say(text: str, stream: TextIO | None = None) -> None:
    stream = stream or sys.stdout
    stream.write(f"setup: {text}\n")
    stream.flush()
