r"""Wildcards: `*` matches any text, `\*` a star, `\\` a backslash."""

from collections.abc import Iterator, Sequence
from typing import Final

from trunklab.patterns.errors import InvalidPatternError
from trunklab.patterns.pattern_limits import WILDCARD_COMPLEXITY_MAX, WILDCARD_STATES_MAX

TOO_COMPLEX: Final = (
    "Rule is too complex - try using fewer wildcard characters or fewer repeating character"
    " sequences after a wildcard character"
)

_STAR: Final = ""
"""A star among the characters of a wildcard."""


def parse(text: str) -> tuple[str, ...]:
    """Returns the texts between the stars; raises InvalidPatternError with AWS's text."""
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
    """True if the parts occur in order, the first at the beginning and the last at the end."""
    first, last = parts[0], parts[-1]
    if len(parts) == 1:
        return text == first
    end = len(text) - len(last)
    if len(first) > end or not text.startswith(first) or not text.endswith(last):
        return False
    return in_order(parts[1:-1], text, len(first), end)


def in_order(parts: Sequence[str], text: str, place: int, end: int) -> bool:
    """True if the parts occur one after the other between two places.

    The first occurrence of each is enough, so backtracking is not needed.
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
        character, following = text[place], text[place + 1 : place + 2]
        if character == "*" and following == "*":
            raise InvalidPatternError(
                f"Consecutive wildcard characters at pos {_byte(text, place)}"
            )
        if character == "\\":
            if following not in {"*", "\\"}:
                raise InvalidPatternError(f"Invalid escape character at pos {_byte(text, place)}")
            yield following
            place += 1
        else:
            yield _STAR if character == "*" else character
        place += 1


def _byte(text: str, place: int) -> int:
    """Returns the position as AWS counts it: in bytes, from the quote before the text."""
    return len(text[:place].encode(errors="surrogatepass")) + 1


def _is_too_complex(tokens: list[str]) -> bool:
    """True if some text can be at too many places of the wildcard at once."""
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
    """Returns the places after one more character; None is one not in the wildcard."""
    reached = set()
    for place in standing:
        if place and tokens[place - 1] == _STAR:
            reached.add(place)
        if place < len(tokens) and tokens[place] == character:
            reached.add(place + 1)
    return frozenset(reached)


def _standing(tokens: list[str], places: frozenset[int]) -> frozenset[int]:
    """Returns the places and those after a star that matches nothing."""
    stars = {place + 1 for place in places if place < len(tokens) and tokens[place] == _STAR}
    return places | stars
