"""The stub's tables keep what DynamoDB would keep, refuse what it would, and count its units."""

from typing import Any

import pytest

from benchmarks.stub.tables import Refused, Tables, item_bytes

ROW = {"pk": {"S": "a"}, "sk": {"S": "1"}}
ABSENT = {"ConditionExpression": "attribute_not_exists(pk)"}


@pytest.fixture
def tables() -> Tables:
    """One empty table."""
    return Tables({"payments": ("pk", "sk")})


def call(tables: Tables, operation: str, **request: Any) -> dict[str, Any]:
    """One operation on the table."""
    return tables.operations[operation]({"TableName": "payments", **request})


def row(sk: str, **more: Any) -> dict[str, Any]:
    """An item of the partition `a`."""
    return {"pk": {"S": "a"}, "sk": {"S": sk}, **more}


def test_what_was_put_is_got(tables: Tables) -> None:
    """An item that is not there is no item, not an empty one."""
    call(tables, "PutItem", Item=row("1", amount={"N": "5"}))

    assert call(tables, "GetItem", Key=ROW) == {"Item": row("1", amount={"N": "5"})}
    assert call(tables, "GetItem", Key=row("2")) == {}


def test_a_put_whose_condition_fails_brings_the_item_that_is_there(tables: Tables) -> None:
    """So Powertools reads the record of a duplicate without another call."""
    call(tables, "PutItem", Item=row("1", amount={"N": "5"}))
    wish = {**ABSENT, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}

    with pytest.raises(Refused) as refused:
        call(tables, "PutItem", Item=row("1", amount={"N": "6"}), **wish)

    assert refused.value.code == "ConditionalCheckFailedException"
    assert refused.value.more["Item"] == row("1", amount={"N": "5"})


def test_a_transaction_happens_wholly_or_not_at_all(tables: Tables) -> None:
    """Each action has its reason; the others of a cancelled one say None."""
    call(tables, "PutItem", Item=row("1"))
    puts = [{"TableName": "payments", "Item": row(sk), **ABSENT} for sk in ("2", "1")]

    with pytest.raises(Refused) as refused:
        call(tables, "TransactWriteItems", TransactItems=[{"Put": put} for put in puts])

    reasons = [reason["Code"] for reason in refused.value.more["CancellationReasons"]]
    assert reasons == ["None", "ConditionalCheckFailed"]
    assert call(tables, "GetItem", Key=row("2")) == {}


def test_a_transaction_puts_updates_and_deletes(tables: Tables) -> None:
    """All kinds of actions in one."""
    call(tables, "PutItem", Item=row("1"))
    named = {"TableName": "payments"}
    update = {"UpdateExpression": "SET a = :a", "ExpressionAttributeValues": {":a": {"S": "b"}}}
    actions: list[dict[str, Any]] = [
        {"Delete": {**named, "Key": ROW}},
        {"Put": {**named, "Item": row("2")}},
        {"Update": {**named, "Key": row("3"), **update}},
        {"ConditionCheck": {**named, "Key": row("4"), **ABSENT}},
    ]

    call(tables, "TransactWriteItems", TransactItems=actions)

    assert list(tables.items["payments"].values()) == [row("2"), row("3", a={"S": "b"})]


def test_a_query_answers_in_the_order_of_the_sort_key(tables: Tables) -> None:
    """A sweep reads the oldest rows first, and not more than it asked for."""
    for sk in ("3", "1", "2", "4"):
        call(tables, "PutItem", Item=row(sk))
    condition = {
        "KeyConditionExpression": "pk = :pk AND sk < :before",
        "ExpressionAttributeValues": {":pk": {"S": "a"}, ":before": {"S": "4"}},
    }

    found = call(tables, "Query", **condition, Limit=2)

    assert found["Items"] == [row("1"), row("2")]
    assert found["Count"] == 2


def test_a_batch_deletes_and_puts(tables: Tables) -> None:
    """Deleting what is not there is no fault."""
    call(tables, "PutItem", Item=row("1"))
    writes: list[dict[str, Any]] = [
        {"DeleteRequest": {"Key": row("1")}},
        {"DeleteRequest": {"Key": row("9")}},
        {"PutRequest": {"Item": row("2")}},
    ]

    left = call(tables, "BatchWriteItem", RequestItems={"payments": writes})

    assert left == {"UnprocessedItems": {}}
    assert list(tables.items["payments"].values()) == [row("2")]


@pytest.mark.parametrize(
    ("operation", "request_", "units"),
    [
        ("PutItem", {"Item": row("1")}, 1),
        ("PutItem", {"Item": row("1", text={"S": "x" * 1_024})}, 2),
        ("DeleteItem", {"Key": ROW}, 1),
        (
            "TransactWriteItems",
            {"TransactItems": [{"Put": {"TableName": "payments", "Item": row("1")}}] * 2},
            4,
        ),
        (
            "BatchWriteItem",
            {"RequestItems": {"payments": [{"DeleteRequest": {"Key": row("1")}}] * 3}},
            3,
        ),
    ],
)
def test_writes_cost_units(
    tables: Tables, operation: str, request_: dict[str, Any], units: int
) -> None:
    """One for each begun KB of the larger image, two in a transaction."""
    call(tables, operation, **request_)

    assert tables.units["write"] == units


def test_reads_cost_units(tables: Tables) -> None:
    """Half a unit for 4 KB, a whole one if the read is consistent."""
    call(tables, "GetItem", Key=ROW)
    call(tables, "GetItem", Key=ROW, ConsistentRead=True)

    assert tables.units["half_read"] == 3


def test_an_item_counts_its_names_and_values() -> None:
    """As DynamoDB's guide says, to the byte for what the functions here store."""
    item: dict[str, Any] = {
        "name": {"S": "ü"},
        "n": {"N": "1234"},
        "m": {"M": {"k": {"BOOL": True}}},
    }

    assert item_bytes(item) == (4 + 2) + (1 + 4) + (1 + 3 + 1 + 1 + 1)
