"""How waiting events are cut into PutEvents calls."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.trunkline.events import a_row
from trunkline.bounds import PUT_EVENTS_BYTES_MAX, PUT_EVENTS_ENTRIES_MAX
from trunkline.bus import batches
from trunkline.outbox import OutboxRow

SIZED = {size: a_row(data={"text": "x" * size}) for size in (0, 1_000, 99_000, 150_000, 299_000)}

row_lists = st.lists(st.sampled_from(sorted(SIZED)).map(SIZED.__getitem__), max_size=35)


@given(row_lists)
def test_no_batch_is_over_a_limit_and_nothing_is_lost(rows: list[OutboxRow]) -> None:
    """Batches joined are the rows in order; each holds at most 10 entries and 1 MB."""
    cut = list(batches(rows))

    assert [row for batch in cut for row in batch] == rows
    assert all(1 <= len(batch) <= PUT_EVENTS_ENTRIES_MAX for batch in cut)
    assert all(sum(row.size_bytes for row in batch) <= PUT_EVENTS_BYTES_MAX for batch in cut)


@given(row_lists)
def test_batches_are_as_full_as_they_can_be(rows: list[OutboxRow]) -> None:
    """A call is closed only by the next event's not fitting in."""
    cut = list(batches(rows))

    for batch, following in pairwise(cut):
        size_bytes = sum(row.size_bytes for row in [*batch, following[0]])
        assert len(batch) == PUT_EVENTS_ENTRIES_MAX or size_bytes > PUT_EVENTS_BYTES_MAX


def test_rows_are_taken_one_batch_at_a_time() -> None:
    """The sweep holds one batch in memory, not all rows of a partition."""
    untaken = iter(range(100))

    next(batches(a_row(str(index)) for index in untaken))

    assert len(list(untaken)) == 100 - PUT_EVENTS_ENTRIES_MAX - 1


@pytest.mark.parametrize(
    ("text", "size"), [("a" * 6, 6), ("äöü", 6), ("東京", 6), ("🚚🚚", 8), ("\n", 2), ('"', 2)]
)
def test_an_entry_counts_in_bytes_of_utf8(text: str, size: int) -> None:
    """EventBridge counts the bytes that are sent; by characters a batch could be over its limit."""
    assert a_row(data={"t": text}).size_bytes - a_row(data={"t": ""}).size_bytes == size
