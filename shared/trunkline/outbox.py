"""Outbox rows: events between their commit and their publication."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Self
from zlib import crc32

from trunkline.bounds import OUTBOX_PARTITIONS
from trunkline.envelope import Envelope, object_of
from trunkline.items import Item, Key, Value

_PREFIX = "trunkline#outbox#"


@dataclass(frozen=True)
class OutboxRow:
    """A committed event that the bus has not confirmed yet.

    Rows have no TTL: a row that exists was not sent. Rows are distributed over the partitions by
    event id and ordered by commit time, so that the sweep is a query.

    For an `ordered` handler, `after` is the key of the subject's previous row: this row may be sent
    once that row is gone.
    """

    envelope: Envelope
    detail: str
    key: Key
    ordered: bool = False
    after: Key | None = None

    @classmethod
    def of(
        cls,
        envelope: Envelope,
        committed_at: datetime,
        *,
        ordered: bool = False,
        after: Key | None = None,
    ) -> Self:
        """Returns the row of a new event.

        The `ordered` rows of one subject are in one partition, in the order of their commits.
        """
        metadata = envelope.metadata
        spread_by = metadata.subject if ordered else metadata.event_id
        key = row_key(spread_by, committed_at, metadata.event_id)
        return cls(envelope, envelope.detail(), key, ordered, after)

    @classmethod
    def from_item(cls, item: Mapping[str, Value]) -> Self:
        """Returns the row of an item; raises InvalidEventError if the item is not a row."""
        detail = str(item.get("detail", ""))
        envelope = Envelope.parse(
            {
                "source": item.get("source"),
                "detail-type": item.get("detail_type"),
                "detail": object_of(detail),
            }
        )
        # The stored key, not a computed one: another version may have written the row.
        key = str(item["pk"]), str(item["sk"])
        return cls(envelope, detail, key, item.get("ordered") is True, key_in(item.get("after")))

    def item(self) -> Item:
        """Returns the row's attributes without its key."""
        item: Item = {
            "source": self.envelope.source,
            "detail_type": self.envelope.detail_type,
            "detail": self.detail,
        }
        if self.ordered:
            item["ordered"] = True
        if self.after:
            item["after"] = list(self.after)
        return item

    @cached_property
    def size_bytes(self) -> int:
        """Size of the event in a PutEvents call (EventBridge guide, entry size)."""
        counted = (self.envelope.source, self.envelope.detail_type, self.detail)
        return sum(len(text.encode()) for text in counted)

    @property
    def subject(self) -> str:
        """The id of the aggregate that the event describes."""
        return self.envelope.metadata.subject


def partitions() -> Iterator[str]:
    """Yields the partition keys of the outbox."""
    return (f"{_PREFIX}{index}" for index in range(OUTBOX_PARTITIONS))


def row_key(spread_by: str, committed_at: datetime, event_id: str) -> Key:
    """Returns the key of a row whose partition is chosen by `spread_by`."""
    partition = crc32(spread_by.encode()) % OUTBOX_PARTITIONS
    return f"{_PREFIX}{partition}", f"{sort_key_of(committed_at)}#{event_id}"


def sort_key_of(moment: datetime) -> str:
    """Returns the time as prefix of a row's sort key, in a format that sorts by time."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def moment_of(sort_key: str) -> datetime | None:
    """Returns the time in a row's sort key; None if the key has no valid time."""
    try:
        moment = datetime.fromisoformat(sort_key.partition("#")[0])
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def key_in(value: Value) -> Key | None:
    """Returns the key in an attribute; None if the value is not a key."""
    match value:
        case [str(pk), str(sk)]:
            return pk, sk
        case _:
            return None
