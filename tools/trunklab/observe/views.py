"""What the views of stories and traces share: colours, guides of a tree, and printing."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from typing import Final, TypeVar

from rich.console import Console
from rich.text import Text

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


def with_guides(children: Sequence[Item], below: str) -> Iterator[tuple[Item, str, str]]:
    """Yields each child with the guide of its own row and that of the rows below it."""
    for index, child in enumerate(children):
        is_last = index == len(children) - 1
        yield child, below + ("└─ " if is_last else "├─ "), below + ("   " if is_last else "│  ")


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
