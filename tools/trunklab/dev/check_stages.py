"""Runs every check that needs no running platform, stage by stage: `make check`.

The first stage with findings is the last that runs; all of its findings are printed.
"""

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from trunklab import effects, settings

PROGRAM_S_MAX: Final = 300.0
"""Seconds that one program of a stage may take."""

PROGRAMS_AT_ONCE: Final = 2
"""SAM CLI needs a core for some seconds; small machines have two."""

_SOURCES: Final = ("shared", "schemas", "services", "tools", "tests", "benchmarks", "conftest.py")

_RESOURCES: Final = re.compile(r"^Resources:", re.MULTILINE)
"""Tells a template from the other YAML files of a service."""

Stage = tuple[str, Sequence[Sequence[str]]]
"""A name, and the commands that run at once."""


def main(root: Path = settings.REPOSITORY) -> int:
    """Runs the stages in order; returns the exit status (0 good, 1 findings)."""
    return report(root, stages(root))


def report(root: Path, all_stages: Sequence[Stage]) -> int:
    """Runs stages until one has findings; prints the result and time of each."""
    for name, commands in all_stages:
        started = effects.monotonic()
        with ThreadPoolExecutor(max_workers=PROGRAMS_AT_ONCE) as pool:
            findings = list(filter(None, pool.map(lambda command: run(root, command), commands)))
        took_s = effects.monotonic() - started
        lines = [*findings, f"check: {name:<10} {'FAILED' if findings else 'ok'} ({took_s:.1f} s)"]
        sys.stdout.write("".join(f"{line}\n" for line in lines))
        sys.stdout.flush()
        if findings:
            return 1
    return 0


def stages(root: Path) -> list[Stage]:
    """Returns the stages of `make check`, each with its commands."""
    programs = root / ".venv" / "bin"
    sources = [name for name in _SOURCES if (root / name).exists()]
    ruff, trunkline = str(programs / "ruff"), str(programs / "trunkline")
    sam = [str(root / ".venvs/sam/bin/sam"), "validate", "--lint", "--region"]
    sam += [settings.LOCAL_REGION, "--template"]
    return [
        ("format", [[ruff, "format", "--check", "--diff", "--quiet", "."]]),
        ("lint", [[ruff, "check", "--quiet", "."]]),
        ("types", [[str(programs / "mypy"), *sources]]),
        ("style", [[str(programs / "python"), "-m", "trunklab.dev.style"]]),
        ("generated", [[trunkline, "schemas", "export", "--check"]]),
        ("events", [[trunkline, "rules", "lint"], [trunkline, "schemas", "check"]]),
        ("data", [[trunkline, "templates", "check"]]),
        ("templates", [[*sam, str(path.relative_to(root))] for path in templates(root)]),
    ]


def templates(root: Path) -> list[Path]:
    """Returns every template of the repository, nested templates included."""
    patterns = ("template.yaml", "services/*/*.yaml", "shared/stacks/*.yaml")
    found = sorted(path for pattern in patterns for path in root.glob(pattern))
    return [path for path in found if _RESOURCES.search(path.read_text("utf-8"))]


def run(root: Path, command: Sequence[str]) -> str:
    """Runs one program in the repository; returns its output if it has findings, else nothing."""
    environment = settings.inherited_environment()
    # SAM CLI reports its use to AWS unless told otherwise, and reads a region it does not need.
    environment |= {"SAM_CLI_TELEMETRY": "0", "AWS_DEFAULT_REGION": settings.LOCAL_REGION}
    # mypy_path takes no patterns, and a new service must not need an entry.
    environment["MYPYPATH"] = os.pathsep.join(map(str, sorted(root.glob("*/*/src"))))
    try:
        done = subprocess.run(  # noqa: S603 - the tools of our own environments
            command,
            cwd=root,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=PROGRAM_S_MAX,
            check=False,
        )
    except OSError as error:
        return f"{command[0]}: {error.strerror}: run `make setup`"
    except subprocess.TimeoutExpired:
        return f"{command[0]}: no result within {PROGRAM_S_MAX:.0f} s"
    output = done.stdout.decode(errors="replace").rstrip()
    return "" if done.returncode == 0 else f"{' '.join(command[1:])}:\n{output}"


if __name__ == "__main__":
    sys.exit(main())
