"""Readers and writers of the shapes in AWS's service models, made from the models once."""

import base64
import binascii
import math
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import Any, Final

from botocore.model import ListShape, MapShape, Shape, StructureShape

from trunklab.local.delivery.steps import ApiError

_Read = Callable[[Any, str, list[str]], Any]
"""Turns a value of a request into boto3's form; adds what is wrong with it."""


_Write = Callable[[Any], Any]


@cache
def reader(shape: Shape) -> _Read | None:
    """Returns what reads values of a shape; None if every value of it may pass as it is."""
    if isinstance(shape, StructureShape):
        return _structure_reader(shape)
    checks = list(_checks(shape))
    convert = _converter(shape)
    inner = _inner_reader(shape)

    def read(value: Any, where: str, problems: list[str]) -> Any:
        result = inner(convert(value), where, problems)
        for violated, constraint in checks:
            if violated(result):
                shown = _shown(shape, result)
                problems.append(
                    f"Value '{shown}' at '{where}' failed to satisfy constraint: {constraint}"
                )
        return result

    return read


def _structure_reader(shape: StructureShape) -> _Read:
    # Recursive shapes exist: readers of members are made when they are first needed.
    members = {
        member.serialization.get("name", name): (name, member, name[0].lower() + name[1:])
        for name, member in shape.members.items()
    }

    def read(value: Any, where: str, problems: list[str]) -> Any:
        if not isinstance(value, dict):
            raise _wrong_type(where, "an object")
        result = {}
        for key, given in value.items():
            if key in members and given is not None:
                name, member, shown = members[key]
                place = f"{where}.{shown}" if where else shown
                read_member = reader(member)
                result[name] = read_member(given, place, problems) if read_member else given
        for name in (one for one in shape.required_members if one not in result):
            shown = name[0].lower() + name[1:]
            place = f"{where}.{shown}" if where else shown
            problems.append(
                f"Value null at '{place}' failed to satisfy constraint: Member must not be null"
            )
        return result

    return read


def _inner_reader(shape: Shape) -> _Read:
    if isinstance(shape, ListShape):
        member: Shape = shape.member

        def read_list(value: Any, where: str, problems: list[str]) -> Any:
            if not isinstance(value, list):
                raise _wrong_type(where, "a list")
            read_item = reader(member)
            return [
                read_item(item, f"{where}.{number}.member", problems) if read_item else item
                for number, item in enumerate(value, start=1)
            ]

        return read_list
    if isinstance(shape, MapShape):
        values: Shape = shape.value

        def read_map(value: Any, where: str, problems: list[str]) -> Any:
            if not isinstance(value, dict):
                raise _wrong_type(where, "an object")
            read_item = reader(values)
            return {
                key: read_item(item, f"{where}.{key}.member", problems) if read_item else item
                for key, item in value.items()
            }

        return read_map
    return _READ_SCALARS[shape.type_name]


def _wrong_type(where: str, wanted: str) -> ApiError:
    return ApiError("SerializationException", f"{where or 'The body'} is not {wanted}")


def _scalar(kinds: tuple[type, ...], wanted: str) -> _Read:
    def read(value: Any, where: str, _problems: list[str]) -> Any:
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            raise _wrong_type(where, wanted)
        return value

    return read


_READ_SCALARS: Final[Mapping[str, _Read]] = {
    "string": _scalar((str,), "a string"),
    "character": _scalar((str,), "a string"),
    "boolean": _scalar((bool,), "true or false"),
    "integer": _scalar((int,), "an integer"),
    "long": _scalar((int,), "an integer"),
    "float": _scalar((int, float), "a number"),
    "double": _scalar((int, float), "a number"),
    "timestamp": _scalar((int, float), "a timestamp"),
    "blob": _scalar((bytes,), "base64"),
}


