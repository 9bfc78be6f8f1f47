"""JSON pointers: how the places of a document are named and found."""

from collections.abc import Mapping

from trunklab.schema_solver.errors import UnsupportedKeywordError
from trunklab.schema_solver.shape import JSON


def within(pointer: str, *parts: str) -> str:
    """The pointer of something further in."""
    return pointer + "".join(f"/{escaped(part)}" for part in parts)


def escaped(name: str) -> str:
    """A key as it stands in a pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")


def unescaped(part: str) -> str:
    """The key that a part of a pointer names."""
    return part.replace("~1", "/").replace("~0", "~")


def resolved(document: Mapping[str, JSON], pointer: str) -> JSON:
    """What stands at a place; raises UnsupportedKeywordError if nothing does."""
    found: JSON = document
    for part in pointer.split("/")[1:]:
        name = unescaped(part)
        if isinstance(found, Mapping) and name in found:
            found = found[name]
        elif isinstance(found, list) and name.isdecimal() and int(name) < len(found):
            found = found[int(name)]
        else:
            raise UnsupportedKeywordError(pointer, "$ref", "leads to nothing")
    return found
