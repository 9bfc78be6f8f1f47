"""Reads only the fields that rules use from an event's text.

The parser puts these into a record and skips the others. A text whose fields a record cannot hold
(a used key with dots, a path that is both leaf and object) has to be read as a whole.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from trunklab.patterns.compiled.field_tree import Field
from trunklab.patterns.parse import Path
from trunklab.patterns.pattern_limits import RECORD_FIELDS_MAX

DEPTH_MAX: Final = 50
"""Levels of a record; Python allows about twice as many in one function."""

_SCALAR: Final = str | int | float | bool | None | UnsetType
_NEVER: Final = Annotated[str, Meta(min_length=1 << 40)] | UnsetType
"""No string is as long: a key of this type must be absent."""


class NotReadError(Exception):
    """The text has to be read as a whole."""


FAILURES: Final = (msgspec.DecodeError, RecursionError, UnicodeError, NotReadError)
"""Errors of reading such a text; msgspec's ValidationError is a DecodeError."""


class Records:
    """Record types for a tree of fields; `heads` are attributes of keys that hold strings."""

    def __init__(self, root: Field, heads: Mapping[str, str] | None = None) -> None:
        self.types: dict[Path, type[Struct]] = {}
        self.attributes: dict[Path, str] = {}
        self._heads = heads or {}
        self.decode = msgspec.json.Decoder(self._record((), root)).decode

    def _record(self, path: Path, field: Field) -> type[Struct]:
        entries: list[tuple[str, Any, Any]] = []
        for place, (key, child) in enumerate(field.children.items()):
            below = (*path, key)
            head = self._heads.get(key) if not path else None
            attribute = self.attributes[below] = head or f"f{place}"
            kind: Any = str | UnsetType if head else Any
            if child.children:
                inner = self._record(below, child)
                kind = inner | list[inner] | _SCALAR  # type: ignore[valid-type]  # made at run time
            entries.append((attribute, kind, msgspec.field(default=UNSET, name=key)))
        for place, key in enumerate(field.dotted):
            entries.append((f"dotted{place}", _NEVER, msgspec.field(default=UNSET, name=key)))
        made = msgspec.defstruct("Fields", entries, gc=False)
        self.types[path] = made
        return made


def readable(root: Field) -> bool:
    """True if records can hold the fields."""
    below = list(root.below())
    return len(below) <= RECORD_FIELDS_MAX and not any(
        len(path) > DEPTH_MAX
        or (field.table is not None and field.children)
        or any("\ud800" <= one <= "\udfff" for one in path[-1])  # a surrogate is not UTF-8
        for path, field in below
    )
