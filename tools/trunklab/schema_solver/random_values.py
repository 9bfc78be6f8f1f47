"""Valid values of a schema: random ones that prefer edge cases, and ones near an example."""

from collections.abc import Iterator
from functools import lru_cache
from random import Random
from typing import Final

from trunklab.schema_solver.automaton import READABLE, shortest
from trunklab.schema_solver.errors import NoValueError, UndecidedError
from trunklab.schema_solver.goals import Found, Goal
from trunklab.schema_solver.number_search import number
from trunklab.schema_solver.regex_parser import ANYTHING as ANY_STRING
from trunklab.schema_solver.regex_parser import (
    EVERY,
    Chars,
    Charset,
    Choice,
    Expression,
    Repeat,
    Sequence,
    contains,
)
from trunklab.schema_solver.schema_paths import all_of
from trunklab.schema_solver.schema_reader import ANYTHING
from trunklab.schema_solver.shape import (
    JSON,
    ArrayShape,
    BooleanShape,
    ConstantShape,
    Node,
    NullShape,
    NumberShape,
    ObjectShape,
    Shape,
    TextShape,
)
from trunklab.schema_solver.shape_intersection import both
from trunklab.schema_solver.solve import find, name_shapes
from trunklab.schema_solver.solver_limits import CACHED_MAX, VALUE_DEPTH, VALUES_TRIED_MAX
from trunklab.schema_solver.string_search import shape_demands, witness
from trunklab.schema_solver.validate import accepts, applying, is_in, is_text_of

SEED: Final = 4
"""Seed of sample values."""

_FREE: Final = Goal()
_COUNT_EXTRA_MAX: Final = 3
_NUMBERS_FAR: Final = 1_000_000
_HALF: Final = 0.5
_NAME: Final = TextShape("", ("^[a-z]{1,3}$",))

_TRIES: Final = 5
"""Random strings tried before the shortest string is taken."""

_EXTRA_MAX: Final = 12
"""Characters or repetitions above the minimum, except in strings of extreme length."""

_LENGTH_MAX: Final = 600
"""Characters of a string without a maximum, or with a higher one."""

_EXTREME_ODDS: Final = 0.3
_READABLE_ODDS: Final = 0.6


def some_value(node: Node, random: Random) -> JSON:
    """Returns a random valid value: with any branch of a union, absent fields, extreme lengths.

    Fields that the schema does not describe are left out. Raises NoValueError if no value is
    valid, UndecidedError if none was found.
    """
    found = _value(node, random, 0)
    if found is None:
        raise NoValueError(node.pointer)
    return found.value


def sample_value(node: Node, seed: int = SEED) -> JSON:
    """Returns the same random value every time; raises NoValueError and UndecidedError."""
    return some_value(node, Random(seed))  # noqa: S311 - examples, no secrets


def example_like(node: Node, example: JSON) -> JSON:
    """Returns a valid value near an example; raises NoValueError and UndecidedError."""
    found = find(node, _FREE, Found(example))
    if found is None:
        raise NoValueError(node.pointer)
    return found.value


def random_text(shape: TextShape, random: Random) -> str | None:
    """Returns a string of the shape, often of extreme length; None if no string exists.

    Raises UndecidedError.
    """
    try:
        for text in _candidates(shape, random):
            if is_text_of(shape, text):
                return text
    except UndecidedError:  # a shorter string may be easier to find
        return witness(shape)
    return witness(shape)


def _candidates(shape: TextShape, random: Random) -> Iterator[str]:
    """Yields strings that may have the shape; raises UndecidedError."""
    top = _LENGTH_MAX if shape.length_max is None else min(shape.length_max, _LENGTH_MAX)
    top = max(top, shape.length_min)
    longest = min(shape.length_min + _EXTRA_MAX, top)
    demands = shape_demands(shape, narrow=True)
    expressions = [demand.expression for demand in demands if demand.wanted]
    if not expressions:
        expressions = [Repeat(Chars(EVERY), shape.length_min, longest)]
    for _ in range(_TRIES):
        if random.random() < _EXTREME_ODDS:
            extreme = random.choice((shape.length_min, top))
            yield shortest(demands, extreme, top) or ""
        else:
            yield _matching(random.choice(expressions), random)


