r"""Parses the regular expressions of schemas into trees, with the validator's (ECMA) meaning.

Supported are characters, escapes, `.`, `\d \w \s` and their opposites, classes, groups, `|`,
quantifiers, `^`, `$`, and lookahead at the beginning of a pattern. Anything else raises
UndecidedError: a result for another language could be wrong.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from trunklab.schema_solver.errors import UndecidedError
from trunklab.schema_solver.solver_limits import (
    CACHED_MAX,
    EXPRESSION_DEPTH_MAX,
    PATTERN_CHARACTERS_MAX,
)

Interval = tuple[int, int]
Charset = tuple[Interval, ...]
"""A set of characters, as sorted intervals of code points without surrogates."""

LAST: Final = 0x10FFFF
SURROGATES: Final = (0xD800, 0xDFFF)
EVERY: Final[Charset] = ((0, SURROGATES[0] - 1), (SURROGATES[1] + 1, LAST))
SPACES: Final[Charset] = (
    *((0x9, 0xD), (0x20, 0x20), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A)),
    *((0x2028, 0x2029), (0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000), (0xFEFF, 0xFEFF)),
)
_DIGITS: Final[Charset] = ((0x30, 0x39),)
_WORDS: Final[Charset] = ((0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A))


def charset(characters: str) -> Charset:
    """Returns the set of the characters."""
    return union([(ord(character), ord(character)) for character in characters])


def union(intervals: Iterable[Interval]) -> Charset:
    """Returns the set of all characters in some intervals."""
    parts = ((max(low, first), min(high, last)) for low, high in intervals for first, last in EVERY)
    merged: list[Interval] = []
    for low, high in sorted((low, high) for low, high in parts if low <= high):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = merged[-1][0], max(merged[-1][1], high)
        else:
            merged.append((low, high))
    return tuple(merged)


def complement(of: Charset) -> Charset:
    """Returns the set of all other characters."""
    starts = [0, *(high + 1 for _, high in of)]
    ends = [*(low - 1 for low, _ in of), LAST]
    return union(zip(starts, ends, strict=True))


def contains(of: Charset, point: int) -> bool:
    """True if the character with this code point is in the set."""
    return any(low <= point <= high for low, high in of)


@dataclass(frozen=True, slots=True)
class Chars:
    """One character of a set."""

    of: Charset


@dataclass(frozen=True, slots=True)
class Sequence:
    """All parts in order; the empty string if it has no parts."""

    parts: "tuple[Expression, ...]"


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the options."""

    options: "tuple[Expression, ...]"


@dataclass(frozen=True, slots=True)
class Repeat:
    """A part between `least` and `most` times; without limit if `most` is None."""

    part: "Expression"
    least: int
    most: int | None


@dataclass(frozen=True, slots=True)
class Start:
    """The beginning of the string."""


@dataclass(frozen=True, slots=True)
class End:
    """The end of the string."""


Expression = Chars | Sequence | Choice | Repeat | Start | End

ANYTHING: Final = Repeat(Chars(EVERY), 0, None)


@dataclass(frozen=True, slots=True)
class Demand:
    """The whole string has to match the expression; if it is not wanted, it must not match."""

    expression: Expression
    wanted: bool = True


def literal(text: str) -> Expression:
    """Returns the expression that matches only this string."""
    return Sequence(tuple(Chars(charset(character)) for character in text))


_SETS: Final = {"d": _DIGITS, "w": _WORDS, "s": SPACES}
_ESCAPED_SETS: Final = _SETS | {name.upper(): complement(of) for name, of in _SETS.items()}
_ATOMS: Final[dict[str, Expression]] = {
    ".": Chars(complement(charset("\n"))),
    "^": Start(),
    "$": End(),
}
_CONTROLS: Final = {"n": "\n", "r": "\r", "t": "\t", "f": "\f", "v": "\v"}
_SYNTAX: Final = frozenset("\\^$.|?*+()[]{}/-#&~_@%=!<>\"',;:` ")
_CODE: Final = re.compile(r"x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|[xu]\{([0-9a-fA-F]{1,8})\}")
_QUANTIFIER: Final = re.compile(
    r"(?:(?P<sign>[*+?])|\{(?P<least>[0-9]{1,5})(?P<range>,(?P<most>[0-9]{1,5})?)?\})\??(?![*+?{])"
)
_SIGNS: Final[dict[str, tuple[int, int | None]]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}


@lru_cache(maxsize=CACHED_MAX)
def demands(pattern: str) -> tuple[Demand, ...]:
    """Returns what a pattern demands of a whole string; raises UndecidedError."""
    if len(pattern) > PATTERN_CHARACTERS_MAX:
        raise UndecidedError(f"a pattern of more than {PATTERN_CHARACTERS_MAX} characters")
    parser = _Parser(pattern)
    ahead = parser.lookahead()
    expression = parser.choice(0)
    if parser.place < len(pattern):
        raise parser.unsupported()
    if ahead:
        if isinstance(expression, Choice):
            raise UndecidedError(f"lookahead in one of several branches of {pattern!r}")
        expression = Sequence((Start(), expression))
    return (Demand(Sequence((ANYTHING, expression, ANYTHING))), *ahead)


