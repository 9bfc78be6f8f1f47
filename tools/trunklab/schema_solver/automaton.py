"""Automata of regular expressions, and the shortest string that meets several demands.

States are numbers; a set of states is an integer with one bit for each. Sets contain only states
that read a character, wait for the end or accept.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from trunklab.schema_solver import regex_parser
from trunklab.schema_solver.errors import UndecidedError
from trunklab.schema_solver.regex_parser import (
    EVERY,
    Chars,
    Charset,
    Choice,
    Demand,
    End,
    Expression,
    Repeat,
    Start,
    contains,
)
from trunklab.schema_solver.solver_limits import (
    CACHED_MAX,
    CLASSES_MAX,
    STATES_MAX,
    TEXT_STEPS_MAX,
)

READABLE: Final = (
    "abcdefghijklmnopqrstuvwxyz1234567890ABCDEFGHIJKLMNOPQRSTUVWXYZ-_./:@ ,;+=!?#%&'()*<>[]{}|~$^`"
)
"""Characters that a string prefers, in this order."""


@dataclass
class _Automaton:
    """Moves that read a character, and moves that read nothing.

    A move that reads nothing may be possible at the start or the end of the string only.
    """

    moves: dict[int, tuple[Charset, int]] = field(default_factory=dict)
    silent: defaultdict[int, list[tuple[Start | End | None, int]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    size: int = 1
    accepting: int = 0
    final: int = 0
    """The set of states that may accept at the end of a string."""
    known: dict[tuple[int, Start | End | None], int] = field(default_factory=dict)

    def stepped(self, states: int, held: frozenset[Charset]) -> int:
        """Returns the states after a character that is in these sets."""
        following = 0
        for state in _bits(states):
            move = self.moves.get(state)
            if move is not None and move[0] in held:
                following |= self.closed(move[1])
        return following

    def accepts(self, states: int, length: int) -> bool:
        """True if a string of this length may end here."""
        if not length:  # the start is the end
            return bool(self._closure(0, {None, Start(), End()}) >> self.accepting & 1)
        return any(
            self.closed(state, End()) >> self.accepting & 1 for state in _bits(states & self.final)
        )

    def closed(self, state: int, edge: Start | End | None = None) -> int:
        """Returns the states reached without a character, at the start, at the end or between."""
        key = state, edge
        if key not in self.known:
            self.known[key] = self._closure(state, {None, edge})
        return self.known[key]

    def _closure(self, state: int, edges: set[Start | End | None]) -> int:
        found, seen, waiting = 0, {state}, [state]
        while waiting:
            state = waiting.pop()
            if state in self.moves or self.final >> state & 1:
                found |= 1 << state
            following = {other for edge, other in self.silent.get(state, ()) if edge in edges}
            waiting += following - seen
            seen |= following
        return found

    def state(self, *sources: int) -> int:
        """Returns a new state that is linked from others; raises UndecidedError at the limit."""
        if self.size >= STATES_MAX:
            raise UndecidedError(f"an expression of more than {STATES_MAX} states")
        self.size += 1
        for source in sources:
            self.link(source, self.size - 1)
        return self.size - 1

    def link(self, start: int, end: int, edge: Start | End | None = None) -> None:
        self.silent[start].append((edge, end))

    def add(self, expression: Expression, start: int) -> int:
        """Add an expression that begins at a state; returns the state at which it ends."""
        match expression:
            case regex_parser.Sequence(parts):
                for part in parts:
                    start = self.add(part, start)
                return start
            case Choice(options):
                end = self.state()
                for option in options:
                    self.link(self.add(option, self.state(start)), end)
                return end
            case Repeat():
                return self._repeat(expression, start)
            case Chars(of):
                begin, end = self.state(start), self.state()
                self.moves[begin] = of, end
                return end
        begin, end = self.state(start), self.state()
        self.link(begin, end, expression)
        self.final |= 1 << begin if isinstance(expression, End) else 0
        return end

    def _repeat(self, repeat: Repeat, start: int) -> int:
        for _ in range(repeat.least):
            start = self.add(repeat.part, start)
        end = self.state(start)
        if repeat.most is None:
            self.link(self.add(repeat.part, self.state(end)), end)
            return end
        for _ in range(repeat.most - repeat.least):
            start = self.add(repeat.part, self.state(start))
            self.link(start, end)
        return end


@lru_cache(maxsize=CACHED_MAX)
def _automaton(expression: Expression) -> _Automaton:
    built = _Automaton()
    built.accepting = built.add(expression, 0)
    built.final |= 1 << built.accepting
    return built


def _bits(states: int) -> Iterator[int]:
    while states:
        lowest = states & -states
        yield lowest.bit_length() - 1
        states ^= lowest


def _classes(automata: Sequence[_Automaton]) -> list[tuple[str, frozenset[Charset]]]:
    """Returns one character of each kind, readable ones first, and the sets that contain it.

    Raises UndecidedError at the limit.
    """
    charsets = {of for each in automata for of, _ in each.moves.values()}
    edges = {0, *(point for of in charsets for low, high in of for point in (low, high + 1))}
    points = (point for point in (*map(ord, READABLE), *sorted(edges)) if contains(EVERY, point))
    classes: dict[frozenset[Charset], str] = {}
    for point in points:
        held = frozenset(of for of in charsets if contains(of, point))
        classes.setdefault(held, chr(point))
    if len(classes) > CLASSES_MAX:
        raise UndecidedError(f"more than {CLASSES_MAX} kinds of characters")
    return [(character, held) for held, character in classes.items()]


State = tuple[int, ...]


class _Product:
    """The automata of several demands, which read a string together."""

    def __init__(self, demands: Sequence[Demand]) -> None:
        self._automata = [_automaton(demand.expression) for demand in demands]
        self._wanted = [demand.wanted for demand in demands]
        self._classes = _classes(self._automata)
        self.first: State = tuple(each.closed(0, Start()) for each in self._automata)
        self._moves: dict[State, dict[State, str]] = {}
        self._steps = 0

    def moves(self, state: State) -> dict[State, str]:
        """Returns the following states with a character that leads there, without hopeless states.

        Raises UndecidedError at the limit.
        """
        self._steps += 1
        if state not in self._moves:
            self._steps += sum(map(int.bit_count, state)) * len(self._classes)
            found = self._moves[state] = {}
            for character, held in self._classes:
                pairs = zip(self._automata, state, strict=True)
                following = tuple(each.stepped(states, held) for each, states in pairs)
                pairs_after = zip(self._wanted, following, strict=True)
                if all(states or not wanted for wanted, states in pairs_after):
                    found.setdefault(following, character)
        if self._steps > TEXT_STEPS_MAX:
            raise UndecidedError(f"no string found in {TEXT_STEPS_MAX} steps")
        return self._moves[state]

    def accepts(self, state: State, length: int) -> bool:
        """True if a string of this length that leads here meets every demand."""
        return all(
            wanted is each.accepts(states, length)
            for each, wanted, states in zip(self._automata, self._wanted, state, strict=True)
        )


def shortest(demands: tuple[Demand, ...], length_min: int, length_max: int | None) -> str | None:
    """Returns the shortest string, readable if there is a choice; None proves that no value exists.

    Raises UndecidedError at the limits.
    """
    found = _searched(demands, length_min, length_max)
    if isinstance(found, UndecidedError):
        raise UndecidedError(found.problem)
    return found


@lru_cache(maxsize=CACHED_MAX)
def _searched(
    demands: tuple[Demand, ...], length_min: int, length_max: int | None
) -> str | UndecidedError | None:
    """Returns the string or the error, so that errors are cached too."""
    try:
        return _search(demands, length_min, length_max)
    except UndecidedError as error:
        return error


def _search(demands: tuple[Demand, ...], length_min: int, length_max: int | None) -> str | None:
    """Go through the lengths one by one, with the states that strings of a length lead to.

    The search ends if no state is left, or if a set of states comes again: longer strings then
    lead to nothing new.
    """
    product = _Product(demands)
    layer: dict[State, _Text] = {product.first: None}
    seen: set[frozenset[State]] = set()
    length = 0
    while layer and (length_max is None or length <= length_max):
        if length >= length_min:
            for state, text in layer.items():
                if product.accepts(state, length):
                    return "".join(_characters(text))[::-1]
            key = frozenset(layer)
            if key in seen:
                return None
            seen.add(key)
        longer: dict[State, _Text] = {}
        for state, text in layer.items():
            for following, character in product.moves(state).items():
                longer.setdefault(following, (character, text))
        layer = longer
        length += 1
    return None


_Text = tuple[str, "_Text"] | None
"""The last character of a string, and the string before it."""


def _characters(text: _Text) -> Iterator[str]:
    while text is not None:
        character, text = text
        yield character
