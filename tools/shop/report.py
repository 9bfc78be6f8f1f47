"""How the outcome of a demo reads: a table, what was wrong with which line, the last line."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from shop.orders_file import BrokenLine
from shop.verdict import Outcome, Result, Verdict
from trunklab.printable import printable

SHOWN_MAX: Final = 20
"""Entries shown of one list; `--json` has all of them."""

_RANGES_MAX: Final = 12
"""Ranges of line numbers shown in one cell."""

_TONES: Final = {
    Outcome.CAPTURED: "green",
    Outcome.DECLINED: "yellow",
    Outcome.REFUSED: "yellow",
}


@dataclass(frozen=True)
class Outcomes:
    """What a demo came to: the orders, the lines that were none, and how long it took."""

    verdict: Verdict
    broken: tuple[BrokenLine, ...]
    first_done_s: float | None
    orders_per_s: float

    @property
    def last_line(self) -> str:
        """Say it in one line that scripts can read."""
        counts = self.verdict.counts
        first = "-" if self.first_done_s is None else f"{self.first_done_s:.1f}"
        return (
            f"demo: {len(self.verdict.results)} orders, {self.verdict.accepted} accepted, "
            f"{counts[Outcome.CAPTURED]} captured, {counts[Outcome.DECLINED]} declined, "
            f"{counts[Outcome.DEAD_LETTERED]} dead-lettered, "
            f"first order done after {first} s, {self.orders_per_s:.1f} orders/s"
        )


def print_report(outcomes: Outcomes, console: Console) -> None:
    """Print the table of all orders and everything that needs a look."""
    verdict = outcomes.verdict
    console.print(_table(verdict.results))
    unfit = [one for one in verdict.results if one.outcome not in _ENDED_WELL]
    _print_list(console, "Orders that did not go through", map(_result_line, unfit))
    _print_list(
        console,
        "Lines that are no orders, and were not sent",
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
    _print_list(console, "What does not add up", verdict.contradictions)


_ENDED_WELL: Final = frozenset({Outcome.CAPTURED, Outcome.DECLINED})


def _table(results: Sequence[Result]) -> Table:
    lines: defaultdict[tuple[Outcome, str], list[int]] = defaultdict(list)
    for result in results:
        # Faults differ from line to line and are listed; decisions have one reason each.
        reason = "" if result.outcome in _LISTED else ", ".join(result.reasons)
        lines[result.outcome, reason].append(result.line)
    table = Table("outcome", "reason", title=f"What became of {len(results)} orders")
    table.add_column("orders", justify="right")
    table.add_column("lines of the file")
    for outcome, reason in sorted(lines, key=lambda one: (list(Outcome).index(one[0]), one[1])):
        numbers = lines[outcome, reason]
        tone = _TONES.get(outcome, "bold red")
        shown = Text(printable(reason) or "-")
        table.add_row(Text(outcome, tone), shown, str(len(numbers)), _ranges(numbers))
    return table


_LISTED: Final = frozenset({Outcome.REFUSED, Outcome.FAILED, Outcome.UNFINISHED})


def _ranges(numbers: Sequence[int]) -> str:
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and number == ranges[-1][-1] + 1:
            ranges[-1][1:] = [number]
        else:
            ranges.append([number])
    texts = ["-".join(map(str, one)) for one in ranges]
    return ", ".join(texts[:_RANGES_MAX]) + (", …" if len(texts) > _RANGES_MAX else "")


def _result_line(result: Result) -> str:
    order = f" ({result.order_id})" if result.order_id else ""
    return f"line {result.line}{order} {result.outcome}: {'; '.join(result.reasons)}"


def _print_list(console: Console, title: str, entries: Iterable[str]) -> None:
    shown: Iterator[str] = iter(entries)
    for index, entry in enumerate(shown):
        if index == 0:
            console.print(Text(f"\n{title}:", "bold"))
        if index == SHOWN_MAX:
            more = 1 + sum(1 for _ in shown)
            console.print(f"  and {more} more (--json lists all)", highlight=False)
            return
        console.print(Text(f"  {printable(entry)}"), soft_wrap=True)
