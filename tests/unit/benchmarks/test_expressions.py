"""The stub judges conditions and updates as DynamoDB does, and refuses what it does not know."""

from typing import Any

import pytest

from benchmarks.stub.expressions import ExpressionError, holds, updated

ITEM = {
    "pk": {"S": "payment#1"},
    "status": {"S": "INPROGRESS"},
    "expiry": {"N": "100"},
    "count": {"N": "9"},
}

IDEMPOTENCY = (
    "attribute_not_exists(#id) OR #expiry < :now OR "
    "(#status = :inprogress AND attribute_exists(#until) AND #until < :now_ms)"
)
"""What Powertools asks before it takes an event."""


def request(**values: Any) -> dict[str, Any]:
    """The names and values that stand beside an expression."""
    names = {"id": "pk", "expiry": "expiry", "status": "status", "until": "until", "n": "count"}
    return {
        "ExpressionAttributeNames": {f"#{short}": name for short, name in names.items()},
        "ExpressionAttributeValues": {f":{name}": value for name, value in values.items()},
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", True),
        ("attribute_exists(pk)", True),
        ("attribute_not_exists(pk)", False),
        ("attribute_not_exists(nothing)", True),
        ("#expiry = :hundred", True),
        ("#expiry <> :hundred", False),
        ("#n < :hundred", True),  # as numbers: as text 9 would come after 100
        ("#n >= :hundred", False),
        ("#expiry = :text", False),  # another type is never equal
        ("nothing < :hundred", False),
        ("begins_with(pk, :prefix)", True),
        ("begins_with(#status, :prefix)", False),
        ("NOT attribute_exists(nothing)", True),
        ("attribute_exists(nothing) AND attribute_exists(pk) OR #n < :hundred", True),
        ("attribute_exists(nothing) AND (attribute_exists(pk) OR #n < :hundred)", False),
    ],
)
def test_a_condition_holds_as_in_dynamodb(text: str, *, expected: bool) -> None:
    """Comparison by type, AND before OR, parentheses, and what is missing."""
    values = {"hundred": {"N": "100"}, "text": {"S": "100"}, "prefix": {"S": "payment#"}}

    assert holds(text, request(**values), ITEM) is expected


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ({}, True),
        (ITEM, False),
        ({**ITEM, "expiry": {"N": "40"}}, True),
        ({**ITEM, "until": {"N": "49000"}}, True),
        ({**ITEM, "until": {"N": "51000"}}, False),
        ({**ITEM, "status": {"S": "COMPLETED"}, "until": {"N": "49000"}}, False),
    ],
)
def test_the_condition_of_powertools_is_understood(item: Any, *, expected: bool) -> None:
    """An event is taken when nobody has it, its record expired, or its holder ran out of time."""
    values = request(now={"N": "50"}, now_ms={"N": "50000"}, inprogress={"S": "INPROGRESS"})

    assert holds(IDEMPOTENCY, values, item) is expected


def test_an_update_sets_adds_and_removes() -> None:
    """Clauses in one expression; ADD begins at zero."""
    text = "SET #status = :done, said = :done ADD #n :one, fresh :one REMOVE expiry"

    item = updated(text, request(done={"S": "COMPLETED"}, one={"N": "1"}), ITEM)

    assert item == {
        "pk": {"S": "payment#1"},
        "status": {"S": "COMPLETED"},
        "said": {"S": "COMPLETED"},
        "count": {"N": "10"},
        "fresh": {"N": "1"},
    }


@pytest.mark.parametrize(
    "text",
    ["pk", "pk =", "= :one", "pk = :one AND", "(pk = :one", "pk = :one)", "pk + :one", "size(pk)"],
)
def test_what_is_not_understood_is_refused(text: str) -> None:
    """A condition that the stub guessed would let a wrong function look right."""
    with pytest.raises(ExpressionError):
        holds(text, request(one={"N": "1"}), ITEM)


@pytest.mark.parametrize(
    "text", ["", "pk = :one", "SET pk", "SET a = b", "DELETE a :one", "SET a = :one + :one"]
)
def test_an_update_that_is_not_understood_is_refused(text: str) -> None:
    """Only values are set, only numbers are added."""
    with pytest.raises(ExpressionError):
        updated(text, request(one={"N": "1"}), ITEM)
