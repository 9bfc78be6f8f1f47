"""JSON pointers (RFC 6901) to places in a document."""

from collections.abc import Mapping

from trunklab.schema_solver.errors import UnsupportedKeywordError
from trunklab.schema_solver.shape import JSON


def within(pointer: str, *parts: str) -> str:
    """Returns the pointer extended by unescaped parts."""
    return pointer + "".join(f"/{escaped(part)}" for part in parts)


def escaped(name: str) -> str:
    """Returns a key as a part of a pointer."""
    return name.replace("~", "~0").replace("/", "~1")


def unescaped(part: str) -> str:
    """Returns the key that a part of a pointer names."""
    return part.replace("~1", "/").replace("~0", "~")


def resolved(document: Mapping[str, JSON], pointer: str) -> JSON:
    """Returns the value at a pointer; raises UnsupportedKeywordError if it is missing."""
    value: JSON = document
    for part in pointer.split("/")[1:]:
        name = unescaped(part)
        if isinstance(value, Mapping) and name in value:
            value = value[name]
        elif isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            raise UnsupportedKeywordError(pointer, "$ref", "points to a missing place")
    return value
