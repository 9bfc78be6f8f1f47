"""What a contract says of the values at its paths: fields, elements, or nothing deeper."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

from trunklab.schema_solver.json_pointer import unescaped, within

Places = tuple[str, ...]
"""JSON pointers of the schemas that a value may follow; empty where nothing is known of it."""

_SCALARS: Final = frozenset({"string", "integer", "number", "boolean", "null"})
_UNIONS: Final = ("anyOf", "oneOf", "allOf")


class Types:
    """Answers by places; the document may be None, then nothing is known of any value."""

    def __init__(self, document: Mapping[str, Any] | None) -> None:
        self._document = document
        self.subject = str((document or {}).get("x-subject", ""))
        self.alternatives = cache(self._alternatives)

    def root(self) -> Places:
        """The whole event's data."""
        return () if self._document is None else self._flat("")

    def field(self, places: Places, name: str, *, of_maps: bool = False) -> Places | None:
        """The field of that name, None if there is none; `of_maps`: or the value under that key."""
        found: list[str] = []
        for place in places:
            schema = self._at(place)
            if name in schema.get("properties", {}):
                found += self._flat(within(place, "properties", name))
            elif of_maps and isinstance(schema.get("additionalProperties"), Mapping):
                found += self._flat(f"{place}/additionalProperties")
            elif _is_anything(schema) or (of_maps and "properties" not in schema):
                return ()
        return tuple(dict.fromkeys(found)) or None

    def items(self, places: Places) -> Places:
        """The elements of a list."""
        found: list[str] = []
        for place in places:
            schema = self._at(place)
            if isinstance(schema.get("items"), Mapping):
                found += self._flat(f"{place}/items")
            for index in range(len(schema.get("prefixItems", []))):
                found += self._flat(f"{place}/prefixItems/{index}")
        return tuple(dict.fromkeys(found))

    def is_scalar(self, places: Places) -> bool:
        """Whether nothing can be below the value."""
        return bool(places) and all(_is_scalar(self._at(place)) for place in places)

    def is_list(self, places: Places) -> bool:
        """Whether the value may be a list."""
        return any(self._at(place).get("type") == "array" for place in places)

    def class_names(self, places: Places) -> Iterator[str]:
        """The names of the classes that the value may be an instance of."""
        for place in places:
            schema = self._at(place)
            if "properties" in schema or schema.get("type") == "object":
                yield str(schema.get("title") or place.rpartition("/")[2])

    def _flat(self, pointer: str) -> Places:
        found: Places = self.alternatives(pointer)
        return found

    def _alternatives(self, pointer: str) -> Places:
        found: list[str] = []
        waiting, seen = [pointer], set[str]()
        while waiting:
            place = waiting.pop()
            if place in seen:
                continue
            seen.add(place)
            schema = self._at(place)
            reference = str(schema.get("$ref", ""))
            if reference.startswith("#"):
                waiting.append(reference[1:])
            inner = [
                f"{place}/{union}/{index}"
                for union in _UNIONS
                for index in range(len(schema.get(union, [])))
            ]
            waiting += inner
            if not (inner or reference) or "properties" in schema:
                found.append(place)
        return tuple(sorted(found))

    def _at(self, pointer: str) -> Mapping[str, Any]:
        value: Any = self._document
        for token in pointer.split("/")[1:]:
            name = unescaped(token)
            value = value[int(name)] if isinstance(value, list) else (value or {}).get(name)
        return value if isinstance(value, Mapping) else {}


def _is_anything(schema: Mapping[str, Any]) -> bool:
    return not {"type", "enum", "const", "properties"} & schema.keys()


def _is_scalar(schema: Mapping[str, Any]) -> bool:
    if "enum" in schema or "const" in schema:
        values = schema.get("enum", [schema.get("const")])
        return not any(isinstance(value, list | dict) for value in values)
    kinds = schema.get("type", [])
    named = {kinds} if isinstance(kinds, str) else set(kinds)
    return bool(named) and named <= _SCALARS
