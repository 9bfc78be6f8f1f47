"""Prints stories: coloured on a terminal, plain text elsewhere."""

from collections.abc import Sequence
from typing import Final

from rich.console import Console
from rich.text import Text

from trunklab.observe.story import Story
from trunklab.observe.story_layout import Row, headline, timeline
from trunklab.printable import printable

_PLAIN_GUIDES: Final = str.maketrans({"├": "|", "└": "`", "─": "-", "│": "|"})
"""For outputs that cannot carry the drawn guides."""


def render(stories: Sequence[Story], console: Console) -> None:
    """Print each story as a headline and its timeline."""
    for index, story in enumerate(stories):
        if index:
            console.print()
        for line in headline(story):
            console.print(Text(printable(line)), soft_wrap=True)
        for row in timeline(story):
            console.print(_line(row, plain=console.options.ascii_only), soft_wrap=True)


def _line(row: Row, *, plain: bool) -> Text:
    at = f"{row.at_ms:8.0f} ms  " if row.at_ms is not None else " " * 13
    guide = row.guide.translate(_PLAIN_GUIDES) if plain else row.guide
    return Text.assemble((at + guide, "dim"), (printable(row.text), row.tone.value))
