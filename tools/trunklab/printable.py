"""Makes foreign text safe for a terminal, and prints it in lists."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:  # takes longer to import than most commands run
    from rich.console import Console

_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"


def printable(text: str, characters_max: int = 1_000) -> str:
    """Returns the text without control characters and cut to size."""
    shown = "".join(one if one.isprintable() else _REPLACEMENT for one in text[:characters_max])
    return shown + "…" if len(text) > characters_max else shown


def print_list(
    console: "Console", title: str, entries: Iterable[str], shown_max: int, characters_max: int
) -> None:
    """Prints the first entries below a title, each cut to size; nothing without entries."""
    lines = list(entries)
    if not lines:
        return
    console.print(f"\n{title}:", style="bold", highlight=False, markup=False)
    for line in lines[:shown_max]:
        shown = f"  {printable(line, characters_max)}"
        console.print(shown, highlight=False, markup=False, soft_wrap=True)
    if len(lines) > shown_max:
        console.print(f"  and {len(lines) - shown_max} more (--json lists all)", highlight=False)