def _matching(expression: Expression, random: Random) -> str:
    """Returns a string that matches the expression, if its anchors allow it."""
    match expression:
        case Chars(of):
            if _readable(of) and random.random() < _READABLE_ODDS:
                return random.choice(_readable(of))
            low, high = random.choice(of)
            return chr(random.choice((low, high, random.randint(low, high))))
        case Sequence(parts):
            return "".join(_matching(part, random) for part in parts if part is not ANY_STRING)
        case Choice(options):
            return _matching(random.choice(options), random)
        case Repeat(part, least, most):
            top = least + _EXTRA_MAX if most is None else min(most, least + _EXTRA_MAX)
            return "".join(_matching(part, random) for _ in range(random.randint(least, top)))
    return ""


@lru_cache(maxsize=CACHED_MAX)
def _readable(of: Charset) -> str:
    return "".join(character for character in READABLE if contains(of, ord(character)))


def _value(node: Node, random: Random, depth: int) -> Found | None:
    if depth <= VALUE_DEPTH:
        shapes = list(node.alternatives())
        random.shuffle(shapes)
        for shape in shapes:
            found = _of_shape(shape, random, depth)
            if found is not None and accepts(shape, found.value):
                return found
    return find(node, _FREE)


def _of_shape(shape: Shape, random: Random, depth: int) -> Found | None:  # noqa: PLR0911 - one for each kind
    match shape:
        case ConstantShape(_, value):
            return Found(value)
        case NullShape():
            return Found(None)
        case BooleanShape():
            return Found(random.random() < _HALF)
        case TextShape():
            text = random_text(shape, random)
            return None if text is None else Found(text)
        case NumberShape():
            found = _number(shape, random)
            return None if found is None else Found(found)
        case ArrayShape():
            return _array(shape, random, depth)
        case ObjectShape():
            return _object(shape, random, depth)


def _number(shape: NumberShape, random: Random) -> float | None:
    """Returns a number near an end or between; raises UndecidedError."""
    low = shape.low if shape.low is not None else (shape.high or 0) - _NUMBERS_FAR
    high = shape.high if shape.high is not None else (shape.low or 0) + _NUMBERS_FAR
    inside = random.uniform(low, high)
    near = random.choice((low, low + 1, high, high - 1, inside, round(inside)))
    return number(shape, like=int(near) if float(near).is_integer() else near)


def _array(shape: ArrayShape, random: Random, depth: int) -> Found | None:
    most = shape.count_min + random.randint(0, _COUNT_EXTRA_MAX)
    if shape.count_max is not None:
        most = min(most, shape.count_max)
    values: list[JSON] = []
    for _ in range(VALUES_TRIED_MAX):
        if len(values) >= most:
            break
        element = _value(shape.item(len(values)) or ANYTHING, random, depth + 1)
        if element is None:
            break
        if not (shape.unique and is_in(element.value, values)):
            values.append(element.value)
    return Found(values) if len(values) >= shape.count_min else None


def _object(shape: ObjectShape, random: Random, depth: int) -> Found | None:
    members: dict[str, JSON] = {}
    known = [
        name
        for name in dict.fromkeys((*shape.properties, *sorted(shape.required)))
        if name in shape.required or random.random() < _HALF
    ]
    for name in (*known, *_map_names(shape, random)):
        is_full = shape.count_max is not None and len(members) >= shape.count_max
        if name in members or (is_full and name not in shape.required):
            continue
        nodes = applying(shape, name)
        member = None if nodes is None else _value(all_of(nodes), random, depth + 1)
        if member is not None:
            members[name] = member.value
        elif name in shape.required:
            return None
    return Found(members)


def _map_names(shape: ObjectShape, random: Random) -> Iterator[str]:
    kinds = name_shapes(shape)
    least = min(shape.count_min, VALUES_TRIED_MAX)
    for _ in range(least + random.randint(0, _COUNT_EXTRA_MAX) if kinds else 0):
        kind = random.choice(kinds)
        short = both(kind, _NAME) if not kind.patterns else kind
        name = random_text(short if isinstance(short, TextShape) else kind, random)
        if name is not None:
            yield name
