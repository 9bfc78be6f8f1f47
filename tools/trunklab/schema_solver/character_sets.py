"""Sets of characters, as intervals of code points; surrogates are no characters of a text."""

from collections.abc import Iterable
from functools import cache
from itertools import pairwise
from typing import Final

Interval = tuple[int, int]
Charset = tuple[Interval, ...]

LAST: Final = 0x10FFFF
SURROGATES: Final = (0xD800, 0xDFFF)

EVERY: Final[Charset] = ((0, SURROGATES[0] - 1), (SURROGATES[1] + 1, LAST))

DIGITS: Final[Charset] = ((0x30, 0x39),)
WORDS: Final[Charset] = ((0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A))
SPACES: Final[Charset] = (
    (0x9, 0xD),
    (0x20, 0x20),
    (0xA0, 0xA0),
    (0x1680, 0x1680),
    (0x2000, 0x200A),
    (0x2028, 0x2029),
    (0x202F, 0x202F),
    (0x205F, 0x205F),
    (0x3000, 0x3000),
    (0xFEFF, 0xFEFF),
)
r"""What the validator takes for `\d`, `\w` and `\s`: ECMA's ASCII digits and words, its blanks."""

NOT_NEWLINE: Final[Charset] = ((0, 9), (0xB, SURROGATES[0] - 1), (SURROGATES[1] + 1, LAST))
"""What the validator takes for a dot."""

_READABLE: Final = (
    "abcdefghijklmnopqrstuvwxyz1234567890ABCDEFGHIJKLMNOPQRSTUVWXYZ-_./:@ ,;+=!?#%&'()*<>[]{}|~$^`"
)


def of(*characters: str) -> Charset:
    """The set of some characters."""
    return union([(ord(one), ord(one)) for one in characters])


def union(intervals: Iterable[Interval]) -> Charset:
    """The set of everything in some intervals."""
    found: list[Interval] = []
    for low, high in sorted(intervals):
        if found and low <= found[-1][1] + 1:
            found[-1] = found[-1][0], max(found[-1][1], high)
        else:
            found.append((low, high))
    return _without_surrogates(found)


def complement(charset: Charset) -> Charset:
    """Every other character."""
    found, start = [], 0
    for low, high in charset:
        if start < low:
            found.append((start, low - 1))
        start = high + 1
    if start <= LAST:
        found.append((start, LAST))
    return _without_surrogates(found)


def _without_surrogates(intervals: Iterable[Interval]) -> Charset:
    first, last = SURROGATES
    found: list[Interval] = []
    for low, high in intervals:
        if low < first:
            found.append((low, min(high, first - 1)))
        if high > last:
            found.append((max(low, last + 1), high))
    return tuple(found)


def classes(charsets: Iterable[Charset]) -> list[tuple[Charset, frozenset[Charset]]]:
    """The coarsest split of all characters such that each set is made of whole classes.

    With each class the sets that hold it; the most readable classes first.
    """
    distinct = list(dict.fromkeys(charsets))
    changes: dict[int, list[tuple[int, bool]]] = {0: [], LAST + 1: []}
    for number, charset in enumerate(distinct):
        for low, high in charset:
            changes.setdefault(low, []).append((number, True))
            changes.setdefault(high + 1, []).append((number, False))
    found: dict[int, list[Interval]] = {}
    holding = 0
    points = sorted(changes)
    for start, end in pairwise(points):
        for number, begins in changes[start]:
            holding = holding | 1 << number if begins else holding & ~(1 << number)
        found.setdefault(holding, []).append((start, end - 1))
    split = [
        (charset, frozenset(one for number, one in enumerate(distinct) if held >> number & 1))
        for held, intervals in found.items()
        if (charset := union(intervals))
    ]
    return sorted(split, key=lambda one: _rank(readable(one[0])))


@cache
def readable(charset: Charset) -> str:
    """The character of a set that is read most easily."""
    for one in _READABLE:
        if contains(charset, one):
            return one
    return chr(charset[0][0])


def contains(charset: Charset, character: str) -> bool:
    """Whether the character is in the set."""
    return any(low <= ord(character) <= high for low, high in charset)


def _rank(character: str) -> tuple[int, str]:
    place = _READABLE.find(character)
    return (place if place >= 0 else len(_READABLE), character)
