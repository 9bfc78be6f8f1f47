"""Finds a string of a shape that passes or fails clauses of patterns, or proves that none exists.

The strings that a condition matches become demands. For most conditions these are exact. IPv6
addresses have too many spellings: a wide demand matches more strings, a narrow one fewer.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from ipaddress import ip_address
from itertools import islice, product
from typing import Final

from trunklab.patterns.conditions import (
    Affix,
    AnyCase,
    AnySpelling,
    AnythingButLike,
    AnythingButNumbers,
    AnythingButTexts,
    Condition,
    Exists,
    Network,
    Text,
    Wildcard,
)
from trunklab.patterns.ip_addresses import Address
from trunklab.patterns.parse import Clause
from trunklab.schema_solver import regex_parser
from trunklab.schema_solver.automaton import shortest
from trunklab.schema_solver.errors import UndecidedError
from trunklab.schema_solver.goals import agrees
from trunklab.schema_solver.regex_parser import (
    ANYTHING,
    Chars,
    Choice,
    Demand,
    Expression,
    Repeat,
    literal,
)
from trunklab.schema_solver.shape import TextShape
from trunklab.schema_solver.solver_limits import CACHED_MAX, SPLITS_MAX, TEXTS_TRIED_MAX
from trunklab.schema_solver.validate import NARROW_FORMATS, WIDE_FORMATS, is_text_of

Fits = Callable[[str], bool]
Alternative = tuple[Demand, ...]

_V4_BITS: Final = 32
_OCTET_BITS: Final = 8
_OCTET_MAX: Final = 255
_HEX_GROUP: Final = Repeat(Chars(((0x30, 0x39), (0x41, 0x46), (0x61, 0x66))), 0, 4)
_V6: Final = regex_parser.Sequence(
    (_HEX_GROUP, Repeat(regex_parser.Sequence((literal(":"), _HEX_GROUP)), 2, 8))
)
"""Matches every IPv6 address, and other strings."""


def witness(
    shape: TextShape,
    wanted: Sequence[Clause] = (),
    unwanted: Sequence[Clause] = (),
    like: str | None = None,
) -> str | None:
    """Returns a string of the shape that passes every wanted clause and fails every unwanted one.

    It is the example if that fits, or a readable string. None proves that no such string exists;
    raises UndecidedError.
    """

    def fits(text: str) -> bool:
        return agrees(text, wanted, unwanted) and is_text_of(shape, text)

    if like is not None and fits(like):
        return like
    for clause in wanted:
        if all(isinstance(condition, Text) for condition in clause):  # no other string passes
            texts_of = (one.text for one in clause if isinstance(one, Text))
            return next(filter(fits, texts_of), None)
    for text in islice(_candidates(wanted, unwanted, like or ""), TEXTS_TRIED_MAX):
        if fits(text):
            return text
    return _searched(shape, wanted, unwanted, fits)


def shape_demands(shape: TextShape, *, narrow: bool) -> tuple[Demand, ...]:
    """Returns what the patterns and formats demand; raises UndecidedError."""
    expressions = NARROW_FORMATS if narrow else WIDE_FORMATS
    of_formats = (expressions[name] for name in shape.formats if name in expressions)
    return tuple(
        demand
        for pattern in (*shape.patterns, *of_formats)
        for demand in regex_parser.demands(pattern)
    )


def _searched(
    shape: TextShape, wanted: Sequence[Clause], unwanted: Sequence[Clause], fits: Fits
) -> str | None:
    """Search narrow demands for a string that fits; wide demands prove that none exists."""
    is_possible = False
    for narrow in (True, False):
        is_possible = False
        for demands in _alternatives(shape, wanted, unwanted, narrow=narrow):
            text = shortest(demands, shape.length_min, shape.length_max)
            if text is not None and fits(text):
                return text
            is_possible |= text is not None
    if is_possible:
        raise UndecidedError(f"no string found for #{shape.place}, and no proof that none exists")
    return None


def _alternatives(
    shape: TextShape, wanted: Sequence[Clause], unwanted: Sequence[Clause], *, narrow: bool
) -> Iterator[Alternative]:
    options = [passing(clause, narrow=narrow) for clause in wanted]
    against = [failing(clause, narrow=narrow) for clause in unwanted]
    if not all(options) or None in against:
        return
    of_unwanted = [demand for demands in against for demand in demands or ()]
    of_shape = shape_demands(shape, narrow=narrow)
    for number, chosen in enumerate(product(*options)):
        if number >= SPLITS_MAX:
            raise UndecidedError(f"more than {SPLITS_MAX} ways to pass several clauses at once")
        of_wanted = [demand for alternative in chosen for demand in alternative]
        yield tuple(dict.fromkeys((*of_shape, *of_wanted, *of_unwanted)))


def _candidates(wanted: Sequence[Clause], unwanted: Sequence[Clause], like: str) -> Iterator[str]:
    """Yields strings to try: those that conditions spell, their neighbours, and variants."""
    for clause in wanted:
        for condition in clause:
            yield from _spelled(condition, like)
    for clause in unwanted:
        for condition in clause:
            yield from _neighbours(condition)
    if like:
        yield from (f"{like}-2", like[:-1] + ("a" if like[-1] != "a" else "b"))
        yield from ("other", "1")


def _spelled(condition: Condition, like: str) -> Iterable[str]:  # noqa: PLR0911 - one for each kind
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


def _neighbours(condition: Condition) -> Iterator[str]:
    """Yields the addresses next to those that pass."""
    match condition:
        case AnySpelling(_, address):
            yield from _addresses(address.bits, address.value - 1)
        case Network(_, first, last):
            yield from _addresses(first.bits, first.value - 2)
            yield from _addresses(last.bits, last.value)


def _addresses(bits: int, value: int) -> Iterator[str]:
    """Yields short and long spellings of an address and of the next one."""
    for each in (value, value + 1):
        if 0 <= each < 1 << bits:
            address = ip_address(each.to_bytes(bits // 8))
            yield from (str(address), address.exploded)


@lru_cache(maxsize=CACHED_MAX)
def passing(clause: Clause, *, narrow: bool) -> tuple[Alternative, ...]:
    """Returns alternatives; a string that passes the clause meets one of them."""
    if any(isinstance(condition, Exists | AnythingButNumbers) for condition in clause):
        return ((),)
    negated = ((Demand(each, wanted=False),) for each in _negated(clause))
    plain = _plain(clause, narrow=narrow)
    return ((Demand(Choice(plain)),), *negated) if plain else tuple(negated)


@lru_cache(maxsize=CACHED_MAX)
def failing(clause: Clause, *, narrow: bool) -> Alternative | None:
    """Returns what a string meets that fails every condition; None if every string passes one."""
    if any(isinstance(condition, Exists | AnythingButNumbers) for condition in clause):
        return None
    negated = map(Demand, _negated(clause))
    plain = _plain(clause, narrow=not narrow)
    return (*negated, Demand(Choice(plain), wanted=False)) if plain else tuple(negated)


def _plain(clause: Clause, *, narrow: bool) -> tuple[Expression, ...]:
    """Returns the expression of each condition; without those that no string passes."""
    expressions = (_expression(condition, narrow=narrow) for condition in clause)
    return tuple(expression for expression in expressions if expression is not None)


def _negated(clause: Clause) -> Iterator[Expression]:
    """Yields the expression of the strings that each anything-but condition rejects."""
    for condition in clause:
        if isinstance(condition, AnythingButTexts):
            yield Choice(tuple(literal(text) for text in sorted(condition.texts)))
        elif isinstance(condition, AnythingButLike):
            yield Choice(_plain(condition.likes, narrow=False))


def _expression(condition: Condition, *, narrow: bool) -> Expression | None:  # noqa: PLR0911 - one for each kind
    """Returns the expression of the strings that pass; None if no string does."""
    match condition:
        case Text(text):
            return literal(text)
        case AnyCase(text):
            return _in_any_case(text)
        case Affix(text, at_end, any_case):
            affix = _in_any_case(text) if any_case else literal(text)
            return regex_parser.Sequence((ANYTHING, affix) if at_end else (affix, ANYTHING))
        case Wildcard(_, parts):
            rest = (each for part in parts[1:] for each in (ANYTHING, literal(part)))
            return regex_parser.Sequence((literal(parts[0]), *rest))
        case Network(_, first, last) if first.bits == _V4_BITS:
            return _octets(first, last)
        case AnySpelling() | Network() if not narrow:
            return _V6
    return None


def _in_any_case(text: str) -> Expression:
    """Returns the expression of each character in lower and upper case, as EventBridge compares."""
    forms = (sorted({one.lower(), one.upper()}) for one in text)
    return regex_parser.Sequence(tuple(Choice(tuple(map(literal, each))) for each in forms))


def _octets(first: Address, last: Address) -> Expression:
    """Returns the expression of a network's IPv4 addresses: octets separated by dots."""
    parts: list[Expression] = []
    for place in range(_V4_BITS - _OCTET_BITS, -1, -_OCTET_BITS):
        low, high = (one.value >> place & _OCTET_MAX for one in (first, last))
        octets = (literal(str(octet)) for octet in range(low, high + 1))
        parts += [literal("."), Choice(tuple(octets))]
    return regex_parser.Sequence(tuple(parts[1:]))
