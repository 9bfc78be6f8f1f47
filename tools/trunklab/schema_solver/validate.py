"""Validates values, formats included: against a schema, and against one shape."""

from collections.abc import Hashable, Iterable, Mapping
from functools import lru_cache
from typing import Final

import jsonschema_rs
from jsonschema_rs import Draft202012Validator

from trunklab.schema_solver.errors import UnsupportedKeywordError
from trunklab.schema_solver.json_pointer import within
from trunklab.schema_solver.shape import (
    JSON,
    TEXT,
    ArrayShape,
    BooleanShape,
    ConstantShape,
    Node,
    NullShape,
    NumberShape,
    ObjectShape,
    Shape,
    TextShape,
)
from trunklab.schema_solver.solver_limits import CACHED_MAX

_DATE: Final = r"[0-9]{4}-(0[1-9]|1[0-2])-"
_TIME: Final = r"([01][0-9]|2[0-3]):[0-5][0-9]:"
_OFFSET: Final = r"([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"
_PLAIN_OFFSET: Final = r"(Z|[+-](0[0-9]|1[0-9]|2[0-3]):[0-5][0-9])"
_DAY_OF_ALL: Final = r"(0[1-9]|1[0-9]|2[0-8])"
_DAY_OF_SOME: Final = r"(0[1-9]|[12][0-9]|3[01])"
_OCTET: Final = r"(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_HEX: Final = r"[0-9A-Fa-f]"
_LABEL: Final = r"[A-Za-z0-9]([A-Za-z0-9-]{0,20}[A-Za-z0-9])?"
_UUID: Final = rf"^{_HEX}{{8}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{12}}$"
_IPV4: Final = rf"^{_OCTET}(\.{_OCTET}){{3}}$"
_WORD: Final = r"[A-Za-z0-9_+-]{1,20}"

WIDE_FORMATS: Final[Mapping[str, str]] = {
    "uuid": _UUID,
    "ipv4": _IPV4,
    "ipv6": r"^[0-9A-Fa-f:.]{2,45}$",
    "date": rf"^{_DATE}{_DAY_OF_SOME}$",
    "time": rf"^{_TIME}([0-5][0-9]|60)(\.[0-9]+)?{_OFFSET}$",
    "date-time": rf"^{_DATE}{_DAY_OF_SOME}[Tt]{_TIME}([0-5][0-9]|60)(\.[0-9]+)?{_OFFSET}$",
    "duration": r"^P[0-9A-Z.,]+$",
    "email": r"^[\s\S]+@[\s\S]+$",
    "uri": r"^[A-Za-z][A-Za-z0-9+.-]*:[!-~]*$",
}
"""Expressions that match every valid string of a format, to prove that others are impossible.

A format that is not listed is restricted by the validator alone.
"""

NARROW_FORMATS: Final[Mapping[str, str]] = {
    "uuid": _UUID,
    "ipv4": _IPV4,
    "ipv6": r"^[1-9a-f][0-9a-f]{0,3}(:[1-9a-f][0-9a-f]{0,3}){7}$",
    "date": rf"^{_DATE}{_DAY_OF_ALL}$",
    "time": rf"^{_TIME}[0-5][0-9](\.[0-9]{{1,6}})?{_PLAIN_OFFSET}$",
    "date-time": rf"^{_DATE}{_DAY_OF_ALL}T{_TIME}[0-5][0-9](\.[0-9]{{1,6}})?{_PLAIN_OFFSET}$",
    "duration": r"^P([0-9]{1,6}D|T[0-9]{1,6}[HMS])$",
    "email": rf"^{_WORD}(\.{_WORD})*@{_LABEL}(\.{_LABEL})*$",
    "uri": rf"^[a-z][a-z0-9+.-]*:(//{_LABEL}(\.{_LABEL})*)?(/[A-Za-z0-9._~-]+)*/?$",
    "hostname": r"^[a-z]{1,20}(\.[a-z]{1,20})*$",
}
"""Expressions for plain strings of a format; the validator accepts nearly all of them."""


def validator(document: Mapping[str, JSON]) -> Draft202012Validator:
    """Returns the validator of a schema; raises UnsupportedKeywordError if it is invalid."""
    try:
        return Draft202012Validator(dict(document), validate_formats=True)
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        path = getattr(error, "instance_path", None) or []
        pointer = within("", *map(str, path))
        raise UnsupportedKeywordError(pointer, str((path or ["schema"])[-1]), first) from error


def errors(document: Mapping[str, JSON], value: JSON) -> list[tuple[str, str]]:
    """Returns a JSON pointer and a message for each part of the value that is invalid."""
    return [
        (within("", *map(str, error.instance_path)), error.message)
        for error in validator(document).iter_errors(value)
    ]


