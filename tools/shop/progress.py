"""Shows how far the orders are: a bar on a terminal, a line now and then elsewhere."""

from types import TracebackType
from typing import Final, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from trunklab import effects

_LINE_EVERY_S: Final = 5.0
"""Seconds between two lines where there is no terminal."""


class OrderProgress:
    """The two things that happen to orders: they are placed, and they reach their end."""

    def __init__(self, console: Console, orders: int) -> None:
        self._console = console
        self._orders = orders
        self._shown_s = effects.monotonic()
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._placed = self._bars.add_task("placed", total=orders)
        self._ended = self._bars.add_task("done", total=orders)

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bars.stop()

    def show(self, placed: int, accepted: int, ended: int) -> None:
        """Show how many orders were answered, how many of them accepted, how many are done."""
        self._bars.update(self._placed, completed=placed)
        self._bars.update(self._ended, completed=ended, total=max(accepted, 1))
        now_s = effects.monotonic()
        if not self._console.is_terminal and now_s - self._shown_s >= _LINE_EVERY_S:
            self._shown_s = now_s
            self._console.print(
                f"placed {placed} of {self._orders}, {accepted} accepted, {ended} of them done",
                highlight=False,
            )
