"""The automaton of one demand: which places of its expression a text can stand at.

States are numbers; a set of them is a whole number, one bit each. Only states count that consume a
character, wait for the end, or accept; the others are passed through.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from trunklab.schema_solver.character_sets import Charset
from trunklab.schema_solver.errors import UndecidedError
from trunklab.schema_solver.regex_tree import (
    Chars,
    Choice,
    Demand,
    End,
    Expression,
    Repeat,
    Sequence,
    Start,
)
from trunklab.schema_solver.solver_limits import CACHED_MAX, STATES_MAX


@dataclass
class Automaton:
    """Moves by character, silent moves, and those that need the beginning or the end."""

    moves: dict[int, tuple[Charset, int]] = field(default_factory=dict)
    silent: dict[int, list[int]] = field(default_factory=dict)
    at_start: dict[int, int] = field(default_factory=dict)
    at_end: dict[int, int] = field(default_factory=dict)
    size: int = 1
    accepting: int = 0
    reached: dict[int, int] = field(default_factory=dict)
    """The states that count which are reached silently from a state in the midst of a text."""

    @property
    def charsets(self) -> Iterator[Charset]:
        """Every set of characters that it tells apart."""
        return (charset for charset, _ in self.moves.values())

    @property
    def first(self) -> int:
        """The states at the beginning of a text."""
        return self._closed(0, self.at_start)

    def stepped(self, states: int, held: frozenset[Charset]) -> int:
        """The states after a character that is in these sets."""
        found = 0
        for state in _bits(states):
            move = self.moves.get(state)
            if move is not None and move[0] in held:
                found |= self._between(move[1])
        return found

    def accepts(self, states: int) -> bool:
        """Whether a text may end here."""
        if states >> self.accepting & 1:
            return True
        return any(
            self._closed(self.at_end[state], self.at_end) >> self.accepting & 1
            for state in _bits(states)
            if state in self.at_end
        )

    def accepts_nothing_read(self) -> bool:
        """Whether the empty text matches, which is beginning and end at once."""
        return bool(self._closed(0, self.at_start | self.at_end) >> self.accepting & 1)

    def _between(self, state: int) -> int:
        if state not in self.reached:
            self.reached[state] = self._closed(state, {})
        return self.reached[state]

    def _closed(self, state: int, open_moves: dict[int, int]) -> int:
        found, seen, waiting = 0, {state}, [state]
        while waiting:
            one = waiting.pop()
            if one in self.moves or one in self.at_end or one == self.accepting:
                found |= 1 << one
            following = [*self.silent.get(one, ())]
            if one in open_moves:
                following.append(open_moves[one])
            for other in following:
                if other not in seen:
                    seen.add(other)
                    waiting.append(other)
        return found

    def state(self) -> int:
        """One more state; raises UndecidedError if they are too many."""
        if self.size >= STATES_MAX:
            raise UndecidedError(f"an expression of more than {STATES_MAX} states")
        self.size += 1
        return self.size - 1

    def link(self, start: int, end: int) -> None:
        """A silent move."""
        self.silent.setdefault(start, []).append(end)


@lru_cache(maxsize=CACHED_MAX)
def automaton(demand: Demand) -> Automaton:
    """The automaton of a demand's expression; raises UndecidedError."""
    built = Automaton()
    built.accepting = _build(built, demand.expression, 0)
    return built


def _build(built: Automaton, expression: Expression, start: int) -> int:
    """Add an expression that begins at a state; the state at which it ends."""
    match expression:
        case Sequence(parts):
            for part in parts:
                start = _build(built, part, start)
            return start
        case Choice(options):
            return _choice(built, options, start)
        case Repeat():
            return _repeat(built, expression, start)
    return _single(built, expression, start)


def _choice(built: Automaton, options: tuple[Expression, ...], start: int) -> int:
    end = built.state()
    for option in options:
        begin = built.state()
        built.link(start, begin)
        built.link(_build(built, option, begin), end)
    return end


def _single(built: Automaton, expression: Chars | Start | End, start: int) -> int:
    end = built.state()
    begin = built.state()
    built.link(start, begin)
    if isinstance(expression, Chars):
        built.moves[begin] = expression.of, end
    elif isinstance(expression, Start):
        built.at_start[begin] = end
    else:
        built.at_end[begin] = end
    return end


def _repeat(built: Automaton, repeat: Repeat, start: int) -> int:
    for _ in range(repeat.least):
        start = _build(built, repeat.part, start)
    end = built.state()
    built.link(start, end)
    if repeat.most is None:
        begin = built.state()
        built.link(end, begin)
        built.link(_build(built, repeat.part, begin), end)
        return end
    for _ in range(repeat.most - repeat.least):
        begin = built.state()
        built.link(start, begin)
        start = _build(built, repeat.part, begin)
        built.link(start, end)
    return end


def _bits(states: int) -> Iterator[int]:
    while states:
        lowest = states & -states
        yield lowest.bit_length() - 1
        states ^= lowest
