"""The drawing that timelines and waterfalls share: rows of a tree with guides, in colours."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeVar

from rich.console import Console
from rich.text import Text

from trunklab.printable import printable

Item = TypeVar("Item")

ID_CHARACTERS: Final = 8
"""Characters of an event id that a view shows; `--json` has all of them."""

_ASCII: Final = str.maketrans({"├": "|", "└": "`", "─": "-", "│": "|", "█": "#", "·": "."})


class Tone(StrEnum):
    """The subject of a row, for its colour on a terminal."""

    REQUEST = "bold"
    EVENT = "bold cyan"
    PART = "default"
    GOOD = "green"
    QUIET = "dim"
    DOUBTFUL = "yellow"
    BAD = "bold red"


@dataclass(frozen=True)
class Row:
    """A row of a tree: columns with their styles, then a text behind the guides."""

    columns: tuple[tuple[str, str], ...]
    text: str
    tone: Tone
    below: tuple["Row", ...] = ()


def draw(row: Row, own: str = "", below: str = "") -> Iterator[Text]:
    """Yields the lines of a row and all rows below it, as `tree` draws them."""
    yield Text.assemble(*row.columns, (own, "dim"), (printable(row.text), row.tone.value))
    for index, child in enumerate(row.below, start=1):
        is_last = index == len(row.below)
        yield from draw(
            child, below + ("└─ " if is_last else "├─ "), below + ("   " if is_last else "│  ")
        )


def print_each(
    items: Iterable[Item], lines: Callable[[Item], Iterable[Text]], console: Console
) -> None:
    """Prints items, an empty line between them, in ASCII if the output needs it."""
    for index, item in enumerate(items):
        if index:
            console.print()
        for line in lines(item):
            if console.options.ascii_only:
                line.plain = line.plain.translate(_ASCII)
            console.print(line, soft_wrap=True)
