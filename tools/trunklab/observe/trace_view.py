"""Prints traces as a waterfall: coloured on a terminal, plain text elsewhere."""

from collections.abc import Sequence
from typing import Final

from rich.console import Console
from rich.text import Text

from trunklab.observe.trace_layout import BAR_CHARACTERS, Row, headline, remarks, rows
from trunklab.observe.trace_tree import Story
from trunklab.printable import printable

_PLAIN: Final = str.maketrans({"├": "|", "└": "`", "─": "-", "│": "|", "█": "#", "·": "."})
"""For outputs that cannot carry the drawn guides."""


def render(stories: Sequence[Story], console: Console) -> None:
    """Print each story as a headline, its waterfall and what is wrong with it."""
    for index, story in enumerate(stories):
        if index:
            console.print()
        for line in headline(story):
            console.print(Text(printable(line)), soft_wrap=True)
        for row in rows(story):
            console.print(_line(row, plain=console.options.ascii_only), soft_wrap=True)
        for remark in remarks(story):
            console.print(Text(printable(remark), "bold red"), soft_wrap=True)


def _line(row: Row, *, plain: bool) -> Text:
    took = "   no end" if row.duration_ms is None else f"{row.duration_ms:6.0f} ms"
    times = f"{row.at_ms:8.0f} ms {took}  "
    bar = "·" * row.bar_start + "█" * (row.bar_end - row.bar_start)
    parts = (bar.ljust(BAR_CHARACTERS, "·"), f"  {row.guide}")
    if plain:
        parts = (parts[0].translate(_PLAIN), parts[1].translate(_PLAIN))
    return Text.assemble(
        (times, "dim"),
        (parts[0], row.tone.value),
        (parts[1], "dim"),
        (printable(row.text), row.tone.value),
    )
