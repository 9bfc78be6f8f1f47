"""Random texts of a shape: walks through its automaton that always lead to an end."""

from functools import lru_cache
from random import Random
from typing import Final

from trunklab.schema_solver.character_sets import Charset, readable
from trunklab.schema_solver.errors import UndecidedError
from trunklab.schema_solver.regex_tree import ANYTHING, Demand
from trunklab.schema_solver.shape import TextShape
from trunklab.schema_solver.shortest_string import Product, State
from trunklab.schema_solver.solver_limits import CACHED_MAX, GRAPH_STATES_MAX
from trunklab.schema_solver.string_search import shape_demands, witness
from trunklab.schema_solver.validate import is_text_of

TRIES: Final = 5
"""Walks begun before the shortest text is taken."""

LENGTH_EXTRA_MAX: Final = 12
"""Characters more than the fewest that a text gets, unless it goes for the most."""

LENGTH_MAX: Final = 600
"""Characters of a text without an upper bound, or with one that is higher."""

_END_ODDS: Final = 0.2
_READABLE_ODDS: Final = 0.6


def random_text(shape: TextShape, random: Random) -> str | None:
    """A text of the shape, its shortest and longest more often than chance; None if there is none.

    Raises UndecidedError.
    """
    walk = _walk(TextShape("", shape.patterns, formats=shape.formats))
    for _ in range(TRIES if walk is not None else 0):
        least, most = _lengths(shape, random)
        text = walk.text(random, least, most) if walk is not None else None
        if text is not None and is_text_of(shape, text):
            return text
    return witness(shape)


def _lengths(shape: TextShape, random: Random) -> tuple[int, int]:
    top = LENGTH_MAX if shape.length_max is None else min(shape.length_max, LENGTH_MAX)
    top = max(top, shape.length_min)
    longer = min(shape.length_min + random.randint(0, LENGTH_EXTRA_MAX), top)
    least = random.choice((shape.length_min, longer, longer, top))
    return least, top


class _Walk:
    """The states of a shape's texts, and how far the end is from each."""

    def __init__(self, product: Product) -> None:
        self.product = product
        self.moves: dict[State, list[tuple[State, Charset]]] = {}
        waiting = [product.first]
        while waiting:
            state = waiting.pop()
            if state in self.moves:
                continue
            if len(self.moves) >= GRAPH_STATES_MAX:
                raise UndecidedError(f"more than {GRAPH_STATES_MAX} states")
            self.moves[state] = product.moves(state)
            waiting += [following for following, _ in self.moves[state]]
        self.distance = self._distances()

    def text(self, random: Random, least: int, most: int) -> str | None:
        """A text of at least and at most so many characters; None where the walk went astray."""
        characters: list[str] = []
        state = self.product.first
        while True:
            length = len(characters)
            if length >= least and self.product.accepts(state, length):
                options = self._options(state, most - length - 1)
                if not options or random.random() < _END_ODDS:
                    return "".join(characters)
            options = self._options(state, most - length - 1)
            if not options:
                return None
            state, characters_of = random.choice(options)
            characters.append(_one_of(characters_of, random))

    def _options(self, state: State, left: int) -> list[tuple[State, Charset]]:
        return [
            (following, characters)
            for following, characters in self.moves[state]
            if self.distance.get(following, left + 1) <= left
        ]

    def _distances(self) -> dict[State, int]:
        back: dict[State, list[State]] = {}
        for state, moves in self.moves.items():
            for following, _ in moves:
                back.setdefault(following, []).append(state)
        found = {state: 0 for state in self.moves if self.product.accepts(state, 1)}
        layer = list(found)
        while layer:
            following_layer = []
            for state in layer:
                for earlier in back.get(state, ()):
                    if earlier not in found:
                        found[earlier] = found[state] + 1
                        following_layer.append(earlier)
            layer = following_layer
        return found


@lru_cache(maxsize=CACHED_MAX)
def _walk(shape: TextShape) -> _Walk | None:
    try:
        return _Walk(Product((Demand(ANYTHING), *shape_demands(shape, narrow=True))))
    except UndecidedError:
        return None


def _one_of(characters: Charset, random: Random) -> str:
    if random.random() < _READABLE_ODDS:
        return readable(characters)
    low, high = random.choice(characters)
    return chr(random.choice((low, high, random.randint(low, high))))
