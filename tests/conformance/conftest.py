"""Counts the facts of the AWS reference that hold here, by chapter."""

from collections import Counter
from collections.abc import Generator

import pytest

_HELD: dict[str, Counter[str]] = {}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keeps the outcome of each test by the chapter of its fact."""
    report = yield
    fact = item.get_closest_marker("fact")
    if fact and (report.when == "call" or report.outcome == "failed"):
        refused = hasattr(report, "wasxfail")
        outcome = "refused" if refused else report.outcome
        _HELD.setdefault(fact.args[0], Counter())[outcome] += 1
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Prints passed, failed and refused for each chapter."""
    for chapter, counted in sorted(_HELD.items()):
        held = ", ".join(f"{counted[name]} {name}" for name in ("passed", "failed", "refused"))
        terminalreporter.write_line(f"chapter {chapter}: {held}")
