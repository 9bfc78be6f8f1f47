"""Closed and open versions of a contract: producers are closed, consumers are open.

The committed file is open: models allow further fields, which consumers ignore. Both versions keep
every JSON pointer.
"""

from typing import Any, Final

from trunklab.contracts.schema_nesting import NAMED, VALUES

Schema = dict[str, Any]

_FURTHER: Final = "additionalProperties"
_MODEL: Final = "properties"
_MAP: Final = "patternProperties"


def closed(document: Schema) -> Schema:
    """Returns the schema of what a producer may send: only declared fields."""
    return _Reading({_MODEL, _MAP}).of_object(document)


def opened(document: Schema) -> Schema:
    """Returns the schema of what a consumer's model accepts.

    Only maps with name patterns differ from the file: Pydantic models reject other names, but the
    exported schema does not say so.
    """
    return _Reading({_MAP}).of_object(document)


class _Reading:
    """Closes each schema that has one of the keywords and no rule for further fields."""

    def __init__(self, closing: set[str]) -> None:
        self._closing = closing

    def of(self, schema: Any) -> Any:
        """Returns the version of a schema or a list of schemas."""
        if isinstance(schema, list):
            return [self.of(one) for one in schema]
        return self.of_object(schema) if isinstance(schema, dict) else schema

    def of_object(self, schema: Schema) -> Schema:
        """Returns the version of a schema."""
        made = {key: self._behind(key, value) for key, value in schema.items()}
        known = {key for key in (_MODEL, _MAP) if isinstance(schema.get(key), dict)}
        # A model with patterns beside its fields is still a model.
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
