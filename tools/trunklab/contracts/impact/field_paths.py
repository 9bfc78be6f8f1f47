"""How fields of an event are named: `lines.quantity`, without an index; `total.*` for all below."""

from collections.abc import Iterable
from typing import Final

Path = tuple[str, ...]
"""The names from the event's data down to the field."""

EVERYTHING: Final = "*"
"""The last name of a path that means the value and everything below it."""


def text_of(path: Path) -> str:
    """The path as it stands in reads.yaml and in findings."""
    return ".".join(path)


def path_of(text: str) -> Path:
    """The path that the text names."""
    return tuple(text.split("."))


def value_of(path: Path) -> Path:
    """Where the value stands: the path without the sign for everything below."""
    return path[:-1] if path[-1:] == (EVERYTHING,) else path


def covers(paths: Iterable[Path], wanted: Path) -> bool:
    """Whether who reads the paths reads the wanted one: itself, on the way, or as a part."""
    return any(_covers(path, wanted) for path in paths)


def normal(paths: Iterable[Path]) -> frozenset[Path]:
    """The same without what other paths say already."""
    found = frozenset(paths)
    return frozenset(one for one in found if not covers(found - {one}, one))


def _covers(path: Path, wanted: Path) -> bool:
    value = value_of(path)
    if value != path and wanted[: len(value)] == value:
        return True
    return value_of(wanted) == wanted and path[: len(wanted)] == wanted
