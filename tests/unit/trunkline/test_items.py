"""How values become attributes, come back, and count."""

import json
from base64 import b64encode
from decimal import Decimal
from typing import Any

import pytest
from boto3.dynamodb.types import TypeSerializer
from hypothesis import given
from hypothesis import strategies as st

from trunkline.items import Value, from_attributes, size_bytes, to_attributes

texts = st.text(st.characters(codec="utf-8"), max_size=5)
values: st.SearchStrategy[Value] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**37), 10**37)
    | st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-9, max_value=9)
    | texts
    | st.binary(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(texts, values, max_size=3))
def test_what_is_written_is_what_is_read(item: dict[str, Value]) -> None:
    """Empty, beyond ASCII, binary, nested: every value that an attribute may hold comes back."""
    assert from_attributes(to_attributes(item)) == item


@given(st.dictionaries(texts, values, max_size=3))
def test_values_are_written_as_boto3_writes_them(item: dict[str, Value]) -> None:
    """AWS's own library is the oracle; on the wire its bytes are text in base64."""
    serializer = TypeSerializer()
    theirs = {name: serializer.serialize(value) for name, value in item.items()}

    assert to_attributes(item) == json.loads(json.dumps(theirs, default=_on_the_wire))


def _on_the_wire(value: Any) -> str:
    return b64encode(getattr(value, "value", value)).decode()


def test_whole_numbers_come_back_as_int_and_others_as_decimal() -> None:
    """A handler counts with int, and never meets a Decimal where it wrote a whole number."""
    read = from_attributes({"n": {"N": "100"}, "w": {"N": "1.50"}, "e": {"N": "1E+2"}})

    assert {name: (type(value), value) for name, value in read.items()} == {
        "n": (int, 100),
        "w": (Decimal, Decimal("1.50")),
        "e": (int, 100),
    }


@pytest.mark.parametrize("number", ["1E+100", "-9.9E+125", "1E+38"])
def test_a_number_beyond_38_digits_can_be_written_back(number: str) -> None:
    """Other programs may have stored it: reading and writing the item must not fail on it."""
    read = from_attributes({"n": {"N": number}})

    assert Decimal(to_attributes(read)["n"]["N"]) == Decimal(number)


SIZES: dict[str, tuple[Value, int]] = {
    "ASCII": ("abcd", 4),
    "beyond ASCII": ("東京🚚", 10),
    "empty text": ("", 0),
    "half a surrogate pair": ("\ud83d", 3),
    "binary": (b"\x00\xff", 2),
    "nothing": (None, 1),
    "yes": (True, 1),
    "list": (["ab", "c"], 3 + 1 + 2 + 1 + 1),
    "empty list": ([], 3),
    "map": ({"ä": "b"}, 3 + 1 + 2 + 1),
}


@pytest.mark.parametrize(("value", "expected"), SIZES.values(), ids=SIZES.keys())
def test_a_value_counts_in_bytes_as_dynamodb_counts(value: Value, expected: int) -> None:
    """Limits are bytes of UTF-8, never characters."""
    assert size_bytes(to_attributes({"x": value})) == 1 + expected


@pytest.mark.parametrize("number", [0, -7, 10**37, Decimal("0.001")])
def test_a_number_counts_about_half_its_digits(number: Value) -> None:
    """DynamoDB packs two digits into a byte; 21 bytes are the most."""
    assert 1 < size_bytes(to_attributes({"x": number})) <= 1 + 21
