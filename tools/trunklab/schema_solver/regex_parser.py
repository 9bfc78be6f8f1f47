r"""Reads the regular expressions of schemas, with the meaning that the validator gives them.

Known are characters, escapes, `.`, `\d \w \s` and their opposites, classes, groups, `|`,
quantifiers, `^`, `$`, and, at the beginning of a pattern alone, looking ahead. Anything else raises
UndecidedError: better no answer than one about another language.
"""

from functools import lru_cache
from typing import Final

from trunklab.schema_solver import character_sets
from trunklab.schema_solver.character_sets import Charset
from trunklab.schema_solver.errors import UndecidedError
from trunklab.schema_solver.regex_tree import (
    ANYTHING,
    Chars,
    Choice,
    Demand,
    End,
    Expression,
    Repeat,
    Sequence,
    Start,
    somewhere,
)
from trunklab.schema_solver.solver_limits import (
    CACHED_MAX,
    EXPRESSION_DEPTH_MAX,
    PATTERN_CHARACTERS_MAX,
)

_SETS: Final = {
    "d": character_sets.DIGITS,
    "w": character_sets.WORDS,
    "s": character_sets.SPACES,
    "D": character_sets.complement(character_sets.DIGITS),
    "W": character_sets.complement(character_sets.WORDS),
    "S": character_sets.complement(character_sets.SPACES),
}
_CONTROLS: Final = {"n": "\n", "r": "\r", "t": "\t", "f": "\f", "v": "\v"}
_SYNTAX: Final = frozenset("\\^$.|?*+()[]{}/-#&~_@%=!<>\"',;:` ")
_HEXADECIMAL: Final = frozenset("0123456789abcdefABCDEF")
_ESCAPE_DIGITS: Final = {"x": 2, "u": 4}
_OPERATIONS: Final = ("&&", "--", "~~")
_REPEAT_MAX: Final = 10_000


@lru_cache(maxsize=CACHED_MAX)
def demands(pattern: str) -> tuple[Demand, ...]:
    """What a pattern demands of a whole text; raises UndecidedError."""
    if len(pattern) > PATTERN_CHARACTERS_MAX:
        raise UndecidedError(f"a pattern of more than {PATTERN_CHARACTERS_MAX} characters")
    reader = _Reader(pattern)
    ahead = reader.looking_ahead()
    expression = reader.choice(0)
    if reader.place < len(pattern):
        raise reader.unknown()
    if ahead:
        if isinstance(expression, Choice):
            raise UndecidedError(f"looking ahead in one of several branches of {pattern!r}")
        expression = Sequence((Start(), expression))
    return (Demand(somewhere(expression)), *ahead)


