"""Builds one function's folder of code for this machine, by the rule that `sam build` follows."""

import functools
import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from trunklab import settings
from trunklab.dev import uv
from trunklab.errors import BuildError
from trunklab.local import environments
from trunklab.local.deploy import folder_hash
from trunklab.local.deploy.function_code import Function
from trunklab.local.local_limits import BUILD_S, LOG_TAIL_LINES

_NEVER_SHIPPED: Final = ("tests", "docs", "tools", "benchmarks")
"""Folders of this repository that no build reads. Of any other project everything counts."""


def read_by_build(function: Function) -> str:
    """Return a hash of everything that the build of a function reads."""
    python = environments.find("lambda").python
    facts = [
        function.logical_id,
        function.build_method,
        python.parent.parent.joinpath("pyvenv.cfg").read_text("utf-8"),
    ]
    root = function.template.parent
    return folder_hash.digest(root, _inputs(function), *facts)


def build(function: Function, artifacts: Path, scratch: Path) -> None:
    """Fill the folder `artifacts`; raise BuildError with the builder's own last words."""
    if function.build_method == "makefile":
        _run_make(function, artifacts, scratch)
    elif function.build_method.startswith("python"):
        _install(function, artifacts)
    else:
        raise _error(function, f"BuildMethod {function.build_method} is not built locally")


def compile_modules(artifacts: Path) -> None:
    """Compile the package once, so that not every worker does; a syntax error shows later."""
    python = environments.find("lambda").python
    command = [
        *(str(python), "-s", "-P", "-m", "compileall", "-q", "-s", str(artifacts)),
        *("-p", "/var/task", "--invalidation-mode", "unchecked-hash", str(artifacts)),
    ]
    subprocess.run(  # noqa: S603 - our own interpreter
        command, check=False, capture_output=True, timeout=BUILD_S
    )


def _inputs(function: Function) -> Iterable[Path]:
    yield from folder_hash.files(function.code)
    if function.build_method == "makefile":
        yield _makefile(function)
        directory = _declared_directory(function)
        if directory and not directory.is_relative_to(function.code):
            found = folder_hash.files(directory, without=_not_read(directory))
            yield from (path for path in found if path.suffix != ".md")


def _not_read(directory: Path) -> frozenset[Path]:
    if directory != settings.REPOSITORY:
        return frozenset()
    services = directory.glob("services/*/")  # a service's own code is hashed by itself
    return frozenset([*(directory / name for name in _NEVER_SHIPPED), *services])


def _run_make(function: Function, artifacts: Path, scratch: Path) -> None:
    directory = _declared_directory(function)
    if directory is None or directory.is_relative_to(function.code):
        # As SAM does: such a build works on a copy, where it may write.
        copy = scratch / "source"
        shutil.copytree(function.code, copy, ignore=shutil.ignore_patterns(".*", "__pycache__"))
        directory = copy / directory.relative_to(function.code) if directory else copy
    command = [
        *("make", "--makefile", str(_makefile(function)), f"build-{function.logical_id}"),
        f"ARTIFACTS_DIR={artifacts}",
        "FUNCTION_PLATFORM=",
        f"FUNCTION_PYTHON={environments.find('lambda').python}",
        "UV=uv",  # ours, and the environment says already what it must know of pip's settings
    ]
    _run(function, command, directory)


def _install(function: Function, artifacts: Path) -> None:
    ignored = shutil.ignore_patterns(".*", "__pycache__")
    shutil.copytree(function.code, artifacts, ignore=ignored, dirs_exist_ok=True)
    requirements = function.code / "requirements.txt"
    if requirements.exists():
        python = environments.find("lambda").python
        command = ["uv", "pip", "install", "--quiet", "--python", str(python)]
        _run(
            function, [*command, "--target", str(artifacts), "-r", str(requirements)], function.code
        )


def _run(function: Function, command: list[str], directory: Path) -> None:
    try:
        subprocess.run(  # noqa: S603 - the build rule of the template that the user deploys
            command,
            cwd=directory,
            env=_builder_environment(),
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=BUILD_S,
            text=True,
            errors="replace",
        )
    except subprocess.CalledProcessError as error:
        raise _error(function, f"`{command[0]}` failed:\n{_tail(error.stdout)}") from error
    except subprocess.TimeoutExpired as error:
        raise _error(function, f"`{command[0]}` did not end within {BUILD_S:.0f} s") from error
    except OSError as error:
        raise _error(function, f"`{command[0]}` does not start: {error.strerror}") from error


@functools.cache
def _builder_environment() -> Mapping[str, str]:
    """Return the user's environment with our tools on the path, and pip's registry for uv."""
    own_tools = settings.REPOSITORY / ".venv" / "bin"
    environment = uv.uv_environment(own_tools / "python")
    environment["PATH"] = f"{own_tools}{os.pathsep}{environment.get('PATH', os.defpath)}"
    return environment


def _makefile(function: Function) -> Path:
    context = function.metadata.get("ContextPath")
    folder = (function.template.parent / str(context)).resolve() if context else function.code
    if not (folder / "Makefile").is_file():
        raise _error(function, f"there is no Makefile in {folder}")
    return folder / "Makefile"


def _declared_directory(function: Function) -> Path | None:
    declared = function.metadata.get("WorkingDirectory")
    return (function.template.parent / str(declared)).resolve() if declared else None


def _tail(output: str) -> str:
    return "\n".join(f"  {line}" for line in output.splitlines()[-LOG_TAIL_LINES:])


def _error(function: Function, problem: str) -> BuildError:
    return BuildError(function.template, f"function {function.logical_id}: {problem}")
