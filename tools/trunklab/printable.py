"""Makes text that others wrote safe to show on a terminal."""

from typing import Final

_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"


def printable(text: str, characters_max: int = 1_000) -> str:
    """Replace control characters, which could move the cursor, and cut the text to size."""
    shown = "".join(one if one.isprintable() else _REPLACEMENT for one in text[:characters_max])
    return shown + "…" if len(text) > characters_max else shown
