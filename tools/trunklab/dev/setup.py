"""Makes the virtual environments from their lock files; does nothing if all are whole."""

import fcntl
import importlib.util
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO

from trunklab import effects, settings
from trunklab.dev import uv
from trunklab.dev.locked_environments import (
    BOOTSTRAP_LOCK,
    Environment,
    Fault,
    all_environments,
    find_damage,
    find_faults,
    seal,
    unseal,
)
from trunklab.dev.programs import Runner, SetupError
from trunklab.errors import ExitStatus, TrunklabError

_NEXT: Final = """Check that pip's registry is reachable (`python3 -m pip download uv`),
then run `make setup` again; whole environments are kept. If this machine has certificates of its
own, set UV_SYSTEM_CERTS=1. Supported: Python 3.11 to 3.13 on Linux; packages are wheels only."""


def main(root: Path = settings.REPOSITORY) -> int:
    """Makes every environment that is not whole; returns the exit status."""
    started = effects.monotonic()
    environments = all_environments(root)
    try:
        if find_faults(environments):
            _require_venv()
            with _only_one(root / "locks") as descriptor:
                # Again: the set-up that held the lock may have made them.
                _make_all(
                    Runner(root, descriptor, _print), environments[0], find_faults(environments)
                )
    except (TrunklabError, OSError) as error:
        _print(f"{error}\n{_NEXT}", sys.stderr)
        return 1
    except KeyboardInterrupt:
        _print("interrupted; run `make setup` to continue", sys.stderr)
        return ExitStatus.INTERRUPTED
    _print(f"all environments are whole ({_since(started)})")
    return 0


@dataclass(frozen=True)
class _Installer:
    """Makes environments with the uv of the workshop."""

    runner: Runner
    workshop: Environment
    variables: Mapping[str, str]

    def make(self, environment: Environment, fault: Fault) -> None:
        """Makes one environment; if it is merely stale, only installs our own distributions."""
        started = effects.monotonic()
        if not fault.is_stale:
            self._install_locked(environment)
        unseal(environment)
        if environment.own:
            options = ("--offline", "--no-deps", "--no-build-isolation", "--reinstall")
            editable = [word for folder in environment.own for word in ("-e", f"./{folder}")]
            into = ("--python", str(environment.python))
            task = "installing trunklab, trunkline and trunkline-schemas"
            self._uv(task, "pip", "install", *into, *options, *editable)
        seal(environment)
        count = len(list(environment.packages.glob("*.dist-info")))
        _print(f"{environment.folder}: {count} distributions ({_since(started)})")

    def _install_locked(self, environment: Environment) -> None:
        if environment != self.workshop:
            _remove(environment)
            python = ["--python", str(_base_python())]
            self._uv(f"making {environment.folder}", "venv", *python, str(environment.path))
        self._sync(environment)
        if find_damage(environment.packages) is None:
            return
        # uv checks hashes when it downloads, but not what it copies from its cache.
        self._sync(environment, "--reinstall", "--no-cache")
        damaged = find_damage(environment.packages)
        if damaged is not None:
            raise SetupError(
                f"{damaged} differs from its distribution's RECORD even without uv's cache: "
                "check that the disk is not full and nothing else writes here"
            )

    def _sync(self, environment: Environment, *more: str) -> None:
        into = ("--python", str(environment.python))
        # Compiled now: where PYTHONDONTWRITEBYTECODE is set, each start of SAM CLI would cost 3 s.
        options = ("--require-hashes", "--no-build", "--compile-bytecode", *more)
        task = f"installing locks/{environment.lock}"
        self._uv(task, "pip", "sync", *into, *options, str(environment.lock_file))

    def _uv(self, task: str, *arguments: str) -> None:
        command = [str(self.workshop.programs / "uv"), "--quiet", *arguments]
        self.runner.run(task, command, self.variables)


def _make_all(runner: Runner, workshop: Environment, faults: Mapping[Environment, Fault]) -> None:
    for environment, fault in faults.items():
        work = "updating" if fault.is_stale else "making"
        count = environment.lock_file.read_text("utf-8").count("==")
        _print(f"{work} {environment.folder}: {fault.reason} ({count} distributions)")
    if not faults:
        return
    if workshop in faults and not faults[workshop].is_stale:
        _bootstrap(runner, workshop)
    installer = _Installer(runner, workshop, uv.uv_environment(workshop.python))
    with ThreadPoolExecutor(max_workers=len(faults)) as pool:
        work_of = {one: pool.submit(installer.make, one, fault) for one, fault in faults.items()}
    failed = []
    for environment, future in work_of.items():
        try:
            future.result()
        except (TrunklabError, OSError) as error:
            failed.append(f"{environment.folder}: {error}")
    if failed:
        raise SetupError("\n".join(failed))


def _bootstrap(runner: Runner, workshop: Environment) -> None:
    """Makes the workshop anew with pip and uv only."""
    _remove(workshop)
    variables = uv.plain_environment()
    venv = [str(_base_python()), "-m", "venv", str(workshop.path)]
    runner.run(f"making {workshop.folder}", venv, variables)
    pip = [str(workshop.python), "-m", "pip", "install", "--quiet", "--require-hashes", "--no-deps"]
    lock = str(workshop.root / "locks" / BOOTSTRAP_LOCK)
    task = f"installing locks/{BOOTSTRAP_LOCK} with pip"
    runner.run(task, [*pip, "--only-binary", ":all:", "-r", lock], variables)


def _remove(environment: Environment) -> None:
    if environment.path.is_symlink() or environment.path.is_file():
        environment.path.unlink()
    elif environment.path.exists():
        unseal(environment)
        shutil.rmtree(environment.path)


def _base_python() -> Path:
    """Returns the interpreter below any virtual environment that this process may run in."""
    name = f"python{sys.version_info.major}.{sys.version_info.minor}{sys.abiflags}"
    candidate = Path(sys.base_exec_prefix, "bin", name)
    return candidate if candidate.exists() else Path(sys.executable)


def _require_venv() -> None:
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise SetupError(
            f"{sys.executable} has no venv or ensurepip: install them (on Debian and Ubuntu "
            f"`apt-get install python{version}-venv`) or use another: make setup PYTHON=..."
        )


@contextmanager
def _only_one(place: Path) -> Iterator[int]:
    """Holds the file lock of the set-up: two of them in one folder take turns."""
    descriptor = os.open(place, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _print("another set-up is running here; waiting for it")
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def _since(started: float) -> str:
    return f"{effects.monotonic() - started:.1f} s"


def _print(text: str, stream: TextIO | None = None) -> None:
    stream = stream or sys.stdout
    stream.write(f"setup: {text}\n")
    stream.flush()
