"""The shortest text that meets all of several demands, found in the product of their automata.

The search goes through the lengths one by one, with the set of states that texts of that length
lead to; so bounds on the length cost nothing in states. It ends when no state is left, or when a
set comes again: then longer texts bring nothing new, and that there is no text is proved.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache

from trunklab.schema_solver import character_sets
from trunklab.schema_solver.automaton import Automaton, automaton
from trunklab.schema_solver.character_sets import Charset
from trunklab.schema_solver.errors import UndecidedError
from trunklab.schema_solver.regex_tree import Demand
from trunklab.schema_solver.solver_limits import CACHED_MAX, CLASSES_MAX, TEXT_STEPS_MAX

State = tuple[int, ...]
Layer = dict[State, tuple[State, str] | None]


class Product:
    """The automata of several demands, moved together."""

    def __init__(self, demands: Sequence[Demand]) -> None:
        self.automata: list[Automaton] = [automaton(demand) for demand in demands]
        self.wanted = [demand.wanted for demand in demands]
        self.classes = character_sets.classes(
            one for each in self.automata for one in dict.fromkeys(each.charsets)
        )
        if len(self.classes) > CLASSES_MAX:
            raise UndecidedError(f"more than {CLASSES_MAX} kinds of characters")
        self.first: State = tuple(each.first for each in self.automata)
        self._moves: dict[State, list[tuple[State, Charset]]] = {}
        self.steps = 0

    def moves(self, state: State) -> list[tuple[State, Charset]]:
        """Where each kind of character leads, but for where nothing can be met any more."""
        self.steps += 1
        if state not in self._moves:
            self.steps += sum(map(int.bit_count, state)) * len(self.classes)
            self._moves[state] = list(self._found(state))
        if self.steps > TEXT_STEPS_MAX:
            raise UndecidedError(f"no text found in {TEXT_STEPS_MAX} steps")
        return self._moves[state]

    def accepts(self, state: State, length: int) -> bool:
        """Whether a text of this length that leads here meets every demand."""
        return all(
            wanted is (each.accepts(states) if length else each.accepts_nothing_read())
            for each, wanted, states in zip(self.automata, self.wanted, state, strict=True)
        )

    def _found(self, state: State) -> Iterator[tuple[State, Charset]]:
        met: set[State] = set()
        for characters, held in self.classes:
            following = tuple(
                each.stepped(states, held)
                for each, states in zip(self.automata, state, strict=True)
            )
            dead = any(
                wanted and not states for wanted, states in zip(self.wanted, following, strict=True)
            )
            if not dead and following not in met:
                met.add(following)
                yield following, characters


def shortest(demands: tuple[Demand, ...], length_min: int, length_max: int | None) -> str | None:
    """The shortest text, readable where there is a choice; None is a proof that there is none.

    Raises UndecidedError at the bounds.
    """
    found = _searched(demands, length_min, length_max)
    if isinstance(found, UndecidedError):
        raise UndecidedError(found.problem)
    return found


@lru_cache(maxsize=CACHED_MAX)
def _searched(
    demands: tuple[Demand, ...], length_min: int, length_max: int | None
) -> str | UndecidedError | None:
    """The same with the failure as an answer, so that it too is remembered."""
    try:
        return _search(demands, length_min, length_max)
    except UndecidedError as error:
        return error


def _search(demands: tuple[Demand, ...], length_min: int, length_max: int | None) -> str | None:
    if length_max is not None and length_max < length_min:
        return None
    product = Product(demands)
    layers: list[Layer] = [{product.first: None}]
    seen: set[frozenset[State]] = set()
    while layers[-1] and (length_max is None or len(layers) - 1 <= length_max):
        length = len(layers) - 1
        if length >= length_min:
            for state in layers[-1]:
                if product.accepts(state, length):
                    return _text(layers, state)
            key = frozenset(layers[-1])
            if key in seen:
                return None
            seen.add(key)
        layers.append(_following(product, layers[-1]))
    return None


def _following(product: Product, layer: Layer) -> Layer:
    found: Layer = {}
    for state in layer:
        for following, characters in product.moves(state):
            if following not in found:
                found[following] = state, character_sets.readable(characters)
    return found


def _text(layers: list[Layer], state: State) -> str:
    characters: list[str] = []
    for layer in reversed(layers):
        came = layer[state]
        if came is not None:
            state, character = came
            characters.append(character)
    return "".join(reversed(characters))
