"""Texts that are equal but for their case, as AWS has it: letter by letter of the pattern.

Each letter of the pattern stands for its lower and its upper form. So the pattern `ß` takes `SS`,
but the pattern `ss` does not take `ß`.
"""

import re
from functools import lru_cache
from typing import Final

_COMPILED_MAX: Final = 4_096


def equals(pattern: str, text: str) -> bool:
    """Whether the whole text is the pattern's."""
    return _compiled(pattern).fullmatch(text) is not None


def starts(pattern: str, text: str) -> bool:
    """Whether the text begins with the pattern's."""
    return _compiled(pattern).match(text) is not None


def ends(pattern: str, text: str) -> bool:
    """Whether the text ends with the pattern's."""
    shortest, longest = _lengths(pattern)
    expression = _compiled(pattern)
    return any(
        expression.fullmatch(text, len(text) - length) is not None
        for length in range(shortest, min(longest, len(text)) + 1)
    )


def key(text: str) -> str:
    """A text that all texts share which differ in case alone, to look them up by."""
    return text.upper().casefold()


@lru_cache(maxsize=_COMPILED_MAX)
def _compiled(pattern: str) -> re.Pattern[str]:
    letters = (sorted({one.lower(), one.upper()}) for one in pattern)
    return re.compile("".join(f"(?:{'|'.join(map(re.escape, forms))})" for forms in letters))


@lru_cache(maxsize=_COMPILED_MAX)
def _lengths(pattern: str) -> tuple[int, int]:
    forms = [{len(one.lower()), len(one.upper())} for one in pattern]
    return sum(map(min, forms)), sum(map(max, forms))
