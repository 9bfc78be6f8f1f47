"""Which single values a place accepts: constants are looked up, however many there are."""

import json
from functools import cached_property

from trunklab.contracts.compatibility import shape_descriptions
from trunklab.schema_solver.accepts import accepts
from trunklab.schema_solver.json_types import ARRAY, OBJECT
from trunklab.schema_solver.shape import JSON, ConstantShape, Node


class Taken:
    """The alternatives of a place, its constants by their value."""

    def __init__(self, place: Node) -> None:
        self._alternatives = place.alternatives()
        constants = [one for one in self._alternatives if isinstance(one, ConstantShape)]
        self._constants = {_key(one.value) for one in constants}
        self._others = [one for one in self._alternatives if not isinstance(one, ConstantShape)]
        self.kinds = {shape_descriptions.kind(one) for one in self._alternatives}

    @cached_property
    def said(self) -> str:
        """What the place takes, in words."""
        return shape_descriptions.what(self._alternatives)

    def has(self, value: JSON) -> bool:
        """Whether the place accepts the value."""
        return _key(value) in self._constants or any(accepts(one, value) for one in self._others)


def _key(value: JSON) -> tuple[str, JSON]:
    """What two values share exactly if they are one in JSON: 1 is 1.0, but not true."""
    kind = shape_descriptions.kind_of(value)
    if kind in {ARRAY, OBJECT}:
        return kind, json.dumps(_plain(value), sort_keys=True)
    return kind, value


def _plain(value: JSON) -> JSON:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    return value
