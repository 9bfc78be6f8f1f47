r"""Wildcards: `*` is any text, `\*` a star, `\\` a backslash."""

from collections.abc import Iterator, Sequence
from typing import Final

from trunklab.patterns.errors import InvalidPatternError
from trunklab.patterns.pattern_limits import WILDCARD_COMPLEXITY_MAX, WILDCARD_STATES_MAX

TOO_COMPLEX: Final = (
    "Rule is too complex - try using fewer wildcard characters or fewer repeating character"
    " sequences after a wildcard character"
)

_STAR: Final = ""
"""How a star stands among the characters of a wildcard."""


def parse(text: str) -> tuple[str, ...]:
    """The texts between the stars; raises InvalidPatternError with AWS's text."""
    tokens = list(_tokens(text))
    if _is_too_complex(tokens):
        raise InvalidPatternError(TOO_COMPLEX)
    parts = [""]
    for token in tokens:
        if token == _STAR:
            parts.append("")
        else:
            parts[-1] += token
    return tuple(parts)


def matches(parts: tuple[str, ...], text: str) -> bool:
    """Whether the texts come in order, the first at the beginning and the last at the end."""
    first, last = parts[0], parts[-1]
    if len(parts) == 1:
        return text == first
    end = len(text) - len(last)
    if len(first) > end or not text.startswith(first) or not text.endswith(last):
        return False
    return in_order(parts[1:-1], text, len(first), end)


def in_order(parts: Sequence[str], text: str, place: int, end: int) -> bool:
    """Whether the texts come one behind the other between two places.

    Each is taken where it comes first: no backtracking, so a long text takes no long time.
    """
    for part in parts:
        found = text.find(part, place, end)
        if found < 0:
            return False
        place = found + len(part)
    return True


def _tokens(text: str) -> Iterator[str]:
    place = 0
    while place < len(text):
        one, following = text[place], text[place + 1 : place + 2]
        if one == "*" and following == "*":
            raise InvalidPatternError(
                f"Consecutive wildcard characters at pos {_byte(text, place)}"
            )
        if one == "\\":
            if following not in {"*", "\\"}:
                raise InvalidPatternError(f"Invalid escape character at pos {_byte(text, place)}")
            yield following
            place += 1
        else:
            yield _STAR if one == "*" else one
        place += 1


def _byte(text: str, place: int) -> int:
    """Where AWS counts a character: in bytes, from the quote before the text."""
    return len(text[:place].encode(errors="surrogatepass")) + 1


def _is_too_complex(tokens: list[str]) -> bool:
    """Whether a text exists that stands at too many places of the wildcard at once."""
    if _STAR not in tokens:
        return False
    start = _standing(tokens, frozenset({0}))
    seen, waiting = {start}, [start]
    while waiting:
        standing = waiting.pop()
        following = {tokens[place] for place in standing if place < len(tokens)} - {_STAR}
        for character in (*following, None):
            reached = _standing(tokens, _step(tokens, standing, character))
            if len(reached) > WILDCARD_COMPLEXITY_MAX or len(seen) > WILDCARD_STATES_MAX:
                return True
            if reached not in seen:
                seen.add(reached)
                waiting.append(reached)
    return False


def _step(tokens: list[str], standing: frozenset[int], character: str | None) -> frozenset[int]:
    """The places after one more character; None is one that the wildcard does not name."""
    reached = set()
    for place in standing:
        if place and tokens[place - 1] == _STAR:
            reached.add(place)
        if place < len(tokens) and tokens[place] == character:
            reached.add(place + 1)
    return frozenset(reached)


def _standing(tokens: list[str], places: frozenset[int]) -> frozenset[int]:
    """The places, and those behind a star that takes nothing."""
    stars = {place + 1 for place in places if place < len(tokens) and tokens[place] == _STAR}
    return places | stars
