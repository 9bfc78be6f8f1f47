"""How committed events are put on the bus: full batches, and only what failed is tried again."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from trunkline.bounds import (
    PUBLISH_ATTEMPTS_MAX,
    PUBLISH_CONNECT_TIMEOUT_S,
    PUBLISH_READ_TIMEOUT_S,
    PUT_EVENTS_BYTES_MAX,
    PUT_EVENTS_ENTRIES_MAX,
)
from trunkline.deadline import Deadline
from trunkline.effects import Effects
from trunkline.outbox import OutboxRow
from trunkline.trace_context import xray_header_of

_CALL_S = PUBLISH_CONNECT_TIMEOUT_S + PUBLISH_READ_TIMEOUT_S
"""Seconds a PutEvents call takes that gets no answer."""


@dataclass(frozen=True)
class Answer:
    """What the bus said of one event: its EventBridge id, or the code of its last error."""

    row: OutboxRow
    bus_event_id: str
    error_code: str


class Bus:
    """PutEvents on one bus."""

    def __init__(self, name: str, client: Any, effects: Effects) -> None:
        self._name = name
        self._client = client
        self._effects = effects

    def publish(self, rows: Sequence[OutboxRow], deadline: Deadline) -> list[Answer]:
        """Sends all events, in any order of answers.

        Events that fail are sent again with jittered backoff, at most PUBLISH_ATTEMPTS_MAX times
        and while the deadline leaves time for a call that gets no answer. Never raises for a bus
        that refuses, talks nonsense or cannot be reached: the answer carries the error's code.
        """
        answers: list[Answer] = []
        pending = list(rows)
        for attempt in range(PUBLISH_ATTEMPTS_MAX):
            failed: list[Answer] = []
            for batch in batches(pending):
                in_time = deadline.allows(0)
                for answer in self._put(batch) if in_time else _refused(batch, "OutOfTime"):
                    (failed if answer.error_code else answers).append(answer)
            pause_s = self._effects.backoff_s(attempt)
            in_time = deadline.allows(pause_s + _CALL_S)
            last = attempt == PUBLISH_ATTEMPTS_MAX - 1 or not in_time
            if not failed or last:
                return answers + failed
            pending = [answer.row for answer in failed]
            self._effects.sleep_s(pause_s)
        return answers

    def _put(self, batch: Sequence[OutboxRow]) -> list[Answer]:
        try:
            response = self._client.put_events(Entries=[self._entry(row) for row in batch])
        except ClientError as error:
            return _refused(batch, error.response.get("Error", {}).get("Code") or "Unknown")
        except BotoCoreError as error:
            return _refused(batch, type(error).__name__)
        entries = response.get("Entries", [])
        if len(entries) != len(batch):
            return _refused(batch, "EntriesDoNotMatch")
        return [_answer(row, entry) for row, entry in zip(batch, entries, strict=True)]

    def _entry(self, row: OutboxRow) -> dict[str, Any]:
        return {
            "EventBusName": self._name,
            "Source": row.envelope.source,
            "DetailType": row.envelope.detail_type,
            "Detail": row.detail,
            "TraceHeader": xray_header_of(row.envelope.metadata.traceparent),
        }


def _answer(row: OutboxRow, entry: Mapping[str, str]) -> Answer:
    # Only an event id says that the bus has the event.
    event_id = entry.get("EventId", "")
    return Answer(row, event_id, "" if event_id else entry.get("ErrorCode") or "NoEventId")


def _refused(batch: Sequence[OutboxRow], code: str) -> list[Answer]:
    return [Answer(row, "", code) for row in batch]


def batches(rows: Iterable[OutboxRow]) -> Iterator[list[OutboxRow]]:
    """The rows in order, cut where a PutEvents call is full by entries or by bytes."""
    batch: list[OutboxRow] = []
    size_bytes = 0
    for row in rows:
        full = len(batch) == PUT_EVENTS_ENTRIES_MAX
        if batch and (full or size_bytes + row.size_bytes > PUT_EVENTS_BYTES_MAX):
            yield batch
            batch, size_bytes = [], 0
        batch.append(row)
        size_bytes += row.size_bytes
    if batch:
        yield batch
