"""Makes an event with one field changed, beside the old one."""

from collections.abc import Mapping
from typing import Any

from trunklab.patterns.conditions import Value
from trunklab.patterns.parse import Path


def narrowed(event: Mapping[str, object], index: int) -> tuple[dict[str, object], bool]:
    """The event with one element of each array of objects, and whether an array has more."""
    arrays = [0]

    # Loops, no comprehensions: these would halve the depth that can be walked.
    def narrow(value: Any) -> Any:
        if isinstance(value, Mapping):
            copy = {}
            for key, inner in value.items():
                copy[key] = narrow(inner)
            return copy
        if isinstance(value, list) and _holds_more(value):
            arrays.append(len(value))
            return [narrow(value[min(index, len(value) - 1)])]
        return value

    return narrow(event), max(arrays) > index + 1


def made(
    event: Mapping[str, object], path: Path, new: tuple[Value] | None, index: int
) -> tuple[dict[str, Any], str]:
    """A copy with another value at a path, or without it, and where in the event that is.

    The change goes into one element of arrays on the way; what has to go goes from all.
    """
    return _made(event, path, new, index)


def _made(value: Any, path: Path, new: tuple[Value] | None, index: int) -> tuple[Any, str]:
    if isinstance(value, list) and _holds_more(value):
        return _made_in_array(value, path, new, index)
    if not path:
        return (new[0] if new else None), ""
    copy = dict(value) if isinstance(value, Mapping) else {}
    key, rest = _step(copy, path)
    if new is None and (not rest or key not in copy):
        copy.pop(key, None)
        return copy, ".".join(path)
    copy[key], place = _made(copy.get(key), rest, new, index)
    return copy, f"{key}{place}" if place.startswith("[") or not place else f"{key}.{place}"


def _made_in_array(
    values: list[Any], path: Path, new: tuple[Value] | None, index: int
) -> tuple[Any, str]:
    if new is None:
        all_made = [_made(value, path, new, index) for value in values]
        return [value for value, _ in all_made], f"[*].{all_made[0][1]}"
    one = min(index, len(values) - 1)
    copy = [*values]
    copy[one], place = _made(values[one], path, new, index)
    return copy, f"[{one}]{place}" if place.startswith("[") or not place else f"[{one}].{place}"


def _holds_more(values: list[Any]) -> bool:
    return any(isinstance(value, Mapping | list) for value in values)


def _step(value: Mapping[str, object], path: Path) -> tuple[str, Path]:
    """The key that the event has for the beginning of the path, with dots or without."""
    for length in range(len(path), 1, -1):
        if ".".join(path[:length]) in value:
            return ".".join(path[:length]), path[length:]
    return path[0], path[1:]
