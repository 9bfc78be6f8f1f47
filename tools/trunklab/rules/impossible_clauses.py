"""Why a condition can never match an event of a contract, and which clauses always do."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from trunklab.contracts.contract import Contract
from trunklab.patterns.conditions import (
    Absent,
    AnythingButLike,
    AnythingButNumbers,
    AnythingButTexts,
    Condition,
    Constant,
    Exists,
    Number,
    Range,
)
from trunklab.patterns.parse import Clause, Path
from trunklab.rules.event_search import prepared
from trunklab.schema_solver.errors import UndecidedError
from trunklab.schema_solver.goals import Found, failing
from trunklab.schema_solver.schema_paths import Reached, at, fields_of, reached
from trunklab.schema_solver.shape import (
    BOOLEAN,
    INTEGER,
    JSON,
    NULL,
    NUMBER,
    TEXT,
    ConstantShape,
    NumberShape,
    ObjectShape,
    Shape,
    TextShape,
    type_of,
)
from trunklab.schema_solver.solve import find, solve
from trunklab.schema_solver.string_search import witness

_LEAVES: Final = frozenset({TEXT, NUMBER, INTEGER, BOOLEAN, NULL})


class Cause(StrEnum):
    """Reason why a condition is impossible; the value is the id of the finding."""

    UNKNOWN_FIELD = "unknown-field"
    NOT_A_LEAF = "not-a-leaf"
    WRONG_TYPE = "wrong-type"
    OUTSIDE_ENUM = "outside-enum"
    OUTSIDE_BOUNDS = "outside-bounds"
    OUTSIDE_LENGTH = "outside-length"
    FORMAT = "wrong-format"
    PATTERN = "wrong-pattern"
    ALWAYS_THERE = "always-there"
    EMPTY_ARRAY = "never-passes"


@dataclass(frozen=True)
class Blame:
    """Why a condition never matches; fields that do not concern the cause are empty."""

    cause: Cause
    contract: str
    types: tuple[str, ...] = ()
    values: tuple[JSON, ...] = ()
    """The constants that it may equal."""
    allowed: tuple[str, ...] = ()
    """Bounds, lengths, formats and patterns as text: `at least 1`, `like ^[A-Z]+$`."""
    missing: Path = ()
    """The shortest part of the path that no event has."""
    known: tuple[str, ...] = ()
    """The fields that exist instead of it or below it."""


def possible(contract: Contract, path: Path, condition: Condition) -> Found | None:
    """Returns an event that passes the condition; None is a proof. Raises UndecidedError."""
    ready = prepared(contract)
    return solve(ready.node, {path: (condition,)}, like=ready.like)


def always_true(contract: Contract, path: Path, clause: Clause) -> bool:
    """True if every event of the contract matches the clause; False if that is undecided."""
    ready = prepared(contract)
    try:
        return find(ready.node, failing(path, clause), ready.like) is None
    except UndecidedError:
        return False


def blame(contract: Contract, path: Path, condition: Condition) -> Blame | None:
    """Returns why the condition never matches; None if it may. Raises UndecidedError."""
    if possible(contract, path, condition) is not None:
        return None
    root = prepared(contract).node
    there = reached(root, path)
    leaves = [shape for shape in there.shapes if not isinstance(shape, ObjectShape)]
    below = tuple(name for node in at(root, path) for name in fields_of(node))
    cause, allowed = _cause(condition, there, leaves)
    parts = (path[:length] for length in range(1, len(path) + 1))
    missing: Path = ()
    if cause is Cause.UNKNOWN_FIELD:
        missing = next((part for part in parts if not at(root, part)), path)
    siblings = tuple(name for node in at(root, missing[:-1]) for name in fields_of(node))
    return Blame(
        cause,
        contract.name,
        tuple(dict.fromkeys(map(type_of, there.shapes))),
        tuple(shape.value for shape in leaves if isinstance(shape, ConstantShape)),
        tuple(allowed),
        missing,
        tuple(dict.fromkeys(siblings if missing else below)),
    )


def _cause(
    condition: Condition, there: Reached, leaves: Sequence[Shape]
) -> tuple[Cause, list[str]]:
    if any(shape.count_max == 0 for shape in there.arrays):
        return Cause.EMPTY_ARRAY, []
    if not there.shapes:
        return Cause.UNKNOWN_FIELD, []
    if isinstance(condition, Absent):
        return Cause.ALWAYS_THERE, []
    if not leaves:
        return Cause.NOT_A_LEAF, []
    wanted = _types_for(condition)
    return _value_cause(condition, [one for one in leaves if type_of(one) in wanted])


def _value_cause(condition: Condition, fitting: Sequence[Shape]) -> tuple[Cause, list[str]]:
    if not fitting:
        return Cause.WRONG_TYPE, []
    for shape in fitting:
        if isinstance(shape, TextShape):
            return _text_cause(shape, condition), list(bounds_of(shape))
        if isinstance(shape, NumberShape):
            return Cause.OUTSIDE_BOUNDS, list(bounds_of(shape))
    return Cause.OUTSIDE_ENUM, []


def _text_cause(shape: TextShape, condition: Condition) -> Cause:
    """Returns the first of length, pattern and format that alone excludes the condition."""
    parts = (
        (Cause.OUTSIDE_LENGTH, TextShape(shape.place, (), shape.length_min, shape.length_max)),
        (Cause.PATTERN, TextShape(shape.place, shape.patterns)),
        (Cause.FORMAT, TextShape(shape.place, formats=shape.formats)),
    )
    for cause, alone in parts:
        try:
            if witness(alone, [(condition,)]) is None:
                return cause
        except UndecidedError:
            continue
    return Cause.PATTERN if shape.patterns else Cause.FORMAT


def _types_for(condition: Condition) -> frozenset[str]:
    match condition:
        case Constant(None):
            return frozenset({NULL})
        case Constant():
            return frozenset({BOOLEAN})
        case Number() | Range():
            return frozenset({NUMBER, INTEGER})
        case Exists() | AnythingButLike() | AnythingButNumbers() | AnythingButTexts():
            return _LEAVES
    return frozenset({TEXT})


def bounds_of(shape: TextShape | NumberShape) -> Iterator[str]:
    """Yields the constraints of the shape as text."""
    if isinstance(shape, TextShape):
        if shape.length_min:
            yield f"at least {shape.length_min} characters"
        if shape.length_max is not None:
            yield f"at most {shape.length_max} characters"
        yield from (f"like {pattern}" for pattern in shape.patterns)
        yield from (f"a {name}" for name in shape.formats)
        return
    if shape.low is not None:
        yield f"{'above' if shape.low_open else 'at least'} {shape.low}"
    if shape.high is not None:
        yield f"{'below' if shape.high_open else 'at most'} {shape.high}"
    if shape.multiple_of is not None:
        yield f"a multiple of {shape.multiple_of}"
