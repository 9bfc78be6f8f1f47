"""The two ways in which a contract is read: closed by producers, open by consumers.

The committed file is open: a model in it says nothing of further fields, which consumers ignore.
Both readings keep every pointer.
"""

from typing import Any, Final

from trunklab.contracts.schema_keywords import NAMED, VALUES

Schema = dict[str, Any]

_FURTHER: Final = "additionalProperties"
_MODEL: Final = "properties"
_MAP: Final = "patternProperties"


def closed(document: Schema) -> Schema:
    """Return what a producer may send: nothing that no model names."""
    return _Reading({_MODEL, _MAP}).of_object(document)


def opened(document: Schema) -> Schema:
    """Return what a consumer's model reads.

    It is the file itself, but for maps whose names must match a pattern: Pydantic writes nothing
    about other names there, and its models refuse them.
    """
    return _Reading({_MAP}).of_object(document)


class _Reading:
    """Closes what has one of the keywords and says nothing of further fields."""

    def __init__(self, closing: set[str]) -> None:
        self._closing = closing

    def of(self, schema: Any) -> Any:
        """Return a schema, or a list of them, as it is read."""
        if isinstance(schema, list):
            return [self.of(one) for one in schema]
        return self.of_object(schema) if isinstance(schema, dict) else schema

    def of_object(self, schema: Schema) -> Schema:
        """Return a schema as it is read."""
        made = {key: self._behind(key, value) for key, value in schema.items()}
        known = {key for key in (_MODEL, _MAP) if isinstance(schema.get(key), dict)}
        # A model may have patterns beside its fields: then it is a model.
        kind = _MODEL if _MODEL in known else _MAP
        if kind in known & self._closing and _FURTHER not in schema:
            made[_FURTHER] = False
        return made

    def _behind(self, key: str, value: Any) -> Any:
        if key in VALUES:
            return value
        if key in NAMED and isinstance(value, dict):
            return {name: self.of(one) for name, one in value.items()}
        return self.of(value)
