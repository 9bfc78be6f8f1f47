"""`python -m benchmarks`, which `make bench` calls."""

import re
import subprocess
import sys

import pytest

from trunklab import settings

COMMAND_S_MAX = 120


def bench(*names: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", "benchmarks", *names],
        cwd=settings.REPOSITORY,
        capture_output=True,
        text=True,
        timeout=COMMAND_S_MAX,
        check=False,
    )


@pytest.mark.sampled
@pytest.mark.parametrize("name", ["package_size", "package_mb"])
def test_one_benchmark_runs_alone(name: str) -> None:
    """By its own name or by that of its ratio; the ratio is the last line."""
    done = bench(name)

    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"ratio package_mb \d+\.\d{3}", done.stdout.splitlines()[-1])
    assert "Cold start" not in done.stdout


def test_an_unknown_benchmark_is_wrong_usage() -> None:
    """The message lists those that there are."""
    done = bench("speed")

    assert done.returncode == 2
    assert "speed" in done.stderr
    assert "cold_start, warm_cpu, publishing, package_size" in done.stderr
