"""Looks into an event's data by path, and makes data that differs from it in one place."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any, Final

from trunklab.contracts.impact.field_paths import Path
from trunklab.schema_solver.shape import JSON

MISSING: Final = object()
"""What stands at a path that leads to nothing."""


def values_at(data: JSON, path: Path) -> Iterator[Any]:
    """What stands at the path, in each element of the lists on the way; MISSING where nothing does.

    What lies behind a value that has no fields is not met at all.
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
    """The same with another value at the path, in the first element of lists; None if it has none.

    MISSING takes the field away.
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


def _holder(data: JSON, path: Path) -> dict[str, Any] | None:
    while isinstance(data, list) and data:
        data = data[0]
    if not isinstance(data, dict):
        return None
    if not path:
        return data
    return _holder(data.get(path[0]), path[1:])
