"""Runs a handler in this process, on an event that notes what is read of it."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, TypeVar

from schemas.event import Event
from trunklab.contracts.impact.field_paths import Path
from trunklab.testing.messages import OCCURRED_AT, Occurrence
from trunklab.testing.recording_events import Recording
from trunkline import Envelope, PermanentError, RetryableError, UnitOfWork
from trunkline.items import Item, Key
from trunkline.table import Table
from trunkline.unit_of_work import Identity

_Event = TypeVar("_Event", bound=Event)

Items = Mapping[Key, Item]
"""What lies in the service's table: attributes by (pk, sk)."""

NOTHING_STORED: Final[Items] = {}


class _Stored(Table):
    """A table with some items, in memory; a handler that is only looked at commits nothing."""

    def __init__(self, items: Items) -> None:
        self._items = items

    def get(self, key: Key) -> Item | None:
        found = self._items.get(key)
        return None if found is None else {"pk": key[0], "sk": key[1], **found}

    def query(self, pk: str, *, prefix: str = "", before: str = "", limit: int) -> Iterator[Item]:
        keys = sorted(key for key in self._items if key[0] == pk and key[1].startswith(prefix))
        wanted = [key for key in keys if not before or key[1] < before][:limit]
        yield from (one for key in wanted if (one := self.get(key)) is not None)


def reads_of(
    handler: Callable[[_Event, UnitOfWork], Any], event: _Event, items: Items = NOTHING_STORED
) -> frozenset[Path]:
    """What the handler reads of the event, with these items in its table.

    Guarded calls are made, nothing is committed, and the events that it returns are sent to
    nobody. An event that it refuses or wants again counts like any other.
    """
    recording = Recording()
    envelope = Envelope.parse(Occurrence.of(event, "event-1").delivered())
    envelope = replace(envelope, data=recording.of_data(dict(envelope.data)))
    unit = UnitOfWork(
        _Stored(items),
        Identity("recorded", "recorded", "event-1"),
        datetime.fromisoformat(OCCURRED_AT),
        envelope,
        once=lambda _call_id, call: call("key-1"),
    )
    with contextlib.suppress(PermanentError, RetryableError):
        _send(handler(recording.of(event), unit))
        unit.actions("1")
    return recording.paths


def _send(returned: Any) -> None:
    """Returned events are written out, as the runtime does it."""
    for event in returned if isinstance(returned, list | tuple) else [returned]:
        if isinstance(event, Event):
            event.to_data()
