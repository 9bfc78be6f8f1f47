"""Writes the lock files from their inputs: `make lock`, or `make lock UPGRADE=1` for new versions.

A lock file holds versions, hashes of every platform's files and nothing that depends on where it
was made: no address, no path, no header with the command.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from trunklab import settings
from trunklab.dev import uv
from trunklab.dev.locked_environments import all_environments
from trunklab.dev.programs import Runner
from trunklab.errors import TrunklabError

OLDEST_PYTHON: Final = "3.11"


@dataclass(frozen=True)
class Lock:
    """A lock file, its inputs, and the lock files that constrain its versions."""

    output: str
    inputs: tuple[str, ...]
    constraints: tuple[str, ...] = ()


LOCKS: Final = (
    Lock("bootstrap.txt", ("bootstrap.in",)),
    Lock("lambda.txt", ("lambda.in",)),
    # Our tests run with the boto3 of the Lambda runtime, and with the uv that pip installed.
    Lock(
        "workshop.txt",
        ("workshop.in", "dev.in", "function.in"),
        constraints=("bootstrap.txt", "lambda.txt"),
    ),
    # What ships is what was tested.
    Lock("function.txt", ("function.in",), constraints=("workshop.txt",)),
    # The benchmarks' peer has what ours has, and the X-Ray SDK.
    Lock("bench.txt", ("bench.in",), constraints=("lambda.txt", "workshop.txt")),
    Lock("sam.txt", ("sam.in",)),
    Lock("emulator.txt", ("emulator.in",)),
)
"""In the order in which they are made: constraints first."""

_UNIVERSAL: Final = (
    *("--universal", "--python-version", OLDEST_PYTHON),
    *("--generate-hashes", "--no-header", "--no-emit-index-url", "--no-build", "--quiet"),
)

_PRIVATE_SOURCES: Final = ("UV_INDEX", "UV_FIND_LINKS", "UV_INDEX_STRATEGY")
"""A distribution that only this machine has must not become part of a lock."""


def main(arguments: Sequence[str] | None = None, root: Path = settings.REPOSITORY) -> int:
    """Writes every lock file; returns the exit status."""
    parser = argparse.ArgumentParser(prog="lock", description=__doc__)
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions")
    upgrade = ["--upgrade"] if parser.parse_args(arguments).upgrade else []
    workshop = all_environments(root)[0]
    try:
        variables = uv.uv_environment(workshop.python)
        public = {key: text for key, text in variables.items() if key not in _PRIVATE_SOURCES}
        for lock in LOCKS:
            command = [str(workshop.programs / "uv"), *command_for(lock), *upgrade]
            Runner(root).run(f"locking locks/{lock.output}", command, public)
            sys.stdout.write(f"lock: locks/{lock.output}\n")
    except TrunklabError as error:
        sys.stderr.write(f"lock: {error}\n")
        return 1
    return 0


def command_for(lock: Lock) -> list[str]:
    """Returns uv's arguments that write a lock file."""
    inputs = [f"locks/{name}" for name in lock.inputs]
    constraints = [word for name in lock.constraints for word in ("-c", f"locks/{name}")]
    output = ["--output-file", f"locks/{lock.output}"]
    return ["pip", "compile", *_UNIVERSAL, *inputs, *constraints, *output]


if __name__ == "__main__":
    sys.exit(main())