class _Reader:
    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.place = 0

    def unknown(self) -> UndecidedError:
        """The error for what stands here."""
        there = self.pattern[self.place : self.place + 5]
        return UndecidedError(
            f"the pattern {self.pattern!r} is not understood at {there!r} ({self.place})"
        )

    def next_is(self, text: str) -> bool:
        """Whether this comes next."""
        return self.pattern.startswith(text, self.place)

    def take(self, text: str) -> bool:
        """Step over a text if it comes next."""
        found = self.next_is(text)
        self.place += len(text) if found else 0
        return found

    def one(self) -> str:
        """Step over one character."""
        if self.place >= len(self.pattern):
            raise self.unknown()
        self.place += 1
        return self.pattern[self.place - 1]

    def looking_ahead(self) -> list[Demand]:
        """What `^(?!…)` and `^(?=…)` demand; the place is behind them, or where it was."""
        found: list[Demand] = []
        if not (self.next_is("^(?!") or self.next_is("^(?=")):
            return found
        self.place = 1
        while self.next_is("(?!") or self.next_is("(?="):
            wanted = self.next_is("(?=")
            self.place += 3
            inner = self.choice(1)
            if not self.take(")"):
                raise self.unknown()
            found.append(Demand(Sequence((Start(), inner, ANYTHING)), wanted))
        return found

    def choice(self, depth: int) -> Expression:
        if depth > EXPRESSION_DEPTH_MAX:
            raise UndecidedError(f"groups deeper than {EXPRESSION_DEPTH_MAX} in a pattern")
        options = [self.sequence(depth)]
        while self.take("|"):
            options.append(self.sequence(depth))
        return options[0] if len(options) == 1 else Choice(tuple(options))

    def sequence(self, depth: int) -> Expression:
        parts: list[Expression] = []
        while self.place < len(self.pattern) and not (self.next_is("|") or self.next_is(")")):
            parts.append(self.quantified(self.atom(depth)))
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def atom(self, depth: int) -> Expression:  # noqa: PLR0911 - one for each kind
        if self.take("("):
            return self.group(depth)
        if self.take("["):
            return Chars(self.in_class())
        if self.take("\\"):
            return Chars(self.escape(in_class=False))
        if self.take("."):
            return Chars(character_sets.NOT_NEWLINE)
        if self.take("^"):
            return Start()
        if self.take("$"):
            return End()
        if self.pattern[self.place] in "*+?{":
            raise self.unknown()
        return Chars(character_sets.of(self.one()))

    def group(self, depth: int) -> Expression:
        if self.next_is("?") and not self.take("?:"):
            raise self.unknown()
        found = self.choice(depth + 1)
        if not self.take(")"):
            raise self.unknown()
        return found

    def quantified(self, part: Expression) -> Expression:
        if self.take("*"):
            found = Repeat(part, 0, None)
        elif self.take("+"):
            found = Repeat(part, 1, None)
        elif self.take("?"):
            found = Repeat(part, 0, 1)
        elif self.take("{"):
            found = Repeat(part, *self.counts())
        else:
            return part
        if isinstance(part, Start | End):
            raise self.unknown()
        self.take("?")  # lazy: which text is matched differs, whether one is does not
        if self.place < len(self.pattern) and self.pattern[self.place] in "*+?{":
            raise self.unknown()
        return found

    def counts(self) -> tuple[int, int | None]:
        least = self.number()
        most: int | None = least
        if self.take(","):
            most = None if self.next_is("}") else self.number()
        if not self.take("}") or (most is not None and most < least):
            raise self.unknown()
        return least, most

    def number(self) -> int:
        start = self.place
        while self.place < len(self.pattern) and self.pattern[self.place] in "0123456789":
            self.place += 1
        if not 1 <= self.place - start <= len(str(_REPEAT_MAX)):
            raise self.unknown()
        return int(self.pattern[start : self.place])

    def escape(self, *, in_class: bool) -> Charset:
        one = self.one()
        if one in _SETS:
            return _SETS[one]
        if one in _CONTROLS:
            return character_sets.of(_CONTROLS[one])
        if one in _ESCAPE_DIGITS:
            return character_sets.of(self.coded(_ESCAPE_DIGITS[one]))
        if one in _SYNTAX and not (in_class and one in "<>"):
            return character_sets.of(one)
        self.place -= 1
        raise self.unknown()

    def coded(self, length: int) -> str:
        if self.take("{"):
            start, end = self.place, self.pattern.find("}", self.place)
            self.place = end + 1
        else:
            start, end = self.place, self.place + length
            self.place = end
        digits = self.pattern[start : max(end, start)]
        whole = digits and set(digits) <= _HEXADECIMAL and end <= len(self.pattern)
        first, last = character_sets.SURROGATES
        if not whole or int(digits, 16) > character_sets.LAST or first <= int(digits, 16) <= last:
            raise self.unknown()
        return chr(int(digits, 16))

    def in_class(self) -> Charset:
        negated = self.take("^")
        if self.next_is("]"):
            raise self.unknown()
        intervals: list[character_sets.Interval] = []
        while not self.take("]"):
            if self.next_is("[") or any(map(self.next_is, _OPERATIONS)):
                raise self.unknown()
            first = self.member()
            if self.next_is("-") and not self.next_is("-]"):
                self.place += 1
                intervals.append(self.interval(first))
            else:
                intervals += first
        found = character_sets.union(intervals)
        return character_sets.complement(found) if negated else found

    def interval(self, first: Charset) -> character_sets.Interval:
        if self.next_is("[") or self.next_is("-"):
            raise self.unknown()
        last = self.member()
        single = len(first) == len(last) == 1 and _is_one(first) and _is_one(last)
        if not single or first[0][0] > last[0][0]:
            raise self.unknown()
        return first[0][0], last[0][0]

    def member(self) -> Charset:
        return self.escape(in_class=True) if self.take("\\") else character_sets.of(self.one())


def _is_one(of: Charset) -> bool:
    return of[0][0] == of[0][1]
