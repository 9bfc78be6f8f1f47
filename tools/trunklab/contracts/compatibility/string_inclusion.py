"""String inclusion: strings of one shape that others reject; patterns are compared as languages."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod

from trunklab.contracts.compatibility import shape_descriptions
from trunklab.contracts.compatibility.inclusion_limits import UNION_CASES_MAX
from trunklab.contracts.compatibility.mismatch import Facet, Mismatch
from trunklab.printable import printable
from trunklab.schema_solver import formats
from trunklab.schema_solver.accepts import accepts
from trunklab.schema_solver.errors import UndecidedError
from trunklab.schema_solver.regex_parser import demands
from trunklab.schema_solver.regex_tree import Demand, literal
from trunklab.schema_solver.shape import ConstantShape, Shape, TextShape
from trunklab.schema_solver.shortest_string import shortest
from trunklab.schema_solver.string_search import shape_demands


@dataclass(frozen=True)
class _Case:
    """Strings that meet demands, between two lengths."""

    demands: tuple[Demand, ...] = ()
    length_min: int = 0
    length_max: int | None = None

    def intersection(self, other: "_Case") -> "_Case":
        """Returns the strings of both."""
        bounds = [one for one in (self.length_max, other.length_max) if one is not None]
        return _Case(
            (*self.demands, *other.demands),
            max(self.length_min, other.length_min),
            min(bounds, default=None),
        )


def mismatches(shape: TextShape, others: Sequence[Shape]) -> Iterator[Mismatch]:
    """Yields every way in which a string of the shape is invalid for the others."""
    texts = [one for one in others if isinstance(one, TextShape)]
    if len(others) > 1:
        yield from _mismatch(Facet.PATTERN, shape, texts[0], others, _described)
        return
    other = texts[0]
    lengths = TextShape(other.place, (), other.length_min, other.length_max)
    yield from _mismatch(Facet.BOUNDS, shape, other, [lengths], _lengths)
    for pattern in other.patterns:
        wanted = TextShape(other.place, (pattern,))
        yield from _mismatch(Facet.PATTERN, shape, other, [wanted], _patterns)
    for name in other.formats:
        wanted = TextShape(other.place, formats=(name,))
        yield from _mismatch(Facet.FORMAT, shape, other, [wanted], _formats)


def outside(shape: TextShape, others: Sequence[Shape]) -> str | None:
    """Returns a string of the shape that the others reject; None proves that none exists.

    Raises UndecidedError.
    """
    if any(_implied(shape, one) for one in others):
        return None
    # A format has a narrow and a wide expression: the first gives strings to try, the second
    # proves that none exists.
    is_possible = False
    for proves in (False, True):
        is_possible = False
        own = _Case(shape_demands(shape, narrow=not proves), shape.length_min, shape.length_max)
        for case in _misses(others, _of_formats(proves=proves)):
            whole = own.intersection(case)
            text = shortest(whole.demands, whole.length_min, whole.length_max)
            is_possible = is_possible or text is not None
            if text is not None and _rejected(shape, others, text):
                return text
    if is_possible:
        raise UndecidedError(f"strings of the format {' or '.join(shape.formats)}")
    return None


def _of_formats(*, proves: bool) -> Mapping[str, str]:
    return formats.NARROW if proves else formats.WIDE


def _implied(shape: TextShape, other: Shape) -> bool:
    """True if the shape repeats every demand of the other."""
    return (
        isinstance(other, TextShape)
        and set(other.patterns) <= set(shape.patterns)
        and set(other.formats) <= set(shape.formats)
        and other.length_min <= shape.length_min
        and (
            other.length_max is None
            or (shape.length_max is not None and shape.length_max <= other.length_max)
        )
    )


def _misses(others: Sequence[Shape], expressions: Mapping[str, str]) -> Iterator[_Case]:
    """Yields every way to be rejected by all of the others."""
    ways = [list(_ways(one, expressions)) for one in others]
    if prod(len(one) for one in ways) > UNION_CASES_MAX:
        raise UndecidedError("a union of too many strings")
    for chosen in product(*ways):
        case = _Case()
        for one in chosen:
            case = case.intersection(one)
        yield case


def _ways(other: Shape, expressions: Mapping[str, str]) -> Iterator[_Case]:
    if isinstance(other, ConstantShape):
        yield _Case((Demand(literal(other.value), wanted=False),))
    elif isinstance(other, TextShape):
        for pattern in (*other.patterns, *_spelled(other.formats, expressions)):
            for demand in demands(pattern):
                yield _Case((Demand(demand.expression, wanted=not demand.wanted),))
        if other.length_min:
            yield _Case(length_max=other.length_min - 1)
        if other.length_max is not None:
            yield _Case(length_min=other.length_max + 1)


def _spelled(names: Sequence[str], expressions: Mapping[str, str]) -> list[str]:
    unknown = [name for name in names if name not in expressions]
    if unknown:
        raise UndecidedError(f"the format {', '.join(unknown)}")
    return [expressions[name] for name in names]


def _rejected(shape: TextShape, others: Sequence[Shape], text: str) -> bool:
    return accepts(shape, text) and not any(accepts(one, text) for one in others)


def _mismatch(
    facet: Facet,
    shape: TextShape,
    other: TextShape,
    others: Sequence[Shape],
    said: Callable[[TextShape], str],
) -> Iterator[Mismatch]:
    known = True
    try:
        text = outside(shape, others)
        if text is None:
            return
    except UndecidedError:
        known, text = False, None
    yield Mismatch(facet, (), shape.place, other.place, said(shape), said(other), text, text, known)


def _lengths(shape: TextShape) -> str:
    return shape_descriptions.limits(shape.length_min, shape.length_max, "characters")


def _patterns(shape: TextShape) -> str:
    return " and ".join(printable(one) for one in shape.patterns) or "no pattern"


def _formats(shape: TextShape) -> str:
    return " and ".join(printable(one) for one in shape.formats) or "no format"


def _described(shape: TextShape) -> str:
    return ", ".join((_lengths(shape), _patterns(shape), _formats(shape)))
