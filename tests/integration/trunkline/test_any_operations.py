"""Whatever a handler does to an item, in whatever order, against a model and a real table."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.integration.trunkline.units import a_unit, commit, fresh, saved
from tests.settings import examples
from trunkline.items import Item
from trunkline.table import Table

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


@settings(max_examples=examples(20, 1_000))  # each runs against DynamoDB
@given(st.none() | attributes, st.lists(st.tuples(st.sampled_from(["x", "y"]), steps), max_size=8))
def test_any_sequence_of_operations_ends_as_it_reads(
    table: Table, before: Item | None, sequence: list[tuple[str, tuple[Any, ...]]]
) -> None:
    """Every read sees the writes before it, and the commit leaves what the last read would see."""
    pk = f"thing#{fresh()}"
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
