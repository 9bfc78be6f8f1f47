"""Tests how the outcome of a demo reads."""

import io
from datetime import UTC, datetime, timedelta

from rich.console import Console

from shop.orders_file import BrokenLine
from shop.report import SHOWN_MAX, Outcomes, Times, print_report
from shop.shop_state import DeadLetter
from shop.verdict import Outcome, Result, Verdict

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
TIMES = Times(BEGAN, BEGAN + timedelta(seconds=1.5), BEGAN + timedelta(seconds=9.75))
RESULTS = (
    Result(1, Outcome.CAPTURED, "o-1", ()),
    Result(2, Outcome.CAPTURED, "o-2", ()),
    Result(3, Outcome.DECLINED, "o-3", ("limit_exceeded",)),
    Result(4, Outcome.CAPTURED, "o-4", ()),
    Result(5, Outcome.REFUSED, None, ("lines: empty", "customer: missing")),
    Result(6, Outcome.DEAD_LETTERED, "o-6", ("broken",)),
)


def test_the_last_line_is_what_scripts_read() -> None:
    """Its form is agreed and does not change."""
    outcomes = Outcomes(Verdict(RESULTS, (), ()), (), TIMES, 6.0449, 12.25)

    assert outcomes.last_line == (
        "demo: 6 orders, 5 accepted, 3 captured, 1 declined, 1 dead-lettered, "
        "first order done after 6.0 s, 12.2 orders/s"
    )


def test_the_waits_before_the_first_order_have_figures_of_their_own() -> None:
    """Environments once, functions and stacks in each run."""
    outcomes = Outcomes(Verdict((), (), ()), (), TIMES, None, 0.0)

    assert outcomes.times_line == "set up in 1.5 s, built and started in 8.2 s"


def test_no_finished_order_has_no_time() -> None:
    """A number that was never measured is not made up."""
    outcomes = Outcomes(Verdict((), (), ()), (), TIMES, None, 0.0)

    assert outcomes.last_line.endswith("first order done after - s, 0.0 orders/s")


def test_the_table_counts_and_the_lists_explain() -> None:
    """Every line of the file that did not go through is named with its faults."""
    letter = DeadLetter("q-dlq", "o-9", "PaymentDeclined", "unheard of", None)
    text = _text(
        Outcomes(
            Verdict(RESULTS, (letter,), ("one order too many",)),
            (BrokenLine(7, "is not JSON"),),
            TIMES,
            1.0,
            1.0,
        )
    )

    rows = [line.split("│")[1:-1] for line in text.splitlines() if "│" in line]
    assert [cell.strip() for cell in rows[0]] == ["captured", "-", "3", "1-2, 4"]
    assert "line 5 refused: lines: empty; customer: missing" in text
    assert "line 6 (o-6) dead-lettered: broken" in text
    assert "line 7 is not JSON" in text
    assert "q-dlq: PaymentDeclined of o-9, unheard of" in text
    assert "one order too many" in text


def test_a_long_list_is_cut() -> None:
    """A file of a hundred thousand faults does not scroll the table away."""
    broken = tuple(BrokenLine(number, "is not JSON") for number in range(SHOWN_MAX + 7))

    assert "and 7 more" in _text(Outcomes(Verdict(RESULTS, (), ()), broken, TIMES, 1.0, 1.0))


def _text(outcomes: Outcomes) -> str:
    stream = io.StringIO()
    print_report(outcomes, Console(file=stream, width=120))
    return stream.getvalue()
