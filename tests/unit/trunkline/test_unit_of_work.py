"""What a unit of work records, where no table is asked."""

from typing import Any

import pytest

from tests.unit.service_templates.stack import SERVICES, stack
from tests.unit.trunkline.events import NOON
from trunkline.effects import Effects
from trunkline.table import Table
from trunkline.unit_of_work import Identity, UnitOfWork

FORBIDDEN: dict[str, tuple[str, tuple[Any, ...]]] = {
    "the runtime's partition": ("get", ("trunkline#outbox#0", "x")),
    "writing there": ("put", ("trunkline#inbox#h#e", "mark", {})),
    "querying there": ("query", ("trunkline#outbox#0",)),
    "an empty partition key": ("get", ("", "x")),
    "an empty sort key": ("delete", ("thing#1", "")),
    "the key as attribute": ("put", ("thing#1", "x", {"pk": "other"})),
    "the version as attribute": ("update", ("thing#1", "x", {"_version": "1"})),
    "adding to the version": ("update", ("thing#1", "x", None, {"_version": 1})),
    "putting the time to live": ("put", ("thing#1", "x", {"_trunkline_expires_at": 1})),
    "setting the time to live": ("update", ("thing#1", "x", {"_trunkline_expires_at": 1})),
    "adding to the time to live": ("update", ("thing#1", "x", None, {"_trunkline_expires_at": 1})),
}


@pytest.fixture
def unit() -> UnitOfWork:
    """A unit of work of a request; asking its table would fail."""
    table = Table("nowhere", None, Effects.seeded(1, NOON))
    return UnitOfWork(table, Identity("things", "do-thing", "request-1"), NOON, event=None)


@pytest.mark.parametrize(("name", "arguments"), FORBIDDEN.values(), ids=FORBIDDEN.keys())
def test_what_belongs_to_the_runtime_is_refused(
    unit: UnitOfWork, name: str, arguments: tuple[Any, ...]
) -> None:
    """A handler cannot take away marks and events, nor undo the check for changes."""
    with pytest.raises(ValueError, match=r"reserved|non-empty"):
        getattr(unit, name)(*arguments)


@pytest.mark.parametrize("service", SERVICES)
def test_an_attribute_by_which_a_table_deletes_items_is_refused(
    unit: UnitOfWork, service: str
) -> None:
    """A business item with the time to live attribute of its table would be deleted silently."""
    tables = stack(service).of("AWS::DynamoDB::Table").values()
    names = {table["TimeToLiveSpecification"]["AttributeName"] for table in tables}

    assert names
    for name in names:
        with pytest.raises(ValueError, match=name):
            unit.put("thing#1", "x", {name: 1})


def test_an_attribute_that_is_set_and_added_to_is_named_once(unit: UnitOfWork) -> None:
    """DynamoDB refuses an expression in which two clauses speak of one attribute."""
    unit.update("thing#1", "x", set_to={"n": 1}, add={"n": 2})

    (action,) = unit.actions("v1")
    named = list(action["Update"]["ExpressionAttributeNames"].values())
    assert sorted(named) == ["_version", "n"]
    assert {"N": "3"} in action["Update"]["ExpressionAttributeValues"].values()


def test_several_operations_on_one_item_are_one_action(unit: UnitOfWork) -> None:
    """A transaction must not name an item twice."""
    unit.put("thing#1", "x", {"n": 1})
    unit.update("thing#1", "x", add={"n": 1})
    unit.delete("thing#1", "x")
    unit.update("thing#1", "x", set_to={"m": 1})
    unit.delete("thing#1", "y")

    assert [next(iter(action)) for action in unit.actions("v1")] == ["Put", "Delete"]


def test_a_unit_without_writes_has_no_actions(unit: UnitOfWork) -> None:
    """Then nothing is committed but the mark."""
    assert unit.actions("v1") == []


def test_a_request_has_no_event(unit: UnitOfWork) -> None:
    """Asking for it is a fault of the handler."""
    with pytest.raises(LookupError, match="belongs to a request"):
        _ = unit.event


def test_ids_are_the_same_when_the_work_runs_again() -> None:
    """In the order in which they are asked for."""
    table = Table("nowhere", None, Effects.seeded(1, NOON))
    identity = Identity("things", "do-thing", "request-1")
    first, second = (UnitOfWork(table, identity, NOON, event=None) for _ in range(2))

    assert [first.new_id() for _ in range(3)] == [second.new_id() for _ in range(3)]
    assert first.new_id() != first.new_id()
