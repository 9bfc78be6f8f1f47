"""Runs every check that needs no running platform, stage by stage: `make check`.

The first stage with findings is the last one that runs, but all of its findings are printed.
"""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from trunklab import effects, settings

STAGE_S_MAX: Final = 300.0
"""Seconds that one program of a stage may take."""

TEMPLATES_AT_ONCE: Final = 2
"""SAM CLI takes a core for itself for some seconds; the machines we measure on have two."""

_SOURCES: Final = ("shared", "schemas", "services", "tools", "tests", "benchmarks", "conftest.py")

_RESOURCES: Final = re.compile(r"^Resources:", re.MULTILINE)
"""Tells a template from the other YAML files of a service."""


@dataclass(frozen=True)
class Outcome:
    """How one program of a stage ended."""

    passed: bool
    output: str


Check = Callable[[], Outcome]


def main(root: Path = settings.REPOSITORY) -> int:
    """Run the stages in order; return the exit status (0 good, 1 findings)."""
    return report(stages(root))


def report(all_stages: Sequence[tuple[str, Sequence[Check]]]) -> int:
    """Run stages until one has findings, and tell each one's result and time."""
    for name, checks in all_stages:
        started = effects.monotonic()
        with ThreadPoolExecutor(max_workers=TEMPLATES_AT_ONCE) as pool:
            outcomes = list(pool.map(lambda check: check(), checks))
        failed = [outcome for outcome in outcomes if not outcome.passed]
        for outcome in failed:
            sys.stdout.write(f"{outcome.output.rstrip()}\n")
        took_s = effects.monotonic() - started
        sys.stdout.write(f"check: {name:<10} {'FAILED' if failed else 'ok'} ({took_s:.1f} s)\n")
        sys.stdout.flush()
        if failed:
            return 1
    return 0


def stages(root: Path) -> list[tuple[str, list[Check]]]:
    """Return the stages of `make check`, each with the programs that it runs."""
    programs = root / ".venv" / "bin"
    sources = [name for name in _SOURCES if (root / name).exists()]
    ruff = str(programs / "ruff")
    trunkline = str(programs / "trunkline")
    tidy = [str(programs / "python"), "-m", "trunklab.dev.style"]
    return [
        ("format", [partial(run, root, [ruff, "format", "--check", "--diff", "--quiet", "."])]),
        ("lint", [partial(run, root, [ruff, "check", "--quiet", "."])]),
        ("types", [partial(run, root, [str(programs / "mypy"), *sources])]),
        ("tidy", [partial(run, root, tidy)]),
        ("generated", [partial(run, root, [trunkline, "schemas", "export", "--check"])]),
        (
            "events",
            [
                partial(run, root, [trunkline, "rules", "lint"]),
                partial(run, root, [trunkline, "schemas", "check"]),
            ],
        ),
        ("data", [partial(run, root, [trunkline, "templates", "check"])]),
        ("templates", [partial(validate, root, template) for template in templates(root)]),
    ]


def templates(root: Path) -> list[Path]:
    """Returns every template of the repository, nested templates included."""
    patterns = ("template.yaml", "services/*/*.yaml", "shared/stacks/*.yaml")
    found = sorted(path for pattern in patterns for path in root.glob(pattern))
    return [path for path in found if _RESOURCES.search(path.read_text("utf-8"))]


def validate(root: Path, template: Path) -> Outcome:
    """Let SAM CLI judge one template, without AWS."""
    name = template.relative_to(root)
    command = [str(root / ".venvs" / "sam" / "bin" / "sam"), "validate", "--lint"]
    outcome = run(root, [*command, "--region", settings.LOCAL_REGION, "--template", str(name)])
    return Outcome(outcome.passed, f"{name}:\n{outcome.output}")


def run(root: Path, command: Sequence[str]) -> Outcome:
    """Run one program in the repository and keep what it says."""
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
            timeout=STAGE_S_MAX,
            check=False,
        )
    except OSError as error:
        return Outcome(passed=False, output=f"{command[0]}: {error.strerror}: run `make setup`")
    except subprocess.TimeoutExpired:
        return Outcome(passed=False, output=f"{command[0]} did not end within {STAGE_S_MAX:.0f} s")
    return Outcome(done.returncode == 0, done.stdout.decode(errors="replace"))


if __name__ == "__main__":
    sys.exit(main())