def _converter(shape: Shape) -> Callable[[Any], Any]:
    if shape.type_name == "blob":
        return _bytes
    if shape.type_name == "timestamp":
        return _seconds
    if shape.type_name in {"integer", "long"}:
        return lambda value: (
            int(value) if isinstance(value, float) and value.is_integer() else value
        )
    return lambda value: value


def _bytes(value: Any) -> Any:
    try:
        return base64.b64decode(value, validate=True) if isinstance(value, str) else value
    except binascii.Error:
        return value


def _seconds(value: Any) -> Any:
    if isinstance(value, str):
        try:
            return datetime.fromisoformat(value).timestamp()
        except ValueError:
            return value
    return value if isinstance(value, int) or math.isfinite(value) else None


def _checks(shape: Shape) -> Iterator[tuple[Callable[[Any], bool], str]]:
    """Yields the constraints of a shape, with AWS's text of each."""
    rules = shape.metadata
    measure, noun = _MEASURES.get(shape.type_name, (len, "length"))
    if (low := rules.get("min")) is not None and (low > 0 or shape.type_name in _MEASURES):
        yield (
            lambda value: measure(value) < low,
            f"Member must have {noun} greater than or equal to {low}",
        )
    if (high := rules.get("max")) is not None:
        yield (
            lambda value: measure(value) > high,
            f"Member must have {noun} less than or equal to {high}",
        )
    if "enum" in rules:
        allowed = frozenset(rules["enum"])
        listed = ", ".join(rules["enum"])
        yield lambda value: value not in allowed, f"Member must satisfy enum value set: [{listed}]"
    if "pattern" in rules:
        pattern = _pattern(rules["pattern"])
        constraint = f"Member must satisfy regular expression pattern: {rules['pattern']}"
        yield lambda value: not pattern.fullmatch(value), constraint


_MEASURES: Final[Mapping[str, tuple[Callable[[Any], Any], str]]] = {
    kind: (lambda value: value, "value") for kind in ("integer", "long", "float", "double")
}


def _pattern(java: str) -> re.Pattern[str]:
    """Returns a pattern of the model, which is written for Java."""
    text = java.replace(r"\p{Alnum}", "A-Za-z0-9").replace(r"\p{L}", r"\w").replace(r"\p{Z}", r"\s")
    return re.compile(re.sub(r"\\p\{\w+\}", r"\\w", text), re.DOTALL)


_HIDDEN_MEMBERS: Final = {"PutEventsRequestEntry": ("kmsKeyIdentifier", "internalMetadata")}
"""Members that AWS's messages show and its service models do not have [recorded]."""


def _shown(shape: Shape, value: Any) -> str:
    """Returns a value as Java's toString writes it, as AWS's messages show it."""
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        members = ", ".join(
            f"{name[0].lower()}{name[1:]}="
            f"{_shown(member, value[name]) if name in value else 'null'}"
            for name, member in shape.members.items()
        )
        hidden = "".join(f", {name}=null" for name in _HIDDEN_MEMBERS.get(shape.name, ()))
        return f"{shape.name}({members}{hidden})"
    if isinstance(shape, ListShape) and isinstance(value, list):
        return f"[{', '.join(_shown(shape.member, item) for item in value)}]"
    return str(value).lower() if isinstance(value, bool) else str(value)


@cache
def writer(shape: Shape) -> _Write:
    """Returns what turns a response in boto3's form into JSON."""
    if isinstance(shape, StructureShape):
        names = {
            name: (member.serialization.get("name", name), member)
            for name, member in shape.members.items()
        }

        def write(value: Any) -> Any:
            known = ((names[key], item) for key, item in value.items() if item is not None)
            return {name: writer(member)(item) for (name, member), item in known}

        return write
    if isinstance(shape, ListShape):
        return lambda value: [writer(shape.member)(item) for item in value]
    if isinstance(shape, MapShape):
        return lambda value: {key: writer(shape.value)(item) for key, item in value.items()}
    if shape.type_name == "blob":
        return lambda value: base64.b64encode(value).decode()
    return lambda value: value
