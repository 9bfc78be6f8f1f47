"""Reads a pattern: from text or a tree to the branches of which one must match."""

import json
import re
from collections.abc import Mapping
from typing import Final, NoReturn

from trunklab.patterns.conditions import Absent, Condition, Value
from trunklab.patterns.errors import InvalidPatternError
from trunklab.patterns.operators import condition
from trunklab.patterns.pattern_limits import BRANCHES_MAX, PATTERN_CHARACTERS_MAX, PATTERN_DEPTH_MAX
from trunklab.patterns.pattern_numbers import LiteralNumber

Path = tuple[str, ...]
Clause = tuple[Condition, ...]
Branch = dict[Path, Clause]

OR: Final = "$or"

RESERVED_IN_OR: Final = frozenset(
    [
        *("exactly", "equals-ignore-case", "prefix", "suffix", "anything-but", "exists"),
        *("wildcard", "numeric", "cidr", "=", "<", "<=", ">", ">=", "regex", "not-wildcard"),
        *("not-equals-ignore-case", "date-after", "date-on-or-after", "date-before"),
        *("date-on-or-before", "in-date-range", "ip-address-in-range", "ip-address-not-in-range"),
    ]
)
"""Names that AWS keeps for itself inside `$or`."""

_WORD: Final = re.compile(r"[A-Za-z_$][\w$]*")
_NO_JSON: Final = (
    "was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
)


def branches(tree: object) -> list[Branch]:
    """Every combination of the pattern's `$or`, as clauses by path of which all must hold.

    Of several clauses for one path the last one counts, as AWS has it.
    """
    if not isinstance(tree, Mapping):
        raise InvalidPatternError("Filter is not an object")
    return _object(tree, (), [{}], in_or=False)


def accepts_absence(clause: Clause) -> bool:
    """Whether the clause holds where the field is not there."""
    return Absent() in clause


def passes(clause: Clause, value: Value) -> bool:
    """Whether one of the clause's conditions takes the value."""
    return any(condition.passes(value) for condition in clause)


def tree_of_text(text: str) -> object:
    """The pattern's tree, its numbers as they are written; of a doubled key the last one counts."""
    if len(text) > PATTERN_CHARACTERS_MAX:
        raise InvalidPatternError(
            f"{len(text)} characters, at most {PATTERN_CHARACTERS_MAX} are allowed"
        )
    try:
        return json.loads(
            text,
            parse_int=LiteralNumber,
            parse_float=LiteralNumber,
            parse_constant=_no_constant,
            object_pairs_hook=_last_wins,
        )
    except json.JSONDecodeError as error:
        raise InvalidPatternError(_no_json(text, error)) from error
    except RecursionError as error:
        raise InvalidPatternError(f"nested deeper than {PATTERN_DEPTH_MAX} levels") from error


def _no_constant(word: str) -> NoReturn:
    raise InvalidPatternError(f"Unrecognized token '{word}': {_NO_JSON}")


def _last_wins(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in pairs:
        found.pop(name, None)  # so that it stands where it was written last
        found[name] = value
    return found


def _no_json(text: str, error: json.JSONDecodeError) -> str:
    word = _WORD.match(text, error.pos)
    if word and error.msg == "Expecting value":
        return f"Unrecognized token '{word[0]}': {_NO_JSON}"
    return f"{error.msg}: line {error.lineno}, column {error.colno}"


def _object(
    tree: Mapping[str, object], path: Path, so_far: list[Branch], *, in_or: bool
) -> list[Branch]:
    place = ".".join(path)
    if not tree:
        raise InvalidPatternError("Empty objects are not allowed", place)
    for name, value in tree.items():
        if name == OR:
            so_far = _or(value, path, so_far)
            continue
        if in_or and name in RESERVED_IN_OR:
            reason = f"{name} is Ruler reserved fieldName which cannot be used inside {OR}."
            raise InvalidPatternError(reason, _joined(place, name))
        so_far = _member(name, value, path, so_far, in_or=in_or)
    return so_far


def _member(
    name: str, value: object, path: Path, so_far: list[Branch], *, in_or: bool
) -> list[Branch]:
    inner = (*path, *name.split("."))
    if len(inner) > PATTERN_DEPTH_MAX:
        raise InvalidPatternError(f"nested deeper than {PATTERN_DEPTH_MAX} levels", inner[0])
    if isinstance(value, Mapping):
        return _object(value, inner, so_far, in_or=in_or)
    place = _joined(".".join(path), name)
    if not isinstance(value, list):
        raise InvalidPatternError(f'"{name}" must be an object or an array', place)
    clause = _clause(value, place)
    for branch in so_far:
        branch.pop(inner, None)
        branch[inner] = clause
    return so_far


def _or(alternatives: object, path: Path, so_far: list[Branch]) -> list[Branch]:
    place = _joined(".".join(path), OR)
    if not isinstance(alternatives, list):
        raise InvalidPatternError(f"It must be an Array followed with {OR}.", place)
    found: list[Branch] = []
    for alternative in alternatives:
        if not isinstance(alternative, Mapping):
            reason = f"Only JSON object is allowed in array of {OR} relationship."
            raise InvalidPatternError(reason, place)
        found += _object(alternative, path, [branch.copy() for branch in so_far], in_or=True)
        if len(found) > BRANCHES_MAX:
            raise InvalidPatternError(f"more than {BRANCHES_MAX} combinations of {OR}", place)
    if len(alternatives) < 2:  # noqa: PLR2004 - one is no choice
        raise InvalidPatternError(
            f"There must have at least 2 Objects in {OR} relationship.", place
        )
    return found


def _clause(entries: list[object], place: str) -> Clause:
    if not entries:
        raise InvalidPatternError("Empty arrays are not allowed", place)
    found: dict[Condition, None] = {}
    for index, entry in enumerate(entries):
        try:
            found[condition(entry)] = None
        except InvalidPatternError as error:
            raise InvalidPatternError(error.reason, f"{place}[{index}]") from error
    return tuple(found)


def _joined(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name
