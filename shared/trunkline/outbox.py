"""The rows in which events wait between their commit and the bus."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from zlib import crc32

from trunkline.bounds import OUTBOX_PARTITIONS
from trunkline.envelope import Envelope
from trunkline.items import Item, Key, Value

_PREFIX = "trunkline#outbox#"


@dataclass(frozen=True)
class OutboxRow:
    """One committed event that the bus has not confirmed yet.

    Rows have no time to live: what is there was not sent. Their partitions are ordered by the time
    of the commit, so that the sweep is a query.
    """

    envelope: Envelope
    detail: str
    committed_at: str

    @classmethod
    def of(cls, envelope: Envelope, committed_at: datetime) -> Self:
        """The row of a new event."""
        return cls(envelope, envelope.detail(), sort_key_of(committed_at))

    @classmethod
    def from_item(cls, item: Mapping[str, Value]) -> Self:
        """The row that was read; raises InvalidEventError when the item is no row."""
        detail = str(item.get("detail", ""))
        envelope = Envelope.parse(
            {
                "source": item.get("source"),
                "detail-type": item.get("detail_type"),
                "detail": json.loads(detail),
            }
        )
        return cls(envelope, detail, str(item["sk"]).split("#", 1)[0])

    @property
    def key(self) -> Key:
        """Where the row lies: spread by event id, ordered by time."""
        event_id = self.envelope.metadata.event_id
        partition = crc32(event_id.encode()) % OUTBOX_PARTITIONS
        return f"{_PREFIX}{partition}", f"{self.committed_at}#{event_id}"

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
        address = len(self.envelope.source) + len(self.envelope.detail_type)
        return address + len(self.detail.encode())


def partitions() -> Iterator[str]:
    """The partition keys that rows lie in."""
    return (f"{_PREFIX}{index}" for index in range(OUTBOX_PARTITIONS))


def sort_key_of(moment: datetime) -> str:
    """The moment as the first part of a row's sort key: sorts as text as it does in time."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
