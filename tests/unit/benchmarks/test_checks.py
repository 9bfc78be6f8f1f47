"""The benchmark of the checks makes repositories that are healthy, and keeps its ratio."""

from io import StringIO
from pathlib import Path

from benchmarks import checks
from benchmarks.report import Report


def test_the_checks_are_measured_at_two_sizes(tmp_path: Path) -> None:
    """Every rule is judged, nothing is found, and the growth is a ratio."""
    report = Report(StringIO())

    checks.measure(tmp_path, report, sizes=(5, 12), contracts=8)

    assert report.ratios.keys() == {"lint_growth"}
