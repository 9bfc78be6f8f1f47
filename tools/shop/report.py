"""Report of a demo: a table, the lines with problems, the last line; or one JSON document."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from shop.orders_file import BrokenLine
from shop.verdict import Outcome, Result, Verdict
from trunklab.printable import print_list, printable

SHOWN_MAX: Final = 20
"""Entries shown of one list; `--json` lists all."""

_ENTRY_CHARACTERS_MAX: Final = 1_000
"""Characters shown of one entry."""

_print_list: Final = partial(print_list, shown_max=SHOWN_MAX, characters_max=_ENTRY_CHARACTERS_MAX)

_RANGES_MAX: Final = 12
"""Ranges of line numbers shown in one cell."""

_TONES: Final = {
    Outcome.CAPTURED: "green",
    Outcome.DECLINED: "yellow",
    Outcome.REFUSED: "yellow",
}

_DONE: Final = frozenset({Outcome.CAPTURED, Outcome.DECLINED})
_LISTED: Final = frozenset({Outcome.REFUSED, Outcome.FAILED, Outcome.UNFINISHED})
"""Outcomes whose reasons differ from line to line: the list has them, not the table."""


@dataclass(frozen=True)
class Times:
    """Moments of a run: the command begins, its set-up has ended, the platform is ready."""

    began: datetime
    set_up: datetime
    ready: datetime

    @property
    def setup_s(self) -> float:
        """Seconds of the set-up: environments checked or made."""
        return (self.set_up - self.began).total_seconds()

    @property
    def start_s(self) -> float:
        """Seconds to build the functions, start the platform and deploy the stacks."""
        return (self.ready - self.set_up).total_seconds()


@dataclass(frozen=True)
class Outcomes:
    """Results of a demo: the orders, the lines that are not orders, and the times."""

    verdict: Verdict
    broken: tuple[BrokenLine, ...]
    times: Times
    first_done_s: float | None
    """Seconds from the moment that the platform was ready."""
    orders_per_s: float

    @property
    def times_line(self) -> str:
        """The waits before the first order."""
        times = self.times
        return f"set up in {times.setup_s:.1f} s, built and started in {times.start_s:.1f} s"

    @property
    def last_line(self) -> str:
        """One line that scripts can read."""
        counts = self.verdict.counts
        first = "-" if self.first_done_s is None else f"{self.first_done_s:.1f}"
        return (
            f"demo: {len(self.verdict.results)} orders, {self.verdict.accepted} accepted, "
            f"{counts[Outcome.CAPTURED]} captured, {counts[Outcome.DECLINED]} declined, "
            f"{counts[Outcome.DEAD_LETTERED]} dead-lettered, "
            f"first order done after {first} s, {self.orders_per_s:.1f} orders/s"
        )


def as_json(outcomes: Outcomes) -> str:
    """Returns all results, with the numbers of the last line."""
    verdict = outcomes.verdict
    document = {
        "orders": len(verdict.results),
        "accepted": verdict.accepted,
        "by_outcome": verdict.counts,
        "setup_s": outcomes.times.setup_s,
        "start_s": outcomes.times.start_s,
        "first_order_done_after_s": outcomes.first_done_s,
        "orders_per_s": outcomes.orders_per_s,
        "good": verdict.is_good,
        "results": [asdict(result) for result in verdict.results],
        "broken_lines": [asdict(line) for line in outcomes.broken],
        "other_dead_letters": [asdict(letter) for letter in verdict.other_dead_letters],
        "contradictions": verdict.contradictions,
    }
    return json.dumps(document, indent=2)


def print_report(outcomes: Outcomes, console: Console) -> None:
    """Prints the table of all orders and everything that needs attention."""
    verdict = outcomes.verdict
    console.print(_table(verdict.results))
    unfinished = [result for result in verdict.results if result.outcome not in _DONE]
    _print_list(console, "Orders that did not go through", map(_result_line, unfinished))
    _print_list(
        console,
        "Skipped lines (not valid orders)",
        (f"line {line.number} {line.problem}" for line in outcomes.broken),
    )
    _print_list(
        console,
        "Other dead letters",
        (
            f"{letter.queue}: {letter.detail_type or 'no event'} of {letter.subject or 'unknown'}, "
            f"{letter.reason}"
            for letter in verdict.other_dead_letters
        ),
    )
    _print_list(console, "Contradictions", verdict.contradictions)


def _table(results: Sequence[Result]) -> Table:
    lines: defaultdict[tuple[Outcome, str], list[int]] = defaultdict(list)
    for result in results:
        reason = "" if result.outcome in _LISTED else ", ".join(result.reasons)
        lines[result.outcome, reason].append(result.line)
    table = Table("outcome", "reason", title=f"Outcomes of {len(results)} orders")
    table.add_column("orders", justify="right")
    table.add_column("lines of the file")
    for outcome, reason in sorted(lines, key=lambda row: (list(Outcome).index(row[0]), row[1])):
        numbers = lines[outcome, reason]
        tone = _TONES.get(outcome, "bold red")
        shown = Text(printable(reason) or "-")
        table.add_row(Text(outcome, tone), shown, str(len(numbers)), _ranges(numbers))
    return table


def _ranges(numbers: Sequence[int]) -> str:
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and number == ranges[-1][-1] + 1:
            ranges[-1][1:] = [number]
        else:
            ranges.append([number])
    texts = ["-".join(map(str, bounds)) for bounds in ranges]
    return ", ".join(texts[:_RANGES_MAX]) + (", …" if len(texts) > _RANGES_MAX else "")


def _result_line(result: Result) -> str:
    order = f" ({result.order_id})" if result.order_id else ""
    return f"line {result.line}{order} {result.outcome}: {'; '.join(result.reasons)}"