class _Parser:
    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.place = 0

    def unsupported(self) -> UndecidedError:
        """Returns the error for the current place."""
        there = self.pattern[self.place : self.place + 5]
        return UndecidedError(
            f"the pattern {self.pattern!r} is not understood at {there!r} ({self.place})"
        )

    def next_is(self, *texts: str) -> bool:
        return self.pattern.startswith(texts, self.place)

    def take(self, text: str) -> bool:
        """Skip a text; returns False if it does not come next."""
        is_next = self.next_is(text)
        self.place += len(text) if is_next else 0
        return is_next

    def expect(self, text: str) -> None:
        if not self.take(text):
            raise self.unsupported()

    def character(self) -> str:
        if self.place >= len(self.pattern):
            raise self.unsupported()
        self.place += 1
        return self.pattern[self.place - 1]

    def lookahead(self) -> list[Demand]:
        """Parse a beginning such as `^(?!…)(?=…)`; the rest of the pattern is not parsed."""
        ahead: list[Demand] = []
        if not self.next_is("^(?!", "^(?="):
            return ahead
        self.place = 1
        while self.next_is("(?!", "(?="):
            wanted = self.next_is("(?=")
            self.place += len("(?=")
            inner = self.choice(1)
            self.expect(")")
            ahead.append(Demand(Sequence((Start(), inner, ANYTHING)), wanted))
        return ahead

    def choice(self, depth: int) -> Expression:
        if depth > EXPRESSION_DEPTH_MAX:
            raise UndecidedError(f"groups deeper than {EXPRESSION_DEPTH_MAX} in a pattern")
        options = [self.sequence(depth)]
        while self.take("|"):
            options.append(self.sequence(depth))
        return options[0] if len(options) == 1 else Choice(tuple(options))

    def sequence(self, depth: int) -> Expression:
        parts: list[Expression] = []
        while self.place < len(self.pattern) and not self.next_is("|", ")"):
            parts.append(self.quantified(self.atom(depth)))
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def atom(self, depth: int) -> Expression:
        if self.next_is(*"*+?{"):
            raise self.unsupported()
        match self.character():
            case "(":
                return self.group(depth)
            case "[":
                return Chars(self.character_class())
            case "\\":
                return Chars(self.escape(in_class=False))
            case character:
                return _ATOMS.get(character) or Chars(charset(character))

    def group(self, depth: int) -> Expression:
        if self.next_is("?"):
            self.expect("?:")
        inner = self.choice(depth + 1)
        self.expect(")")
        return inner

    def quantified(self, part: Expression) -> Expression:
        if not self.next_is(*"*+?{"):
            return part
        found = _QUANTIFIER.match(self.pattern, self.place)
        if found is None or isinstance(part, Start | End):
            raise self.unsupported()
        if found["sign"]:
            least, most = _SIGNS[found["sign"]]
        else:
            least = int(found["least"])
            most = int(found["most"]) if found["most"] else None if found["range"] else least
            if most is not None and most < least:
                raise self.unsupported()
        self.place = found.end()
        return Repeat(part, least, most)

    def escape(self, *, in_class: bool) -> Charset:
        if code := _CODE.match(self.pattern, self.place):
            point = int(code[1] or code[2] or code[3], 16)
            if point > LAST or SURROGATES[0] <= point <= SURROGATES[1]:
                raise self.unsupported()
            self.place = code.end()
            return charset(chr(point))
        character = self.character()
        if character in _ESCAPED_SETS:
            return _ESCAPED_SETS[character]
        if character in _CONTROLS:
            return charset(_CONTROLS[character])
        if character in _SYNTAX and not (in_class and character in "<>"):
            return charset(character)
        self.place -= 1
        raise self.unsupported()

    def character_class(self) -> Charset:
        is_negated = self.take("^")
        if self.next_is("]"):
            raise self.unsupported()
        intervals: list[Interval] = []
        while not self.take("]"):
            if self.next_is("[", "&&", "--", "~~"):
                raise self.unsupported()
            first = self.member()
            if self.next_is("-") and not self.next_is("-]"):
                self.place += 1
                intervals.append(self.interval(first))
            else:
                intervals += first
        of = union(intervals)
        return complement(of) if is_negated else of

    def interval(self, first: Charset) -> Interval:
        if self.next_is("[", "-"):
            raise self.unsupported()
        match first, self.member():
            case ((low, low_end),), ((high, high_end),) if low == low_end <= high == high_end:
                return low, high
        raise self.unsupported()

    def member(self) -> Charset:
        return self.escape(in_class=True) if self.take("\\") else charset(self.character())
