"""Figures are printed for readers first; scripts find the ratios last."""

import io

import pytest

from benchmarks.report import TARGETS, Report


@pytest.fixture
def report() -> Report:
    """A report that writes into memory."""
    return Report(io.StringIO())


def lines(report: Report) -> list[str]:
    """What was printed."""
    assert isinstance(report.stream, io.StringIO)
    return report.stream.getvalue().splitlines()


def test_the_last_lines_are_the_ratios(report: Report) -> None:
    """All of them, in one order, whatever the order in which they were measured."""
    for number, name in enumerate(reversed(TARGETS)):
        report.keep(name, number / 3)
    report.end()

    last = len(TARGETS) - 1
    assert lines(report)[-len(TARGETS) :] == [
        f"ratio {name} {(last - number) / 3:.3f}" for number, name in enumerate(TARGETS)
    ]


def test_a_ratio_that_was_not_measured_is_not_printed(report: Report) -> None:
    """One benchmark alone prints its own."""
    report.keep("package_mb", 3.5)
    report.end()

    assert [line for line in lines(report) if line.startswith("ratio ")] == [
        "ratio package_mb 3.500"
    ]


def test_a_ratio_has_a_name_that_was_promised(report: Report) -> None:
    """A misspelt one would be missed by whoever reads it."""
    with pytest.raises(ValueError, match="cold_stat"):
        report.keep("cold_stat", 1.0)


def test_columns_stand_under_their_heads(report: Report) -> None:
    """Names to the left, numbers to the right."""
    report.table(["what", "ms"], [["a long name", "1.0"], ["b", "100.0"]])

    assert lines(report) == [
        "what            ms",
        "a long name    1.0",
        "b            100.0",
    ]
