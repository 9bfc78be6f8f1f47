"""Counts unidiomatic phrases: their number may only fall."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from trunklab.dev.style.source_files import Finding, Source

PHRASES_LEFT: Final = 1
"""Phrases that are still in the repository; lower this number when you remove some."""

PHRASES: Final = (
    r"mend(s|ed|ing)?",
    r"(tell|tells|told|telling) of",
    r"(say|says|said|saying) of",
    r"hears?|heard",
    r"(stand|stands|stood|standing) (for|in)",
    r"passed over",
    r"(give|gives|gave|given) up an?",
    r"is no (?!longer|more)",
    r"(?-i:(is|are) none)",
)

_PLACES: Final = ("tools", "shared", "services", "schemas", "docs", "README.md")
_DOCSTRING: Final = r'(?-i:"""(Whether|What|Who|How)\b)'
_PATTERN: Final = re.compile(rf"\b({'|'.join(PHRASES)})\b|{_DOCSTRING}", re.IGNORECASE)
_FIX: Final = "write plain English: state what is the case, in AWS's and Python's words"


def find_phrases(sources: Sequence[Source]) -> Iterator[Finding]:
    """Finds every phrase; this file is skipped, for it lists them."""
    for source in sources:
        if source.path.parts[0] in _PLACES and source.path.name != "english.py":
            yield from source.matches(_PATTERN, "unidiomatic", _FIX)


def too_many_phrases(sources: Sequence[Source], left: int = PHRASES_LEFT) -> Iterator[Finding]:
    """Finds every phrase if there are more than before; asks to lower the number if fewer."""
    found = list(find_phrases(sources))
    if len(found) > left:
        yield from found
    if len(found) != left:
        here = Source("tools/trunklab/dev/style/english.py", "")
        what = f"{len(found)} phrases, PHRASES_LEFT is {left}"
        yield here.finding(1, what, f"set it to {len(found)}" if len(found) < left else _FIX)
