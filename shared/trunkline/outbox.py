"""The rows in which events wait between their commit and the bus."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from zlib import crc32

from trunkline.bounds import OUTBOX_PARTITIONS
from trunkline.envelope import Envelope, object_of
from trunkline.items import Item, Key, Value

_PREFIX = "trunkline#outbox#"


@dataclass(frozen=True)
class OutboxRow:
    """One committed event that the bus has not confirmed yet.

    Rows have no time to live: what is there was not sent. They are spread over the partitions by
    event id and ordered by the time of the commit, so that the sweep is a query.
    """

    envelope: Envelope
    detail: str
    key: Key

    @classmethod
    def of(cls, envelope: Envelope, committed_at: datetime) -> Self:
        """The row of a new event."""
        event_id = envelope.metadata.event_id
        partition = crc32(event_id.encode()) % OUTBOX_PARTITIONS
        key = f"{_PREFIX}{partition}", f"{sort_key_of(committed_at)}#{event_id}"
        return cls(envelope, envelope.detail(), key)

    @classmethod
    def from_item(cls, item: Mapping[str, Value]) -> Self:
        """The row that was read; raises InvalidEventError when the item is no row."""
        detail = str(item.get("detail", ""))
        envelope = Envelope.parse(
            {
                "source": item.get("source"),
                "detail-type": item.get("detail_type"),
                "detail": object_of(detail),
            }
        )
        # The key as it is, not as it would be made now: a row lies where it was written.
        return cls(envelope, detail, (str(item["pk"]), str(item["sk"])))

    def item(self) -> Item:
        """The row's attributes without its key."""
        return {
            "source": self.envelope.source,
            "detail_type": self.envelope.detail_type,
            "detail": self.detail,
        }

    @property
    def size_bytes(self) -> int:
        """What the event counts in a PutEvents call (EventBridge guide, entry size)."""
        counted = (self.envelope.source, self.envelope.detail_type, self.detail)
        return sum(len(text.encode()) for text in counted)


def partitions() -> Iterator[str]:
    """The partition keys that rows lie in."""
    return (f"{_PREFIX}{index}" for index in range(OUTBOX_PARTITIONS))


def sort_key_of(moment: datetime) -> str:
    """The moment as the first part of a row's sort key: sorts as text as it does in time."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
