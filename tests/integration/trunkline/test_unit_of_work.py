"""What a handler reads and records, against a real table."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from tests.integration.trunkline.stage import Stage
from tests.integration.trunkline.units import a_unit, commit, saved
from trunkline.bounds import QUERY_ITEMS_MAX
from trunkline.table import ConditionsFailed, Table


@pytest.mark.parametrize("write", ["put", "update", "delete", "check"])
@pytest.mark.parametrize("how", ["changed", "removed", "made"])
def test_a_write_to_an_item_that_was_read_needs_it_unchanged(
    table: Table, pk: str, write: str, how: str
) -> None:
    """Whatever the write and whatever the others did."""
    if how != "made":
        saved(table, pk, x={"n": 1})
    unit = a_unit(table)
    unit.get(pk, "x")
    getattr(unit, write)(pk, "x", *([{"n": 2}] if write in {"put", "update"} else []))

    other = a_unit(table)
    if how == "removed":
        other.delete(pk, "x")
    else:
        other.put(pk, "x", {"n": 7})
    commit(table, other)

    with pytest.raises(ConditionsFailed):
        commit(table, unit)
    assert a_unit(table).get(pk, "x") == (None if how == "removed" else {"n": 7})


def test_an_item_that_somebody_else_wrote_is_guarded_too(
    table: Table, shared_stage: Stage, pk: str
) -> None:
    """It has no version: the first writer of ours gives it one, and the second notices."""
    shared_stage.put({"pk": {"S": pk}, "sk": {"S": "x"}, "n": {"N": "1"}})
    first, second = a_unit(table), a_unit(table)
    for unit in (first, second):
        item = unit.get(pk, "x")
        assert item == {"n": 1}
        unit.update(pk, "x", add={"n": 1})

    commit(table, first)

    with pytest.raises(ConditionsFailed):
        commit(table, second)
    assert a_unit(table).get(pk, "x") == {"n": 2}


@pytest.mark.parametrize("write", ["put", "update"])
def test_an_item_with_sets_is_read_and_written_back(
    table: Table, shared_stage: Stage, pk: str, write: str
) -> None:
    """Something else stored them: they come back as what they were."""
    sets = {"s": {"SS": ["b", "a"]}, "n": {"NS": ["1", "2.5"]}, "b": {"BS": [b"\x00\xff"]}}
    shared_stage.put({"pk": {"S": pk}, "sk": {"S": "x"}, **sets, "raw": {"B": b"\xff"}})
    read = a_unit(table)
    item = read.get(pk, "x")
    assert item is not None

    getattr(read, write)(pk, "x", {**item, "more": {"c"}})
    commit(table, read)

    again = a_unit(table).get(pk, "x")
    assert again == {
        "s": {"a", "b"},
        "n": {1, Decimal("2.5")},
        "b": {b"\x00\xff"},
        "raw": b"\xff",
        "more": {"c"},
    }


def test_a_set_in_the_handler_s_hands_is_its_own(table: Table, pk: str) -> None:
    """What it does to it later is not part of what it wrote, nor of what it reads again."""
    saved(table, pk, x={"tags": {"a"}})
    unit = a_unit(table)
    tags = {"b"}
    unit.put(pk, "y", {"tags": tags})

    tags.add("c")
    item: Any = unit.get(pk, "x")
    item["tags"].add("c")

    assert (unit.get(pk, "x"), unit.get(pk, "y")) == ({"tags": {"a"}}, {"tags": {"b"}})


def test_a_write_without_a_read_is_unconditional(table: Table, pk: str) -> None:
    """Counters are added to without a conflict."""
    first, second = a_unit(table), a_unit(table)
    first.update(pk, "x", add={"n": 1})
    second.update(pk, "x", add={"n": 1})

    commit(table, first)
    commit(table, second)

    assert a_unit(table).get(pk, "x") == {"n": 2}


def test_reads_are_repeatable(table: Table, pk: str) -> None:
    """What was seen first stands for the whole run; the commit judges it."""
    saved(table, pk, x={"n": 1})
    unit = a_unit(table)
    first = unit.get(pk, "x")
    saved(table, pk, x={"n": 2}, y={"n": 3})

    assert unit.get(pk, "x") == first
    assert unit.query(pk) == {"x": first, "y": {"n": 3}}


def test_queries_are_repeatable(table: Table, pk: str) -> None:
    """An item that somebody removes meanwhile stays for the whole run."""
    saved(table, pk, x={"n": 1}, y={"n": 2})
    unit = a_unit(table)
    first = unit.query(pk)
    gone = a_unit(table)
    gone.delete(pk, "y")
    commit(table, gone)

    assert unit.query(pk) == first


def test_what_is_read_is_the_handlers_own(table: Table, pk: str) -> None:
    """Changing a list that was read changes nothing that is read later."""
    saved(table, pk, x={"steps": ["a"]})
    unit = a_unit(table)
    item: Any = unit.get(pk, "x")

    item["steps"].append("b")

    assert unit.get(pk, "x") == {"steps": ["a"]}


@pytest.mark.parametrize("write", ["put", "update"])
def test_what_is_written_is_as_it_was_then(table: Table, pk: str, write: str) -> None:
    """A list that grows after the write is not written longer."""
    steps_ = ["a"]
    unit = a_unit(table)
    getattr(unit, write)(pk, "x", {"steps": steps_})

    steps_.append("b")
    seen: Any = unit.get(pk, "x")
    seen["steps"].append("c")
    commit(table, unit)

    assert a_unit(table).get(pk, "x") == {"steps": ["a"]}


def test_a_query_sees_the_units_own_writes_in_order(table: Table, pk: str) -> None:
    """Added, changed and removed items are as the unit wrote them, by sort key."""
    saved(table, pk, a1={"n": 1}, a2={"n": 2}, a3={"n": 3}, b1={"n": 9})
    unit = a_unit(table)
    unit.update(pk, "a1", add={"n": 10})
    unit.delete(pk, "a2")
    unit.put(pk, "a0", {"n": 0})

    found = unit.query(pk, "a")

    assert list(found.items()) == [("a0", {"n": 0}), ("a1", {"n": 11}), ("a3", {"n": 3})]


def test_an_item_that_was_queried_counts_as_read(table: Table, pk: str) -> None:
    """Writing it needs it unchanged."""
    saved(table, pk, x={"n": 1})
    unit = a_unit(table)
    unit.query(pk)
    unit.put(pk, "x", {"n": 2})
    saved(table, pk, x={"n": 7})

    with pytest.raises(ConditionsFailed):
        commit(table, unit)


def test_a_query_without_a_bound_is_refused(table: Table, pk: str, shared_stage: Stage) -> None:
    """A partition that grew needs a narrower question, not a function that runs out of memory."""
    for batch in _batches(QUERY_ITEMS_MAX + 1):
        requests = [
            {"PutRequest": {"Item": {"pk": {"S": pk}, "sk": {"S": f"{n:05d}"}}}} for n in batch
        ]
        shared_stage.clients.dynamodb.batch_write_item(RequestItems={shared_stage.name: requests})

    with pytest.raises(ValueError, match="query a narrower sk_prefix"):
        a_unit(table).query(pk)
    assert len(a_unit(table).query(pk, "000")) == 100


def _batches(count: int) -> Iterator[range]:
    for start in range(0, count, 25):
        yield range(start, min(start + 25, count))
