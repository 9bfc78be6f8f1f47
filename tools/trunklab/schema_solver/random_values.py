"""Valid values of a schema: random ones, with a liking for edges, and ones like an example."""

from collections.abc import Iterator
from math import ceil, floor
from random import Random
from typing import Final

from trunklab.schema_solver import object_keys
from trunklab.schema_solver.accepts import accepts, applying, same
from trunklab.schema_solver.errors import NoValueError
from trunklab.schema_solver.found import Found
from trunklab.schema_solver.goals import Goal
from trunklab.schema_solver.merge import both
from trunklab.schema_solver.random_strings import random_text
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
from trunklab.schema_solver.solve import find
from trunklab.schema_solver.solver_limits import VALUE_DEPTH, VALUES_TRIED_MAX

_FREE: Final = Goal()
_COUNT_EXTRA_MAX: Final = 3
_NUMBERS_FAR: Final = 1_000_000
_HALF: Final = 0.5
_NAME: Final = TextShape("", ("^[a-z]{1,3}$",))


def some_value(node: Node, random: Random) -> JSON:
    """A random valid value: each branch of a union, absent fields and extreme lengths come up.

    Fields that the schema does not speak of are left out. Raises NoValueError if no value is
    valid, UndecidedError if none was found.
    """
    found = _value(node, random, 0)
    if found is None:
        raise NoValueError(node.pointer)
    return found.value


def example_like(node: Node, example: JSON) -> JSON:
    """A valid value as near to an example as it can be; raises NoValueError, UndecidedError."""
    found = find(node, _FREE, Found(example))
    if found is None:
        raise NoValueError(node.pointer)
    return found.value


def _value(node: Node, random: Random, depth: int) -> Found | None:
    if depth > VALUE_DEPTH:
        return find(node, _FREE)
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
            numbers = [one for one in _numbers(shape, random) if accepts(shape, one)]
            return Found(random.choice(numbers)) if numbers else None
        case ArrayShape():
            return _array(shape, random, depth)
        case ObjectShape():
            return _object(shape, random, depth)


def _numbers(shape: NumberShape, random: Random) -> Iterator[float]:
    """Numbers that may do: both ends, their neighbours, and some between."""
    low = shape.low if shape.low is not None else (shape.high or 0) - _NUMBERS_FAR
    high = shape.high if shape.high is not None else (shape.low or 0) + _NUMBERS_FAR
    step = shape.multiple_of or 1
    first, last = ceil(low / step), floor(high / step)
    if first <= last:
        times = (first, first + 1, last, last - 1, random.randint(first, last))
        yield from (_plain(one * step, shape) for one in times)
    if shape.multiple_of is None and not shape.integer:
        yield from (low, high, random.uniform(low, high), (low + high) / 2)


def _plain(found: float, shape: NumberShape) -> float:
    if shape.integer or float(found).is_integer():
        return int(found)
    return round(found, 12)


def _array(shape: ArrayShape, random: Random, depth: int) -> Found | None:
    most = shape.count_min + random.randint(0, _COUNT_EXTRA_MAX)
    if shape.count_max is not None:
        most = min(most, shape.count_max)
    found: list[JSON] = []
    for _ in range(VALUES_TRIED_MAX):
        if len(found) >= most:
            break
        element = _value(shape.item(len(found)) or ANYTHING, random, depth + 1)
        if element is None:
            break
        if not (shape.unique and any(same(element.value, other) for other in found)):
            found.append(element.value)
    return Found(found) if len(found) >= shape.count_min else None


def _object(shape: ObjectShape, random: Random, depth: int) -> Found | None:
    found: dict[str, JSON] = {}
    known = [
        name
        for name in dict.fromkeys((*shape.properties, *sorted(shape.required)))
        if name in shape.required or random.random() < _HALF
    ]
    for name in (*known, *_further_names(shape, random)):
        is_full = shape.count_max is not None and len(found) >= shape.count_max
        if name in found or (is_full and name not in shape.required):
            continue
        nodes = applying(shape, name)
        if nodes is None:
            member = None
        else:
            member = _value(all_of(nodes) if nodes else ANYTHING, random, depth + 1)
        if member is not None:
            found[name] = member.value
        elif name in shape.required:
            return None
    return Found(found)


def _further_names(shape: ObjectShape, random: Random) -> Iterator[str]:
    """Names for what a map may hold."""
    kinds = object_keys.kinds(shape)
    for _ in range(shape.count_min + random.randint(0, _COUNT_EXTRA_MAX) if kinds else 0):
        kind = random.choice(kinds)
        plain = both(kind, _NAME) if not kind.patterns else kind
        name = random_text(plain if isinstance(plain, TextShape) else kind, random)
        if name is not None:
            yield name
