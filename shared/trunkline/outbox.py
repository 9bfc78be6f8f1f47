"""The rows in which events wait between their commit and the bus."""

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
    """One committed event that the bus has not confirmed yet.

    Rows have no time to live: what is there was not sent. They are spread over the partitions by
    event id and ordered by the time of the commit, so that the sweep is a query.

    Where the order within a subject is kept (`ordered`), `after` is the key of the subject's row
    before this one: this one may be sent once that one is gone.
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
        """The row of a new event.

        The `ordered` rows of one subject lie in one partition, in the order of their commits.
        """
        metadata = envelope.metadata
        spread_by = metadata.subject if ordered else metadata.event_id
        key = row_key(spread_by, committed_at, metadata.event_id)
        return cls(envelope, envelope.detail(), key, ordered, after)

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
        # The keys as they are, not as they would be made now: a row lies where it was written.
        key = str(item["pk"]), str(item["sk"])
        return cls(envelope, detail, key, item.get("ordered") is True, key_in(item.get("after")))

    def item(self) -> Item:
        """The row's attributes without its key."""
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
        """What the event counts in a PutEvents call (EventBridge guide, entry size)."""
        counted = (self.envelope.source, self.envelope.detail_type, self.detail)
        return sum(len(text.encode()) for text in counted)

    @property
    def subject(self) -> str:
        """The aggregate that the event speaks of."""
        return self.envelope.metadata.subject


def partitions() -> Iterator[str]:
    """The partition keys that rows lie in."""
    return (f"{_PREFIX}{index}" for index in range(OUTBOX_PARTITIONS))


def row_key(spread_by: str, committed_at: datetime, event_id: str) -> Key:
    """The key of a row that is spread over the partitions by that text."""
    partition = crc32(spread_by.encode()) % OUTBOX_PARTITIONS
    return f"{_PREFIX}{partition}", f"{sort_key_of(committed_at)}#{event_id}"


def sort_key_of(moment: datetime) -> str:
    """The moment as the first part of a row's sort key: sorts as text as it does in time."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def moment_of(sort_key: str) -> datetime | None:
    """The moment that a row's sort key begins with; None where it begins with none."""
    try:
        moment = datetime.fromisoformat(sort_key.partition("#")[0])
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def key_in(value: Value) -> Key | None:
    """The key that an attribute holds; None where it holds none."""
    match value:
        case [str(pk), str(sk)]:
            return pk, sk
        case _:
            return None
