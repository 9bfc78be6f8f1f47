"""Reads a pattern into its branches, one of which must match."""

import json
import re
from collections.abc import Mapping
from typing import Final, NoReturn

from trunklab.patterns.conditions import Absent, Condition, LiteralNumber, Value
from trunklab.patterns.errors import OR, InvalidPatternError, Steps
from trunklab.patterns.operators import condition
from trunklab.patterns.pattern_limits import BRANCHES_MAX, PATTERN_CHARACTERS_MAX, PATTERN_DEPTH_MAX

Path = tuple[str, ...]
Clause = tuple[Condition, ...]
Branch = dict[Path, Clause]

SOURCE: Final[Path] = ("source",)
DETAIL_TYPE: Final[Path] = ("detail-type",)

RESERVED_IN_OR: Final = frozenset(
    [
        *("exactly", "equals-ignore-case", "prefix", "suffix", "anything-but", "exists"),
        *("wildcard", "numeric", "cidr", "=", "<", "<=", ">", ">=", "regex", "not-wildcard"),
        *("not-equals-ignore-case", "date-after", "date-on-or-after", "date-before"),
        *("date-on-or-before", "in-date-range", "ip-address-in-range", "ip-address-not-in-range"),
    ]
)
"""Names that AWS reserves inside `$or`."""

_WORD: Final = re.compile(r"[A-Za-z_$][\w$]*")
_NO_JSON: Final = (
    "was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
)


def branches(tree: object) -> list[Branch]:
    """Returns every combination of the pattern's `$or`; all clauses of a branch must hold.

    The last of several clauses for one path counts, as in AWS. Raises InvalidPatternError.
    """
    if not isinstance(tree, Mapping):
        raise InvalidPatternError("Filter is not an object")
    return _object(tree, (), (), [{}])


def accepts_absence(clause: Clause) -> bool:
    """True if the clause holds where the field is absent."""
    return Absent() in clause


def passes(clause: Clause, value: Value) -> bool:
    """True if one of the clause's conditions matches the value."""
    return any(condition.passes(value) for condition in clause)


def tree_of_text(text: str) -> object:
    """Returns the pattern as objects; the last of equal keys counts. Raises InvalidPatternError."""
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
        found.pop(name, None)  # moves the key to where it was written last
        found[name] = value
    return found


def _no_json(text: str, error: json.JSONDecodeError) -> str:
    word = _WORD.match(text, error.pos)
    if word and error.msg == "Expecting value":
        return f"Unrecognized token '{word[0]}': {_NO_JSON}"
    return f"{error.msg}: line {error.lineno}, column {error.colno}"


def _object(
    tree: Mapping[str, object], path: Path, steps: Steps, so_far: list[Branch]
) -> list[Branch]:
    if not tree:
        raise InvalidPatternError("Empty objects are not allowed", steps)
    for name, value in tree.items():
        here = (*steps, name)
        if name == OR:
            so_far = _or(value, path, here, so_far)
        elif OR in steps and name in RESERVED_IN_OR:
            reason = f"{name} is Ruler reserved fieldName which cannot be used inside {OR}."
            raise InvalidPatternError(reason, here)
        else:
            so_far = _member(value, (*path, *name.split(".")), here, so_far)
    return so_far


def _member(value: object, path: Path, steps: Steps, so_far: list[Branch]) -> list[Branch]:
    if len(path) > PATTERN_DEPTH_MAX:
        raise InvalidPatternError(f"nested deeper than {PATTERN_DEPTH_MAX} levels", path[:1])
    if isinstance(value, Mapping):
        return _object(value, path, steps, so_far)
    if not isinstance(value, list):
        raise InvalidPatternError(f'"{steps[-1]}" must be an object or an array', steps)
    clause = _clause(value, steps)
    for branch in so_far:
        branch.pop(path, None)
        branch[path] = clause
    return so_far


def _or(alternatives: object, path: Path, steps: Steps, so_far: list[Branch]) -> list[Branch]:
    if not isinstance(alternatives, list):
        raise InvalidPatternError(f"It must be an Array followed with {OR}.", steps)
    found: list[Branch] = []
    for index, alternative in enumerate(alternatives):
        if not isinstance(alternative, Mapping):
            reason = f"Only JSON object is allowed in array of {OR} relationship."
            raise InvalidPatternError(reason, steps)
        copies = [branch.copy() for branch in so_far]
        found += _object(alternative, path, (*steps, index), copies)
        if len(found) > BRANCHES_MAX:
            raise InvalidPatternError(f"more than {BRANCHES_MAX} combinations of {OR}", steps)
    if len(alternatives) < 2:  # noqa: PLR2004 - one is not a choice
        reason = f"There must have at least 2 Objects in {OR} relationship."
        raise InvalidPatternError(reason, steps)
    return found


def _clause(entries: list[object], steps: Steps) -> Clause:
    if not entries:
        raise InvalidPatternError("Empty arrays are not allowed", steps)
    found: dict[Condition, None] = {}
    for index, entry in enumerate(entries):
        try:
            found[condition(entry)] = None
        except InvalidPatternError as error:
            raise InvalidPatternError(error.reason, (*steps, index)) from error
    return tuple(found)
