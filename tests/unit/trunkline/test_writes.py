"""How several operations on one item become one, and how that one is written."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.items import Item, Value
from trunkline.writes import (
    ABSENT,
    UNVERSIONED,
    Check,
    Delete,
    Put,
    Update,
    Write,
    action,
    applied,
    merged,
)

KEY = ("thing#1", "thing")
WIRE_KEY = {"pk": {"S": "thing#1"}, "sk": {"S": "thing"}}

numbers = st.dictionaries(st.sampled_from(["a", "b", "c"]), st.integers(-9, 9))
attributes: st.SearchStrategy[Item] = st.builds(
    lambda counted, said: {**counted, **said},
    numbers,
    st.dictionaries(st.sampled_from(["text", "note"]), st.text(max_size=3) | st.none()),
)
writes: st.SearchStrategy[Write] = st.one_of(
    st.builds(Put, attributes),
    st.builds(lambda item: Update(set_to=item), attributes),
    st.builds(lambda counted: Update(add=counted), numbers),
    st.just(Delete()),
    st.just(Check()),
)


def after(item: Item | None, write: Write) -> Item | None:
    """The model: what one operation makes of an item."""
    if isinstance(write, Put):
        return write.attributes
    if isinstance(write, Delete):
        return None
    return applied(item or {}, write) if isinstance(write, Update) else item


@given(st.none() | attributes, st.lists(writes, min_size=1, max_size=6))
def test_operations_in_a_row_are_one_operation(item: Item | None, sequence: list[Write]) -> None:
    """The merged write leaves the item exactly as the operations one after the other would."""
    together: Write | None = None
    one_by_one = item
    for write in sequence:
        together = merged(together, write)
        one_by_one = after(one_by_one, write)

    assert together is not None
    assert after(item, together) == one_by_one


def test_a_number_is_added_to_a_decimal() -> None:
    """What DynamoDB holds as a decimal is a number to the unit of work as well."""
    update = Update(add={"weight": 2})

    assert applied({"weight": Decimal("1.5")}, update) == {"weight": Decimal("3.5")}


@pytest.mark.parametrize("value", ["1", True, None, [1], {"n": 1}, b"1"])
def test_a_number_is_added_to_numbers_only(value: Value) -> None:
    """Adding to anything else fails in the handler, not as a riddle in the commit."""
    with pytest.raises(TypeError, match="cannot add 1 to n"):
        merged(Put({"n": value}), Update(add={"n": 1}))


CONDITIONS: dict[str, tuple[str | None, dict[str, Any]]] = {
    "not read": (None, {}),
    "read and absent": (ABSENT, {"ConditionExpression": "attribute_not_exists(pk)"}),
    "read, written by others": (
        UNVERSIONED,
        {
            "ConditionExpression": "attribute_exists(pk) AND attribute_not_exists(#version)",
            "ExpressionAttributeNames": {"#version": "_version"},
        },
    ),
    "read": (
        "v1",
        {
            "ConditionExpression": "#version = :seen",
            "ExpressionAttributeNames": {"#version": "_version"},
            "ExpressionAttributeValues": {":seen": {"S": "v1"}},
        },
    ),
}


@pytest.mark.parametrize(("seen", "condition"), CONDITIONS.values(), ids=CONDITIONS.keys())
def test_a_put_holds_what_was_seen(seen: str | None, condition: dict[str, Any]) -> None:
    """An item that was read is replaced only if it is still as it was."""
    item = {**WIRE_KEY, "n": {"N": "1"}, "_version": {"S": "v2"}}

    assert action(KEY, Put({"n": 1}), seen, "v2") == {"Put": {"Item": item, **condition}}


@pytest.mark.parametrize(("seen", "condition"), CONDITIONS.values(), ids=CONDITIONS.keys())
def test_a_delete_holds_what_was_seen(seen: str | None, condition: dict[str, Any]) -> None:
    """The same of a removal."""
    assert action(KEY, Delete(), seen, "v2") == {"Delete": {"Key": WIRE_KEY, **condition}}


@pytest.mark.parametrize("seen", [ABSENT, UNVERSIONED, "v1"])
def test_a_check_is_its_condition_alone(seen: str) -> None:
    """A checked item is not written."""
    expected = {"ConditionCheck": {"Key": WIRE_KEY, **CONDITIONS_BY_SEEN[seen]}}

    assert action(KEY, Check(), seen, "v2") == expected


CONDITIONS_BY_SEEN = {
    seen: condition for seen, condition in CONDITIONS.values() if seen is not None
}


@pytest.mark.parametrize(("seen", "condition"), CONDITIONS.values(), ids=CONDITIONS.keys())
@pytest.mark.parametrize(
    "update", [Update(), Update({"n": 1}), Update(add={"n": 1}), Update({"a": "x"}, {"b": -1})]
)
def test_an_update_names_exactly_what_its_expressions_use(
    update: Update, seen: str | None, condition: dict[str, Any]
) -> None:
    """DynamoDB refuses a name or a value that no expression uses, and one that is missing."""
    fields = action(KEY, update, seen, "v2")["Update"]

    text = fields["UpdateExpression"] + " " + fields.get("ConditionExpression", "")
    words = text.replace(",", " ").replace("=", " ").replace(")", " ").replace("(", " ").split()
    assert {word for word in words if word[0] == "#"} == set(fields["ExpressionAttributeNames"])
    assert {word for word in words if word[0] == ":"} == set(fields["ExpressionAttributeValues"])
    assert fields.get("ConditionExpression") == condition.get("ConditionExpression")
    assert "_version" in fields["ExpressionAttributeNames"].values()


def test_a_float_is_refused() -> None:
    """Money in floats would be rounded; DynamoDB has none."""
    with pytest.raises(TypeError, match="not support float"):
        action(KEY, Put({"n": 0.1}), None, "v2")  # type: ignore[dict-item]  # the fault itself
