"""The texts that a condition of a pattern takes, as demands: wide and narrow ones.

For most conditions both are exact. Only addresses of version 6 have too many spellings: there the
wide demand holds more texts than pass, the narrow one fewer.
"""

from collections.abc import Iterable
from functools import lru_cache
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
from trunklab.schema_solver.regex_tree import (
    ANYTHING,
    Chars,
    Choice,
    Demand,
    Expression,
    Repeat,
    Sequence,
    literal,
)
from trunklab.schema_solver.solver_limits import CACHED_MAX

Alternative = tuple[Demand, ...]

_V4_BITS: Final = 32
_OCTET_BITS: Final = 8
_OCTETS: Final = 1 << _OCTET_BITS
_PART: Final = Repeat(Chars(((0x30, 0x39), (0x41, 0x46), (0x61, 0x66))), 0, 4)
_SPELT: Final = Sequence((_PART, Repeat(Sequence((literal(":"), _PART)), 2, 8)))
"""What every address of version 6 looks like: groups of digits with colons between."""

NOTHING: Final = Choice(())


@lru_cache(maxsize=CACHED_MAX)
def passing(clause: Clause, *, narrow: bool) -> tuple[Alternative, ...]:
    """Alternatives, of which a text that passes the clause meets one; none if no text passes."""
    plain, found = [], []
    for condition in clause:
        if isinstance(condition, Exists | AnythingButNumbers):
            return ((),)
        if isinstance(condition, AnythingButTexts | AnythingButLike):
            found.append((Demand(_negated(condition), wanted=False),))
        elif (expression := _expression(condition, narrow=narrow)) is not None:
            plain.append(expression)
    if plain:
        found.insert(0, (Demand(_any_of(plain)),))
    return tuple(found)


@lru_cache(maxsize=CACHED_MAX)
def failing(clause: Clause, *, narrow: bool) -> Alternative | None:
    """What a text that fails every condition of the clause meets; None if every text passes one."""
    unwanted, found = [], []
    for condition in clause:
        if isinstance(condition, Exists | AnythingButNumbers):
            return None
        if isinstance(condition, AnythingButTexts | AnythingButLike):
            found.append(Demand(_negated(condition)))
        elif (expression := _expression(condition, narrow=not narrow)) is not None:
            unwanted.append(expression)
    if unwanted:
        found.append(Demand(_any_of(unwanted), wanted=False))
    return tuple(found)


def _negated(condition: AnythingButTexts | AnythingButLike) -> Expression:
    if isinstance(condition, AnythingButTexts):
        return _any_of(literal(text) for text in sorted(condition.texts))
    return _any_of(_plain(like) for like in condition.likes)


def _any_of(options: Iterable[Expression]) -> Expression:
    found = tuple(options)
    return found[0] if len(found) == 1 else Choice(found)


def _expression(condition: Condition, *, narrow: bool) -> Expression | None:
    """The texts that pass; None if no text does."""
    match condition:
        case Text(text):
            return literal(text)
        case Affix() | AnyCase() | Wildcard():
            return _plain(condition)
        case Network(_, first, last) if first.bits == _V4_BITS:
            return _octets(first, last)
        case AnySpelling() | Network():
            return NOTHING if narrow else _SPELT
    return None


def _plain(condition: Affix | AnyCase | Wildcard) -> Expression:
    match condition:
        case AnyCase(text):
            return _in_any_case(text)
        case Affix(text, at_end, any_case):
            affix = _in_any_case(text) if any_case else literal(text)
            return Sequence((ANYTHING, affix) if at_end else (affix, ANYTHING))
        case Wildcard(_, parts):
            found: list[Expression] = [literal(parts[0])]
            for part in parts[1:]:
                found += [ANYTHING, literal(part)]
            return Sequence(tuple(found))


def _in_any_case(text: str) -> Expression:
    """Letter by letter in its lower and its upper form, as the engine has it."""
    return Sequence(
        tuple(_any_of(literal(form) for form in sorted({one.lower(), one.upper()})) for one in text)
    )


def _octets(first: Address, last: Address) -> Expression:
    """The one spelling of each address of version 4 in a network: its octets with dots between."""
    found: list[Expression] = []
    for place in range(_V4_BITS - _OCTET_BITS, -1, -_OCTET_BITS):
        low, high = (one.value >> place & _OCTETS - 1 for one in (first, last))
        if found:
            found.append(literal("."))
        if (low, high) == (0, _OCTETS - 1):
            found += _ANY_OCTET
        else:
            found.append(_any_of(literal(str(octet)) for octet in range(low, high + 1)))
    return Sequence(tuple(found))


_ANY_OCTET: Final = [Choice(tuple(literal(str(octet)) for octet in range(_OCTETS)))]
