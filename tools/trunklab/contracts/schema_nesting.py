"""Nesting of contracts: recursion, invalid references and excessive depth are errors."""

from collections.abc import Iterator
from enum import Enum, auto
from typing import Any, Final

from trunklab.printable import printable
from trunklab.schema_solver.json_pointer import escaped, unescaped

NESTING_MAX: Final = 100
"""Levels of a contract with its shared definitions expanded; far more than events need."""

DEFINITIONS: Final = "#/$defs/"

NAMED: Final = frozenset({"properties", "patternProperties", "$defs", "dependentSchemas"})
"""Keywords whose value maps names to schemas."""

VALUES: Final = frozenset({"const", "enum", "default", "examples", "required", "discriminator"})
"""Keywords whose value is data, not a schema."""


class _Kind(Enum):
    """The kind of a value in a contract."""

    SCHEMA = auto()
    NAMES = auto()
    """Schemas by name."""

    DATA = auto()
    """An example or a default, in which `$ref` is not a keyword."""


class NestingError(ValueError):
    """A contract is recursive, nested too deeply, or has an invalid reference."""

    def __init__(self, pointer: str, problem: str, remedy: str) -> None:
        super().__init__(f"{pointer}: {problem}")
        self.pointer = pointer
        self.problem = problem
        self.remedy = remedy


def check_nesting(document: dict[str, Any]) -> None:
    """Raises NestingError if the expanded contract would be endless or too deep."""
    depths: dict[str, int] = {}
    definitions = document.get("$defs", {})
    if not isinstance(definitions, dict):
        raise NestingError("/$defs", "$defs is not a JSON object", "export the contract again")
    # An unused definition is checked too: a later change may use it.
    for name in definitions:
        _check_definition(definitions, name, (), depths)
    root = {key: value for key, value in document.items() if key != "$defs"}
    _depth(definitions, root, "", (), depths)


def _check_definition(
    definitions: dict[str, Any], name: str, above: tuple[str, ...], depths: dict[str, int]
) -> int:
    """Returns the depth of a definition; each is measured once."""
    if len(above) > NESTING_MAX:
        raise _too_deep(f"/$defs/{escaped(name)}")
    if name not in depths:
        pointer = f"/$defs/{escaped(name)}"
        depths[name] = _depth(definitions, definitions[name], pointer, (*above, name), depths)
    return depths[name]


def _depth(
    definitions: dict[str, Any],
    schema: Any,
    pointer: str,
    above: tuple[str, ...],
    depths: dict[str, int],
) -> int:
    deepest = 0
    for place, level, value, kind in _places(schema, pointer):
        below = 0
        if kind is _Kind.SCHEMA and place.endswith("/$ref") and isinstance(value, str):
            name = _definition(definitions, value, place)
            if name in above:
                problem = f"the contract is recursive: {printable(' -> '.join((*above, name)))}"
                raise NestingError(place, problem, "declare only the levels that are sent")
            below = _check_definition(definitions, name, above, depths)
        if level + below > NESTING_MAX:
            raise _too_deep(place)
        deepest = max(deepest, level + below)
    return deepest


def _too_deep(place: str) -> NestingError:
    problem = f"the contract is nested more than {NESTING_MAX} levels deep"
    return NestingError(place, problem, "send flatter data, or a string")


def _places(schema: Any, pointer: str) -> Iterator[tuple[str, int, Any, _Kind]]:
    """Yields every value in the schema with its pointer, level and kind."""
    waiting = [(pointer, 0, schema, _Kind.SCHEMA)]
    while waiting:
        place, level, value, kind = waiting.pop()
        yield place, level, value, kind
        if isinstance(value, dict):
            waiting += [
                (f"{place}/{escaped(key)}", level + 1, one, _kind_of(key, kind))
                for key, one in value.items()
            ]
        elif isinstance(value, list):
            waiting += [(f"{place}/{at}", level + 1, one, kind) for at, one in enumerate(value)]


def _kind_of(key: str, around: _Kind) -> _Kind:
    if around is _Kind.SCHEMA:
        return _Kind.DATA if key in VALUES else _Kind.NAMES if key in NAMED else _Kind.SCHEMA
    return _Kind.SCHEMA if around is _Kind.NAMES else _Kind.DATA


def _definition(definitions: dict[str, Any], reference: str, place: str) -> str:
    name = unescaped(reference.removeprefix(DEFINITIONS))
    if not reference.startswith(DEFINITIONS) or name not in definitions:
        problem = f"$ref {reference!r} is not a definition below {DEFINITIONS}"
        raise NestingError(place, problem, "export the contract again")
    return name
