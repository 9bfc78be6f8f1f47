"""Builds, hashes and zips a function's code for this machine, by the rules of `sam build`."""

import functools
import hashlib
import os
import shutil
import subprocess
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from trunklab import settings
from trunklab.dev import uv
from trunklab.errors import BuildError
from trunklab.local import environments
from trunklab.local.deploy.function_code import Function
from trunklab.local.local_limits import BUILD_S, LOG_TAIL_LINES
from trunklab.templates.declared_handlers import source_files

_NEVER_SHIPPED: Final = ("tests", "docs", "tools", "benchmarks")
"""Folders of this repository that no build reads; of other projects all are hashed."""

_ZIP_TIME: Final = (1980, 1, 1, 0, 0, 0)


def read_by_build(function: Function) -> str:
    """Returns a hash of everything that the build of a function reads."""
    python = environments.find("lambda").python
    facts = [
        function.build_id,
        function.build_method,
        python.parent.parent.joinpath("pyvenv.cfg").read_text("utf-8"),
    ]
    root = function.template.parent
    return content_hash(root, _inputs(function), *facts)


def build(function: Function, artifacts: Path, scratch: Path) -> None:
    """Builds into the folder `artifacts`; raises BuildError with the end of the output."""
    if function.build_method == "makefile":
        _run_make(function, artifacts, scratch)
    elif function.build_method.startswith("python"):
        _install(function, artifacts)
    else:
        raise _error(function, f"BuildMethod {function.build_method} is not built locally")


def directory_of(function: Function) -> Path:
    """Returns the folder in which a function is built."""
    return _declared_directory(function) or function.code


def compile_modules(artifacts: Path) -> None:
    """Compiles the package once for all workers; a syntax error is reported by the import check."""
    python = environments.find("lambda").python
    command = [
        *(str(python), "-s", "-P", "-m", "compileall", "-q", "-s", str(artifacts)),
        *("-p", "/var/task", "--invalidation-mode", "unchecked-hash", str(artifacts)),
    ]
    subprocess.run(  # noqa: S603 - our own interpreter
        command, check=False, capture_output=True, timeout=BUILD_S
    )


def content_hash(root: Path, paths: Iterable[Path], *facts: str) -> str:
    """Returns a hash of facts and of files: names relative to root, executable bits, contents."""
    total = hashlib.sha256()
    for fact in facts:
        total.update(f"{len(fact)}:{fact}".encode())
    for path in paths:
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        name = os.path.relpath(path, root)
        total.update(f"{name}\0{os.access(path, os.X_OK)}\0{content}\n".encode())
    return total.hexdigest()


def write_zip(folder: Path, target: Path) -> None:
    """Zips a folder, equal content to an equal zip; uncompressed, as it stays on the machine."""
    part = target.with_suffix(f".{os.getpid()}.part")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), _ZIP_TIME)
            mode = 0o755 if os.access(path, os.X_OK) else 0o644
            entry.external_attr = mode << 16
            archive.writestr(entry, path.read_bytes())
    part.replace(target)


def _inputs(function: Function) -> Iterable[Path]:
    yield from source_files(function.code)
    if function.build_method == "makefile":
        yield _makefile(function)
        directory = _declared_directory(function)
        if directory and not directory.is_relative_to(function.code):
            found = source_files(directory, without=not_read(directory))
            yield from (path for path in found if path.suffix != ".md")


def not_read(directory: Path) -> frozenset[Path]:
    """Returns the folders of a directory that no build there reads."""
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
        *("make", "--makefile", str(_makefile(function)), f"build-{function.build_id}"),
        f"ARTIFACTS_DIR={artifacts}",
        "FUNCTION_PLATFORM=",
        f"FUNCTION_PYTHON={environments.find('lambda').python}",
        "UV=uv",  # ours; the environment has pip's settings
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
    """Returns the user's environment with our tools on the path, and pip's registry for uv."""
    own_tools = settings.REPOSITORY / ".venv" / "bin"
    environment = uv.uv_environment(own_tools / "python")
    environment["PATH"] = f"{own_tools}{os.pathsep}{environment.get('PATH', os.defpath)}"
    return environment


def _makefile(function: Function) -> Path:
    context = function.metadata.get("ContextPath")
    folder = (function.template.parent / str(context)).resolve() if context else function.code
    if not (folder / "Makefile").is_file():
        raise _error(function, f"missing Makefile in {folder}")
    return folder / "Makefile"


def _declared_directory(function: Function) -> Path | None:
    declared = function.metadata.get("WorkingDirectory")
    return (function.template.parent / str(declared)).resolve() if declared else None


def _tail(output: str) -> str:
    return "\n".join(f"  {line}" for line in output.splitlines()[-LOG_TAIL_LINES:])


def _error(function: Function, problem: str) -> BuildError:
    return BuildError(function.template, f"function {function.logical_id}: {problem}")
