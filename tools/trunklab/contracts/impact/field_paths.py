"""Paths of event fields (`lines.quantity`, `total.*` with everything below), and their values."""

from collections.abc import Iterable, Iterator
from copy import deepcopy
from typing import Any, Final

from trunklab.schema_solver.shape import JSON

Path = tuple[str, ...]
"""The names from the event's data down to the field, without list indexes."""

EVERYTHING: Final = "*"
"""Last name of a path that means the value and everything below it."""

MISSING: Final = object()
"""The value at a path that does not exist."""


def value_of(path: Path) -> Path:
    """Returns the path of the value itself, without a final `*`."""
    return path[:-1] if path[-1:] == (EVERYTHING,) else path


def covers(paths: Iterable[Path], wanted: Path) -> bool:
    """True if reading the paths also reads the wanted path, or a value on the way to it."""
    return any(_covers(path, wanted) for path in paths)


def normal(paths: Iterable[Path]) -> frozenset[Path]:
    """Returns the paths without those that another path covers."""
    unique = frozenset(paths)
    return frozenset(path for path in unique if not covers(unique - {path}, path))


def values_at(data: JSON, path: Path) -> Iterator[Any]:
    """Yields the values at the path, for each element of a list on the way.

    Yields MISSING for each object without the field, and nothing below a value without fields.
    """
    if isinstance(data, list) and path:
        for element in data:
            yield from values_at(element, path)
    elif not path:
        yield data
    elif isinstance(data, dict):
        if path[0] in data:
            yield from values_at(data[path[0]], path[1:])
        elif len(path) == 1:
            yield MISSING


def with_value(data: JSON, path: Path, value: JSON) -> JSON:
    """Returns the data with another value at the path, in the first element of lists.

    MISSING removes the field. Returns None if no object holds the field.
    """
    if not path:
        return deepcopy(value)
    changed = deepcopy(data)
    holder = _holder(changed, path[:-1])
    if holder is None:
        return None
    if value is MISSING:
        holder.pop(path[-1], None)
    else:
        holder[path[-1]] = deepcopy(value)
    return changed


def _covers(path: Path, wanted: Path) -> bool:
    value = value_of(path)
    if value != path and wanted[: len(value)] == value:
        return True
    return value_of(wanted) == wanted and path[: len(wanted)] == wanted


def _holder(data: JSON, path: Path) -> dict[str, Any] | None:
    while isinstance(data, list) and data:
        data = data[0]
    if not isinstance(data, dict):
        return None
    if not path:
        return data
    return _holder(data.get(path[0]), path[1:])
