"""How values of a handler become DynamoDB attributes and back."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeAlias

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

Value: TypeAlias = (
    "str | int | bool | Decimal | bytes | Sequence[Value] | Mapping[str, Value] | None"
)
"""What an attribute may hold. No float: DynamoDB's numbers are decimal, money is minor units."""

Item: TypeAlias = dict[str, Value]
"""One item's attributes without its key."""

Key: TypeAlias = tuple[str, str]
"""Partition key and sort key of an item."""

_WHOLE_MAX = 10**38
"""DynamoDB's numbers have 38 significant digits."""

_serializer = TypeSerializer()
_deserializer = TypeDeserializer()


def to_attributes(item: Mapping[str, Value]) -> dict[str, Any]:
    """DynamoDB's wire form; raises TypeError for a type DynamoDB does not know (float)."""
    return {name: _serializer.serialize(value) for name, value in item.items()}


def from_attributes(attributes: Mapping[str, Any]) -> Item:
    """The item of DynamoDB's wire form; whole numbers come back as int."""
    return {name: _plain(_deserializer.deserialize(value)) for name, value in attributes.items()}


def key_attributes(key: Key) -> dict[str, Any]:
    """The key's wire form."""
    return {"pk": {"S": key[0]}, "sk": {"S": key[1]}}


def size_bytes(attributes: Mapping[str, Any]) -> int:
    """What attributes in wire form count towards an item's size (DynamoDB guide, item sizes)."""
    return sum(len(_utf8(name)) + _value_bytes(value) for name, value in attributes.items())


def _value_bytes(attribute: Mapping[str, Any]) -> int:
    ((kind, value),) = attribute.items()
    if kind in {"BOOL", "NULL"}:
        return 1
    if kind == "N":
        return len(value) // 2 + 2
    if kind == "M":
        return 3 + len(value) + size_bytes(value)
    if kind == "L":
        return 3 + len(value) + sum(map(_value_bytes, value))
    if kind in {"SS", "NS", "BS"}:
        return sum(_value_bytes({kind[0]: element}) for element in value)
    return len(_utf8(value)) if kind == "S" else len(value)


def _utf8(text: str) -> bytes:
    # Half a surrogate pair is DynamoDB's to refuse; here it only counts.
    return text.encode(errors="surrogatepass")


def _plain(value: Any) -> Value:
    if isinstance(value, Decimal):
        # Beyond DynamoDB's precision an int could not be written back: 1E+100 has 101 digits.
        whole = value == value.to_integral_value() and abs(value) < _WHOLE_MAX
        return int(value) if whole else value
    if isinstance(value, list):
        return [_plain(element) for element in value]
    if isinstance(value, dict):
        return {name: _plain(element) for name, element in value.items()}
    if hasattr(value, "value"):  # boto3 wraps binary values
        return bytes(value)
    return value  # type: ignore[no-any-return]  # str, bool, None as DynamoDB holds them
