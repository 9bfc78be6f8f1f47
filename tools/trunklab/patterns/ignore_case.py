"""Case-insensitive comparison as AWS does it: by the letters of the pattern.

Each letter of the pattern matches its lower and its upper form. So the pattern `ß` matches `SS`,
but the pattern `ss` does not match `ß`.
"""

import re
from functools import lru_cache
from typing import Final

_COMPILED_MAX: Final = 4_096


def equals(pattern: str, text: str) -> bool:
    """True if the whole text matches."""
    return _compiled(pattern).fullmatch(text) is not None


def starts(pattern: str, text: str) -> bool:
    """True if the beginning of the text matches."""
    return _compiled(pattern).match(text) is not None


def ends(pattern: str, text: str) -> bool:
    """True if the end of the text matches."""
    forms = [{len(letter.lower()), len(letter.upper())} for letter in pattern]
    shortest, longest = sum(map(min, forms)), min(sum(map(max, forms)), len(text))
    expression = _compiled(pattern)
    return any(
        expression.fullmatch(text, len(text) - length) is not None
        for length in range(shortest, longest + 1)
    )


def key(text: str) -> str:
    """Returns a key that texts which differ only in case have in common."""
    return text.upper().casefold()


@lru_cache(maxsize=_COMPILED_MAX)
def _compiled(pattern: str) -> re.Pattern[str]:
    letters = (sorted({letter.lower(), letter.upper()}) for letter in pattern)
    return re.compile("".join(f"(?:{'|'.join(map(re.escape, forms))})" for forms in letters))