def is_text_of(shape: TextShape, value: str) -> bool:
    """True if a string has the lengths, patterns and formats of the shape."""
    if not _is_between(len(value), shape.length_min, shape.length_max):
        return False
    if not shape.patterns and not shape.formats:
        return True
    return _expressions(shape.patterns, shape.formats).is_valid(value)


@lru_cache(maxsize=CACHED_MAX)
def _expressions(patterns: tuple[str, ...], formats: tuple[str, ...]) -> Draft202012Validator:
    demands = [{"pattern": pattern} for pattern in patterns]
    for name in formats:
        # The library accepts some invalid strings, such as the date 26/6-01-01.
        demands += [{"format": name}, {"pattern": WIDE_FORMATS.get(name, "")}]
    return validator({"type": TEXT, "allOf": demands})


@lru_cache(maxsize=CACHED_MAX)
def _multiples(divisor: float) -> Draft202012Validator:
    return validator({"multipleOf": divisor})


def node_accepts(node: Node, value: JSON) -> bool:
    """True if one of the node's alternatives accepts the value."""
    return any(accepts(shape, value) for shape in node.alternatives())


def accepts(shape: Shape, value: JSON) -> bool:  # noqa: PLR0911 - one for each kind
    """True if the shape accepts the value."""
    match shape:
        case ConstantShape():
            return same(shape.value, value)
        case NullShape():
            return value is None
        case BooleanShape():
            return isinstance(value, bool)
        case TextShape():
            return isinstance(value, str) and is_text_of(shape, value)
        case NumberShape():
            return is_number(value) and _is_number_of(shape, value)
        case ArrayShape():
            return isinstance(value, list) and _is_array_of(shape, value)
        case ObjectShape():
            return isinstance(value, Mapping) and _is_object_of(shape, value)


def same(one: JSON, other: JSON) -> bool:
    """True if two values are equal in JSON: 1 equals 1.0, but not true."""
    return key_of(one) == key_of(other)


def key_of(value: JSON) -> Hashable:
    """Returns a key that equal JSON values share; true equals 1 in Python, but not in JSON."""
    if isinstance(value, Mapping):
        return dict, frozenset((name, key_of(member)) for name, member in value.items())
    if isinstance(value, list):
        return list, tuple(map(key_of, value))
    return isinstance(value, bool), value


def is_in(value: JSON, values: Iterable[JSON]) -> bool:
    """True if one of the values equals the value in JSON."""
    return any(same(value, other) for other in values)


def is_number(value: JSON) -> bool:
    """True if the value is a number in JSON; booleans are not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def applying(shape: ObjectShape, name: str) -> list[Node] | None:
    """Returns the nodes that a field of this name must satisfy; None if the field is forbidden.

    The list is empty if the schema does not restrict the field.
    """
    if shape.names is not None and not node_accepts(shape.names, name):
        return None
    nodes = [shape.properties[name]] if name in shape.properties else []
    nodes += [
        node for pattern, node in shape.patterns if is_text_of(TextShape("", (pattern,)), name)
    ]
    if nodes or shape.additional is True:
        return nodes
    return [shape.additional] if isinstance(shape.additional, Node) else None


def _is_between(count: int, least: int, most: int | None) -> bool:
    return least <= count and (most is None or count <= most)


def _is_number_of(shape: NumberShape, value: float) -> bool:
    if shape.integer and isinstance(value, float) and not value.is_integer():
        return False
    if shape.low is not None and (value <= shape.low if shape.low_open else value < shape.low):
        return False
    if shape.high is not None and (value >= shape.high if shape.high_open else value > shape.high):
        return False
    return shape.multiple_of is None or _multiples(shape.multiple_of).is_valid(value)


def _is_array_of(shape: ArrayShape, values: list[JSON]) -> bool:
    if not _is_between(len(values), shape.count_min, shape.count_max):
        return False
    nodes = [shape.item(index) for index in range(len(values))]
    if any(node and not node_accepts(node, one) for node, one in zip(nodes, values, strict=True)):
        return False
    return not shape.unique or len(set(map(key_of, values))) == len(values)


def _is_object_of(shape: ObjectShape, value: Mapping[str, JSON]) -> bool:
    if not shape.required <= value.keys():
        return False
    if not _is_between(len(value), shape.count_min, shape.count_max):
        return False
    for name, member in value.items():
        nodes = applying(shape, name)
        if nodes is None or not all(node_accepts(node, member) for node in nodes):
            return False
    return True
