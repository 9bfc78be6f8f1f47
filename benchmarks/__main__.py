"""Runs benchmarks and prints their ratios last: `make bench`, or some of them by name."""

import argparse
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from benchmarks import (
    checks,
    cold_start,
    local_bus,
    local_e2e,
    local_load,
    package_size,
    publishing,
    rules,
    warm_cpu,
)
from benchmarks.packages import build
from benchmarks.process import Function
from benchmarks.report import Report
from benchmarks.sides import SIDES
from benchmarks.stub.process import Stub, running
from trunklab.errors import TrunklabError

COLD_ROUNDS: Final = 11
WARM_ROUNDS: Final = 3
PUBLISH_ROUNDS: Final = 5
RULES_ROUNDS: Final = 15
BUS_ROUNDS: Final = 3
E2E_ROUNDS: Final = 3


@dataclass
class Bench:
    """What benchmarks share: a folder, a stub, both sides built once, a report."""

    scratch: Path
    stub: Stub
    report: Report

    @cached_property
    def functions(self) -> tuple[Function, ...]:
        """Both sides, ours first."""
        found = []
        for side in SIDES:
            package = self.scratch / side.name
            build(side, package)
            found.append(Function(side, package, self.stub))
        return tuple(found)


BENCHMARKS: Final[Mapping[str, Callable[[Bench], None]]] = {
    "cold_start": lambda bench: cold_start.measure(bench.functions, bench.report, COLD_ROUNDS),
    "warm_cpu": lambda bench: warm_cpu.measure(bench.functions, bench.report, WARM_ROUNDS),
    "publishing": lambda bench: publishing.measure(
        bench.functions[0], bench.report, PUBLISH_ROUNDS
    ),
    "package_size": lambda bench: package_size.measure(bench.scratch, bench.report),
    "rules": lambda bench: rules.measure(bench.report, RULES_ROUNDS),
    "local_bus": lambda bench: local_bus.measure(bench.scratch, bench.report, BUS_ROUNDS),
    "local_e2e": lambda bench: local_e2e.measure(bench.scratch, bench.report, E2E_ROUNDS),
    "local_load": lambda bench: local_load.measure(bench.scratch, bench.report),
    "checks": lambda bench: checks.measure(bench.scratch, bench.report),
}

MEASURED_BY: Final[Mapping[str, str]] = {
    "aws_calls": "warm_cpu",
    "publish_vs_single": "publishing",
    "publish_vs_bare": "publishing",
    "package_mb": "package_size",
    "rules_100": "rules",
    "rules_1000": "rules",
    "rules_10000": "rules",
    "bus_1": "local_bus",
    "bus_100": "local_bus",
    "local_e2e": "local_e2e",
    "burst_tail": "local_load",
    "lint_growth": "checks",
}
"""Which benchmark a ratio comes from, where it has another name."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is asked for, all if nothing is; return the exit status."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    said = f"of {', '.join(BENCHMARKS)}, or a ratio that one of them measures"
    parser.add_argument("names", nargs="*", metavar="name", help=said)
    names = parser.parse_args(arguments).names or list(BENCHMARKS)
    chosen = list(dict.fromkeys(MEASURED_BY.get(name, name) for name in names))
    unknown = [name for name in chosen if name not in BENCHMARKS]
    if unknown:
        parser.error(f"there is no benchmark {', '.join(unknown)}, only {', '.join(BENCHMARKS)}")
    report = Report()
    try:
        with tempfile.TemporaryDirectory(prefix="trunkline-bench-") as folder, running() as stub:
            bench = Bench(Path(folder), stub, report)
            for name in chosen:
                BENCHMARKS[name](bench)
    except TrunklabError as error:
        sys.stderr.write(f"bench: {error}\n")
        return error.exit_status
    report.end()
    return 0


if __name__ == "__main__":
    sys.exit(main())
