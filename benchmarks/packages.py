"""Builds the packages that are measured, by the rules that `sam build` follows."""

import os
import subprocess
from pathlib import Path
from typing import Final

from benchmarks.errors import BenchmarkError
from benchmarks.sides import Side
from trunklab import settings
from trunklab.local import environments

BUILD_S_MAX: Final = 300.0


def build(side: Side, package: Path, *, for_lambda: bool = False) -> None:
    """Fill the folder `package`: for this machine and compiled, or as it is deployed."""
    package.mkdir(parents=True)
    command = ["make", "-s", "-f", side.makefile, f"build-{side.function}"]
    command.append(f"ARTIFACTS_DIR={package}")
    if not for_lambda:
        command += ["FUNCTION_PLATFORM=", f"FUNCTION_PYTHON={environments.find('lambda').python}"]
    _run(command)
    if not for_lambda:
        _compile(package)


def _compile(package: Path) -> None:
    """Compile what is measured and what it finds beside it: nothing is compiled while measured."""
    found = environments.find("lambda")
    unchecked = ["--invalidation-mode", "unchecked-hash"]
    _run([str(found.python), "-m", "compileall", "-q", *unchecked, str(package)])
    _run([str(found.python), "-m", "compileall", "-q", str(found.packages)])


def _run(command: list[str]) -> None:
    inherited = settings.inherited_environment()
    # A make around this one must not take it for its own part.
    variables = {
        name: value
        for name, value in inherited.items()
        if name not in {"MAKEFLAGS", "MAKELEVEL", "MFLAGS", "PYTHONDONTWRITEBYTECODE"}
    }
    programs = settings.REPOSITORY / ".venv" / "bin"
    variables["PATH"] = f"{programs}{os.pathsep}{variables.get('PATH', os.defpath)}"
    done = subprocess.run(  # noqa: S603 - our own build rule and interpreter
        command,
        cwd=settings.REPOSITORY,
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=BUILD_S_MAX,
        check=False,
    )
    if done.returncode:
        raise BenchmarkError(f"`{' '.join(command[:4])}` failed:\n{done.stdout}")
