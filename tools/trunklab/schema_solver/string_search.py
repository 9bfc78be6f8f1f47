"""Finds a text of a shape that passes or fails clauses of patterns, or proves there is none."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from ipaddress import ip_address
from itertools import islice, product

from trunklab.patterns.conditions import (
    Affix,
    AnyCase,
    AnySpelling,
    Network,
    Text,
    Wildcard,
)
from trunklab.patterns.parse import Clause, passes
from trunklab.schema_solver import formats, regex_parser, shortest_string, string_demands
from trunklab.schema_solver.errors import UndecidedError
from trunklab.schema_solver.regex_tree import Demand
from trunklab.schema_solver.shape import TextShape
from trunklab.schema_solver.solver_limits import OFFERS_MAX, SPLITS_MAX
from trunklab.schema_solver.validate import is_text_of

Fits = Callable[[str], bool]


def witness(
    shape: TextShape,
    wanted: Sequence[Clause] = (),
    unwanted: Sequence[Clause] = (),
    like: str | None = None,
) -> str | None:
    """A text of the shape that passes every wanted clause and no condition of an unwanted one.

    It is the example itself where that will do, or something readable. None is a proof that there
    is no such text; raises UndecidedError where neither was found.
    """

    def fits(text: str) -> bool:
        return (
            all(passes(clause, text) for clause in wanted)
            and not any(passes(clause, text) for clause in unwanted)
            and is_text_of(shape, text)
        )

    if like is not None and fits(like):
        return like
    for clause in wanted:
        if all(isinstance(condition, Text) for condition in clause):  # there can be no others
            texts_of = (one.text for one in clause if isinstance(one, Text))
            return next(filter(fits, texts_of), None)
    for text in islice(_offers(wanted, unwanted, like or ""), OFFERS_MAX):
        if fits(text):
            return text
    return _searched(shape, wanted, unwanted, fits)


def shape_demands(shape: TextShape, *, narrow: bool) -> tuple[Demand, ...]:
    """What the patterns and formats demand; raises UndecidedError."""
    expressions = formats.NARROW if narrow else formats.WIDE
    of_formats = (expressions[name] for name in shape.formats if name in expressions)
    return tuple(
        demand
        for pattern in (*shape.patterns, *of_formats)
        for demand in regex_parser.demands(pattern)
    )


def _searched(
    shape: TextShape, wanted: Sequence[Clause], unwanted: Sequence[Clause], fits: Fits
) -> str | None:
    """The narrow language offers a text that is tried; the wide one proves that there is none."""
    found = False
    for narrow in (True, False):
        found = False
        for demands in _alternatives(shape, wanted, unwanted, narrow=narrow):
            text = shortest_string.shortest(demands, shape.length_min, shape.length_max)
            if text is None:
                continue
            found = True
            if fits(text):
                return text
    if found:
        raise UndecidedError(f"no text found for #{shape.place}, and no proof that there is none")
    return None


def _alternatives(
    shape: TextShape, wanted: Sequence[Clause], unwanted: Sequence[Clause], *, narrow: bool
) -> Iterator[tuple[Demand, ...]]:
    options = [string_demands.passing(clause, narrow=narrow) for clause in wanted]
    against = [string_demands.failing(clause, narrow=narrow) for clause in unwanted]
    if not all(options) or None in against:
        return
    of_all = [demand for one in against for demand in one or ()]
    of_shape = shape_demands(shape, narrow=narrow)
    for number, chosen in enumerate(product(*options)):
        if number >= SPLITS_MAX:
            raise UndecidedError(f"more than {SPLITS_MAX} ways to pass several clauses at once")
        of_chosen = [demand for alternative in chosen for demand in alternative]
        yield tuple(dict.fromkeys((*of_shape, *of_chosen, *of_all)))


def _offers(wanted: Sequence[Clause], unwanted: Sequence[Clause], like: str) -> Iterator[str]:
    """Texts worth a try: what the conditions spell or border on, and what is like the example."""
    for clause in wanted:
        for condition in clause:
            yield from _spelt(condition, like)
    for clause in unwanted:
        for condition in clause:
            yield from _beside(condition)
    if like:
        yield from (f"{like}-2", like[:-1] + ("a" if like[-1] != "a" else "b"))
        yield from ("other", "1")


def _spelt(condition: object, like: str) -> Iterable[str]:  # noqa: PLR0911 - one for each kind
    match condition:
        case Text(text) | AnyCase(text):
            return (text,)
        case AnySpelling(text, address):
            return (text, *_addresses(address.bits, address.value))
        case Affix(text, True):
            return (like[: -len(text) or None] + text, f"a{text}", f"1{text}", text)
        case Affix(text, False):
            return (text + like[len(text) :], f"{text}1", f"{text}a", text)
        case Wildcard(_, parts):
            return ("1".join(parts), "a".join(parts), "".join(parts))
        case Network(_, first):
            return _addresses(first.bits, first.value)
    return ()


def _beside(condition: object) -> Iterator[str]:
    """Addresses next to those that pass."""
    match condition:
        case AnySpelling(_, address):
            yield from _addresses(address.bits, address.value - 1)
        case Network(_, first, last):
            yield from _addresses(first.bits, first.value - 2)
            yield from _addresses(last.bits, last.value)


def _addresses(bits: int, value: int) -> Iterator[str]:
    """Spellings of an address and of the next: short and long."""
    for each in (value, value + 1):
        if 0 <= each < 1 << bits:
            address = ip_address(each.to_bytes(bits // 8))
            yield from (str(address), address.exploded)
