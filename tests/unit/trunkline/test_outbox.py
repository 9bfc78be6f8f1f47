"""The rows in which committed events wait."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.trunkline.events import NOON, a_row, an_envelope
from trunkline.bounds import OUTBOX_PARTITIONS
from trunkline.errors import InvalidEventError
from trunkline.items import Item, Key
from trunkline.outbox import OutboxRow, moment_of, partitions, row_key, sort_key_of

moments = st.datetimes(datetime(2000, 1, 1), datetime(2200, 1, 1)).map(  # noqa: DTZ001  # made UTC
    lambda moment: moment.replace(tzinfo=UTC)
)


@given(moments, moments)
def test_sort_keys_sort_as_their_moments(one: datetime, other: datetime) -> None:
    """The sweep finds rows by age with a comparison of texts."""
    assert (sort_key_of(one) < sort_key_of(other)) == (one < other)


@pytest.mark.parametrize("microseconds", [1, 10, 999_999])
def test_whole_and_broken_seconds_sort_together(microseconds: int) -> None:
    """A moment without a fraction is written with one, or it would sort after those that have."""
    assert sort_key_of(NOON) < sort_key_of(NOON + timedelta(microseconds=microseconds))


def test_a_row_older_than_the_cutoff_sorts_before_it() -> None:
    """The event id behind the moment does not move a row past a later cutoff."""
    row = OutboxRow.of(an_envelope("zzzz"), NOON)

    assert row.key[1] < sort_key_of(NOON + timedelta(microseconds=1))
    assert row.key[1] > sort_key_of(NOON)


def test_rows_lie_in_every_partition() -> None:
    """They are spread, so that one partition's throughput is not the producer's."""
    used = {a_row(f"event-{index}").key[0] for index in range(100)}

    assert used == set(partitions())
    assert len(used) == OUTBOX_PARTITIONS


@pytest.mark.parametrize("text", ["plain", "東京 🚚", 'quote " and \\', "", "\u2028"])
def test_a_row_that_is_read_is_the_row_that_was_written(text: str) -> None:
    """The event is sent byte for byte as it was committed, with the id it had."""
    row = a_row(data={"text": text})

    assert OutboxRow.from_item(_stored(row)) == row


ORDERED = {
    "the first of its subject": None,
    "one that follows": ("trunkline#outbox#3", "2026-11-02T11:59:59.000000Z#before"),
}


@pytest.mark.parametrize("after", ORDERED.values(), ids=ORDERED.keys())
def test_an_ordered_row_that_is_read_knows_what_is_before_it(after: Key | None) -> None:
    """Whoever sends it asks for that row first."""
    row = OutboxRow.of(an_envelope(), NOON, ordered=True, after=after)

    read = OutboxRow.from_item(_stored(row))

    assert read == row
    assert (read.ordered, read.after) == (True, after)


def test_the_ordered_rows_of_a_subject_lie_together_in_their_order() -> None:
    """One query finds them, whatever their events are called."""
    rows = [
        OutboxRow.of(an_envelope(name), NOON + timedelta(microseconds=at), ordered=True)
        for at, name in enumerate(["z", "a", "m"])
    ]

    assert len({row.key[0] for row in rows}) == 1
    assert sorted(rows, key=lambda row: row.key[1]) == rows


@pytest.mark.parametrize("after", ["x", ["x"], ["x", 1], [1, "x"], ["x", "y", "z"], {}, None, 7])
def test_a_row_that_names_nothing_before_it_is_after_nothing(after: Any) -> None:
    """Half a key is none: it must not keep the event from the bus."""
    item = {**_stored(a_row()), "ordered": True, "after": after}

    assert OutboxRow.from_item(item).after is None


@given(moments)
def test_the_moment_of_a_commit_is_read_off_the_sort_key(moment: datetime) -> None:
    """The alarm on the oldest row needs no event to be read."""
    assert moment_of(row_key("t-1", moment, "event#1")[1]) == moment


@pytest.mark.parametrize("sort_key", ["", "#", "now#e", "2026-11-02", "2026-11-02T12:00:00#e"])
def test_a_sort_key_that_begins_with_no_moment_has_none(sort_key: str) -> None:
    """A row that somebody else wrote is no reason to fail."""
    assert moment_of(sort_key) is None


def test_a_row_is_deleted_where_it_lies() -> None:
    """Its key is the stored one: had it been written with other partitions, it could still go."""
    item = {**_stored(a_row()), "pk": "trunkline#outbox#17"}

    assert OutboxRow.from_item(item).key[0] == "trunkline#outbox#17"


BROKEN: dict[str, dict[str, Any]] = {
    "no detail": {"detail": None},
    "detail that is no JSON": {"detail": "{"},
    "detail that is no object": {"detail": "[]"},
    "binary detail": {"detail": b"{}"},
    "detail without metadata": {"detail": '{"data":{}}'},
    "hostile nesting": {"detail": "[" * 200_000},
    "half a surrogate pair": {"detail": '{"data":{"a":"\\ud800"}}'},
    "no source": {"source": None},
    "an empty source": {"source": ""},
    "a number as detail-type": {"detail_type": 1},
}


@pytest.mark.parametrize("change", BROKEN.values(), ids=BROKEN.keys())
def test_an_item_that_is_no_row_is_refused(change: dict[str, Any]) -> None:
    """One kind of error for all of them, so that the sweep can pass over the one and go on."""
    with pytest.raises(InvalidEventError):
        OutboxRow.from_item(_stored(a_row()) | change)


def _stored(row: OutboxRow) -> Item:
    return {**row.item(), "pk": row.key[0], "sk": row.key[1], "_version": "v1"}
