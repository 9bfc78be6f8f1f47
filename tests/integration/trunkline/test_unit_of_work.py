"""What a handler reads and records, against a real table."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.integration.trunkline.stage import Clients, Stage, make_stage
from trunkline.bounds import QUERY_ITEMS_MAX
from trunkline.effects import Effects
from trunkline.items import Item
from trunkline.table import ConditionsFailed, Table
from trunkline.unit_of_work import Identity, UnitOfWork

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def module_stage(clients: Clients) -> Stage:
    """One table for all tests of this module: they use keys of their own."""
    return make_stage(clients)


@pytest.fixture
def table(module_stage: Stage) -> Table:
    """The runtime's view of it."""
    effects = Effects.seeded(1, NOON)
    return Table(module_stage.name, module_stage.clients.dynamodb, effects)


@pytest.fixture
def pk() -> str:
    """A partition that no other test uses."""
    return f"thing#{uuid.uuid4()}"


def a_unit(table: Table) -> UnitOfWork:
    """A unit of work of a request."""
    return UnitOfWork(table, Identity("things", "h", "c"), NOON, event=None)


def commit(table: Table, unit: UnitOfWork) -> None:
    """Its writes become true, or ConditionsFailed is raised."""
    actions = unit.actions(version=str(uuid.uuid4()))
    if actions:
        table.transact(actions)


def saved(table: Table, pk: str, **items: dict[str, Any]) -> None:
    """Items as an earlier commit left them."""
    unit = a_unit(table)
    for sk, attributes in items.items():
        unit.put(pk, sk, attributes)
    commit(table, unit)


numbers = st.dictionaries(st.sampled_from(["a", "b"]), st.integers(-9, 9))
texts = st.dictionaries(st.sampled_from(["t", "size"]), st.text(max_size=3) | st.none())
attributes = st.builds(lambda counted, said: {**counted, **said}, numbers, texts)
steps = st.one_of(
    st.tuples(st.just("get")),
    st.tuples(st.just("check")),
    st.tuples(st.just("delete")),
    st.tuples(st.just("put"), attributes),
    st.tuples(st.just("update"), attributes, numbers),
)


def done_to(item: Item | None, step: tuple[Any, ...]) -> Item | None:
    """The model: what the step makes of the item."""
    if step[0] == "put":
        return dict(step[1])
    if step[0] == "delete":
        return None
    if step[0] == "update":
        result: dict[str, Any] = {**(item or {}), **step[1]}
        return result | {name: result.get(name, 0) + n for name, n in step[2].items()}
    return item


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.none() | attributes, st.lists(st.tuples(st.sampled_from(["x", "y"]), steps), max_size=8))
def test_any_sequence_of_operations_ends_as_it_reads(
    table: Table, before: Item | None, sequence: list[tuple[str, tuple[Any, ...]]]
) -> None:
    """Every read sees the writes before it, and the commit leaves what the last read would see."""
    pk = f"thing#{uuid.uuid4()}"
    model: dict[str, Item | None] = {"x": before, "y": None}
    if before is not None:
        saved(table, pk, x=before)
    unit = a_unit(table)

    for sk, (name, *arguments) in sequence:
        model[sk] = done_to(model[sk], (name, *arguments))
        answer = getattr(unit, name)(pk, sk, *arguments)
        assert name != "get" or answer == model[sk]
    commit(table, unit)

    after = a_unit(table)
    assert {sk: after.get(pk, sk) for sk in model} == model


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
    table: Table, module_stage: Stage, pk: str
) -> None:
    """It has no version: the first writer of ours gives it one, and the second notices."""
    module_stage.put({"pk": {"S": pk}, "sk": {"S": "x"}, "n": {"N": "1"}})
    first, second = a_unit(table), a_unit(table)
    for unit in (first, second):
        item = unit.get(pk, "x")
        assert item == {"n": 1}
        unit.update(pk, "x", add={"n": 1})

    commit(table, first)

    with pytest.raises(ConditionsFailed):
        commit(table, second)
    assert a_unit(table).get(pk, "x") == {"n": 2}


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


def test_a_query_without_a_bound_is_refused(table: Table, pk: str, module_stage: Stage) -> None:
    """A partition that grew needs a narrower question, not a function that runs out of memory."""
    for batch in _batches(QUERY_ITEMS_MAX + 1):
        requests = [
            {"PutRequest": {"Item": {"pk": {"S": pk}, "sk": {"S": f"{n:05d}"}}}} for n in batch
        ]
        module_stage.clients.dynamodb.batch_write_item(RequestItems={module_stage.name: requests})

    with pytest.raises(ValueError, match="query a narrower sk_prefix"):
        a_unit(table).query(pk)
    assert len(a_unit(table).query(pk, "000")) == 100


FORBIDDEN: dict[str, tuple[str, tuple[Any, ...]]] = {
    "the runtime's partition": ("get", ("trunkline#outbox#0", "x")),
    "writing there": ("put", ("trunkline#inbox#h#e", "mark", {})),
    "querying there": ("query", ("trunkline#outbox#0",)),
    "an empty partition key": ("get", ("", "x")),
    "an empty sort key": ("delete", ("thing#1", "")),
    "the key as attribute": ("put", ("thing#1", "x", {"pk": "other"})),
    "the version as attribute": ("update", ("thing#1", "x", {"_version": "1"})),
    "adding to the version": ("update", ("thing#1", "x", None, {"_version": 1})),
}


@pytest.mark.parametrize(("name", "arguments"), FORBIDDEN.values(), ids=FORBIDDEN.keys())
def test_what_belongs_to_the_runtime_is_refused(
    table: Table, name: str, arguments: tuple[Any, ...]
) -> None:
    """A handler cannot take away marks and events, nor undo the check for changes."""
    with pytest.raises(ValueError, match=r"runtime's|neither empty"):
        getattr(a_unit(table), name)(*arguments)


def test_a_request_has_no_event(table: Table) -> None:
    """Asking for it is a fault of the handler."""
    with pytest.raises(LookupError, match="serves a request"):
        _ = a_unit(table).event


def test_ids_are_the_same_when_the_work_runs_again(table: Table) -> None:
    """In the order in which they are asked for."""
    first, second = a_unit(table), a_unit(table)

    assert [first.new_id() for _ in range(3)] == [second.new_id() for _ in range(3)]
    assert first.new_id() != first.new_id()


def _batches(count: int) -> Iterator[range]:
    for start in range(0, count, 25):
        yield range(start, min(start + 25, count))
