"""The rows in which committed events wait."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.trunkline.events import NOON, a_row, an_envelope
from trunkline.bounds import OUTBOX_PARTITIONS
from trunkline.errors import InvalidEventError
from trunkline.items import Item
from trunkline.outbox import OutboxRow, partitions, sort_key_of

moments = st.datetimes(datetime(2000, 1, 1), datetime(2200, 1, 1)).map(  # noqa: DTZ001  # made UTC
    lambda moment: moment.replace(tzinfo=UTC)
)


@settings(max_examples=60, deadline=None)
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
