"""Makes one environment from its lock file, always from nothing: a repair leaves no old remains."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from trunklab.dev import environment_stamp, install_record, pip_registry
from trunklab.dev.commands import Runner
from trunklab.dev.environment_locks import BOOTSTRAP_LOCK, Environment, base_python
from trunklab.dev.errors import HouseError

_FROM_LOCK: Final = ("--require-hashes", "--no-deps")
"""A lock file is complete: whatever it does not name, or names with other hashes, stays out."""


def without_cache(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the environment in which uv downloads all anew: it checks hashes only of that."""
    return {**variables, "UV_NO_CACHE": "1"}


@dataclass(frozen=True)
class Installer:
    """Knows the workshop, whose uv installs everything else."""

    runner: Runner
    workshop: Environment

    def bootstrap(self) -> None:
        """Make the workshop anew with nothing in it but pip and uv."""
        self._clear(self.workshop)
        environment = pip_registry.plain_environment()
        self.runner.run(
            f"making {self.workshop.folder}",
            [str(base_python()), "-m", "venv", str(self.workshop.path)],
            environment,
        )
        lock = self.workshop.root / "locks" / BOOTSTRAP_LOCK
        command = [str(self.workshop.python), "-m", "pip", "install", "--quiet"]
        self.runner.run(
            f"installing locks/{BOOTSTRAP_LOCK} with pip",
            [*command, *_FROM_LOCK, "--only-binary", ":all:", "-r", str(lock)],
            environment,
        )

    def uv_environment(self) -> dict[str, str]:
        """Return the environment in which uv finds the user's registry."""
        return pip_registry.uv_environment(self.workshop.python)

    def make(self, environment: Environment, variables: Mapping[str, str]) -> None:
        """Fill an environment with what its lock file names, and our own distributions.

        Damage that comes out of uv's cache is mended with what the registry has.
        """
        if environment != self.workshop:
            self._clear(environment)
            self._uv(
                f"making {environment.folder}",
                ["venv", "--quiet", "--python", str(base_python()), str(environment.path)],
                variables,
            )
        self._install_locked(environment, variables)
        if install_record.find_damage(environment.packages) is not None:
            self._install_locked(environment, without_cache(variables), "--reinstall")
            damaged = install_record.find_damage(environment.packages)
            if damaged is not None:
                raise HouseError(
                    f"{environment.folder}: {damaged} is not as its distribution records it, even "
                    "without uv's cache: see that the disk is not full and nothing else writes here"
                )
        self.install_own(environment, variables)

    def install_own(self, environment: Environment, variables: Mapping[str, str]) -> None:
        """Install our own distributions, editable, and declare the environment whole."""
        environment_stamp.remove(environment)
        if environment.own:
            editable = [word for folder in environment.own for word in ("-e", f"./{folder}")]
            self._install(
                "installing trunklab, trunkline and trunkline-schemas",
                environment,
                ["--offline", "--no-deps", "--no-build-isolation", "--reinstall", *editable],
                variables,
            )
        environment_stamp.write(environment)

    def _install_locked(
        self, environment: Environment, variables: Mapping[str, str], *more: str
    ) -> None:
        self._install(
            f"installing locks/{environment.lock}",
            environment,
            # Compiled now, because not every machine may do so later (PYTHONDONTWRITEBYTECODE):
            # there each start of SAM CLI would cost three seconds more.
            [
                *("--compile-bytecode", *_FROM_LOCK, "--no-build", *more),
                *("-r", str(environment.lock_file)),
            ],
            variables,
        )

    def _install(
        self,
        task: str,
        environment: Environment,
        arguments: list[str],
        variables: Mapping[str, str],
    ) -> None:
        command = ["pip", "install", "--python", str(environment.python)]
        self._uv(task, [*command, *arguments], variables)

    def _uv(self, task: str, arguments: list[str], variables: Mapping[str, str]) -> None:
        self.runner.run(task, [str(self.workshop.programs / "uv"), *arguments], variables)

    def _clear(self, environment: Environment) -> None:
        if environment.path.is_symlink() or environment.path.is_file():
            environment.path.unlink()
        elif environment.path.exists():
            environment_stamp.remove(environment)
            shutil.rmtree(environment.path)
