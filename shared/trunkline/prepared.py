"""One run of a handler, ready to commit but without effect yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from trunkline.bounds import (
    ITEM_BYTES_MAX,
    TRANSACT_BYTES_MAX,
    TRANSACT_ITEMS_MAX,
)
from trunkline.cause import Cause
from trunkline.emitted import Emitted, rows_of
from trunkline.errors import CommitTooLargeError
from trunkline.items import Item, Key, size_bytes
from trunkline.outbox import OutboxRow
from trunkline.retention import expiry
from trunkline.settings import Settings
from trunkline.unit_of_work import UnitOfWork
from trunkline.writes import ABSENT, Put, action

Action = dict[str, Any]
"""An element of TransactItems without its table."""


@dataclass(frozen=True, eq=False)
class Prepared:
    """The writes and events of one run of a handler.

    If `marked`, the first of `actions` is the mark. `size_bytes` is their size in a transaction.
    """

    cause: Cause
    unit: UnitOfWork
    rows: tuple[OutboxRow, ...]
    actions: Sequence[Action]
    size_bytes: int

    @classmethod
    def of(cls, cause: Cause, unit: UnitOfWork, emitted: Emitted, settings: Settings) -> "Prepared":
        """Returns the writes and events of the run.

        Raises PermanentError for events that can never be sent, CommitTooLargeError above a limit.
        """
        version = unit.identity.derive("version", 0)
        rows = rows_of(emitted, cause, unit, settings)
        actions = []
        if cause.comes_again:
            mark = _mark(cause, unit, settings)
            actions.append(action(cause.mark_key, Put(mark), ABSENT, version))
        actions += unit.actions(version)
        actions += [action(row.key, Put(row.item()), None, version) for row in rows]
        return cls(cause, unit, tuple(rows), actions, _checked_size(cause.handler, actions))

    @property
    def written(self) -> set[Key]:
        """The keys in the transaction, without those of the outbox rows."""
        marked = {self.cause.mark_key} if self.cause.comes_again else set()
        return self.unit.written | marked

    def sees(self, keys: set[Key]) -> bool:
        """True if the run read or writes any of these items, or made a query that covers them."""
        return self.unit.sees(keys) or not self.written.isdisjoint(keys)

    def is_duplicate(self, failed: Sequence[int]) -> bool:
        """True if the mark is among the failed actions, given by index."""
        return self.cause.comes_again and 0 in failed


def _mark(cause: Cause, unit: UnitOfWork, settings: Settings) -> Item:
    note = cause.note() if cause.note else {}
    return {"handled_at": unit.now.isoformat(), **expiry(unit.now, settings.mark_days), **note}


def _checked_size(handler: str, actions: Sequence[Action]) -> int:
    if len(actions) > TRANSACT_ITEMS_MAX:
        raise CommitTooLargeError(
            f"{handler} writes {len(actions)} items with its mark and events, "
            f"the limit of a transaction is {TRANSACT_ITEMS_MAX}: split the event"
        )
    sizes = [_bytes_written(fields) for one in actions for fields in one.values()]
    if max(sizes, default=0) > ITEM_BYTES_MAX:
        raise CommitTooLargeError(
            f"{handler} writes an item of {max(sizes)} bytes, the limit is {ITEM_BYTES_MAX}: "
            "split the item or keep a reference"
        )
    if sum(sizes) > TRANSACT_BYTES_MAX:
        raise CommitTooLargeError(
            f"{handler} writes {sum(sizes)} bytes, the limit of a transaction is "
            f"{TRANSACT_BYTES_MAX}: split the event or send a reference"
        )
    return sum(sizes)


def _bytes_written(fields: Action) -> int:
    written = fields.get("Item") or fields["Key"] | fields.get("ExpressionAttributeValues", {})
    return size_bytes(written)
