"""Conversion of a handler's values to DynamoDB attributes and back."""

from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from decimal import Clamped, Context, Decimal, Inexact, Overflow, Rounded, Underflow
from typing import Any, Final, TypeAlias

Value: TypeAlias = (
    "str | int | bool | Decimal | bytes | Sequence[Value] | Mapping[str, Value]"
    " | AbstractSet[str | int | Decimal | bytes] | None"
)
"""Values of an attribute. No float: DynamoDB's numbers are decimal, money is in minor units.
The elements of a set have one type: strings, numbers or bytes."""

Item: TypeAlias = dict[str, Value]
"""One item's attributes without its key."""

Key: TypeAlias = tuple[str, str]
"""Partition key and sort key of an item."""

_WHOLE_MAX = 10**38
"""DynamoDB's numbers have 38 significant digits."""

_CONTEXT: Final = Context(
    prec=38, Emin=-128, Emax=126, traps=[Clamped, Overflow, Inexact, Rounded, Underflow]
)
"""DynamoDB's numbers: 38 significant digits, and nothing is rounded (boto3's DYNAMODB_CONTEXT)."""


def to_attributes(item: Mapping[str, Value]) -> dict[str, Any]:
    """Returns DynamoDB's wire format; raises TypeError for an unsupported type (float)."""
    return {name: _attribute(value) for name, value in item.items()}


def from_attributes(attributes: Mapping[str, Any]) -> Item:
    """Returns the item from DynamoDB's wire format, with whole numbers as int."""
    return {name: _value(attribute) for name, attribute in attributes.items()}


def key_attributes(key: Key) -> dict[str, Any]:
    """Returns the key in wire format."""
    return {"pk": {"S": key[0]}, "sk": {"S": key[1]}}


def size_bytes(attributes: Mapping[str, Any]) -> int:
    """Returns the size of attributes in wire format (DynamoDB guide, item sizes)."""
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
    return len(_utf8(value)) if kind == "S" else len(b64decode(value))


def _utf8(text: str) -> bytes:
    # DynamoDB refuses half a surrogate pair; here only its size matters.
    return text.encode(errors="surrogatepass")


def _attribute(value: Value) -> dict[str, Any]:
    if isinstance(value, str | bytes):
        return {"S": value} if isinstance(value, str) else {"B": b64encode(value).decode()}
    if value is None or isinstance(value, bool):
        return {"NULL": True} if value is None else {"BOOL": value}
    if isinstance(value, int | Decimal):
        return {"N": _digits(value)}
    if isinstance(value, Mapping):
        return {"M": to_attributes(value)}
    if isinstance(value, list | tuple):
        return {"L": [_attribute(element) for element in value]}
    if isinstance(value, AbstractSet):
        return _set(value)
    raise TypeError(
        f"DynamoDB does not support {type(value).__name__}: use int or Decimal for numbers"
    )


def _set(elements: AbstractSet[Value]) -> dict[str, Any]:
    attributes = [_attribute(element) for element in elements]
    kinds = {kind for attribute in attributes for kind in attribute}
    if len(kinds) != 1 or not kinds <= _SET_KINDS:
        raise TypeError(
            "Invalid DynamoDB set: its elements must be only strings, only numbers or only bytes, "
            "at least one; use a list, or omit the attribute"
        )
    (kind,) = kinds
    # Sorted, so that the same set gives the same request, independent of hashes.
    return {f"{kind}S": sorted(attribute[kind] for attribute in attributes)}


def _digits(value: int | Decimal) -> str:
    number = _CONTEXT.create_decimal(value)  # raises where digits would be lost
    if not number.is_finite():
        raise TypeError("DynamoDB supports finite numbers only")
    return str(number)


def _value(attribute: Mapping[str, Any]) -> Any:
    ((kind, value),) = attribute.items()
    read = _READERS.get(kind)
    return read(value) if read else {_value({kind[0]: element}) for element in value}


def _number(text: str) -> int | Decimal:
    number = Decimal(text)
    # Beyond DynamoDB's precision an int could not be written back: 1E+100 has 101 digits.
    whole = number == number.to_integral_value() and abs(number) < _WHOLE_MAX
    return int(number) if whole else number


_SET_KINDS: Final = frozenset({"S", "N", "B"})
"""Types of set elements."""

_READERS: Final[dict[str, Callable[[Any], Any]]] = {
    "S": lambda text: text,
    "N": _number,
    "BOOL": lambda truth: truth,
    "NULL": lambda _: None,
    "B": b64decode,
    "M": from_attributes,
    "L": lambda elements: [_value(element) for element in elements],
}
