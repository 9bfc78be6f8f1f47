"""How committed events are put on the bus: full batches, and only what failed is tried again."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from trunkline.bounds import (
    PUBLISH_ATTEMPTS_MAX,
    PUT_EVENTS_BYTES_MAX,
    PUT_EVENTS_ENTRIES_MAX,
)
from trunkline.deadline import Deadline
from trunkline.effects import Effects
from trunkline.outbox import OutboxRow
from trunkline.trace_context import xray_header_of


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
        and while the deadline allows it. Never raises for a bus that refuses or cannot be reached:
        the answer carries the error's code.
        """
        answers: list[Answer] = []
        pending = list(rows)
        for attempt in range(PUBLISH_ATTEMPTS_MAX):
            failed: list[Answer] = []
            for batch in batches(pending):
                for answer in self._put(batch):
                    (failed if answer.error_code else answers).append(answer)
            pause_s = self._effects.backoff_s(attempt)
            last = attempt == PUBLISH_ATTEMPTS_MAX - 1 or not deadline.allows(pause_s)
            if not failed or last:
                return answers + failed
            pending = [answer.row for answer in failed]
            self._effects.sleep_s(pause_s)
        return answers

    def _put(self, batch: Sequence[OutboxRow]) -> Iterator[Answer]:
        try:
            response = self._client.put_events(Entries=[self._entry(row) for row in batch])
        except ClientError as error:
            code = str(error.response["Error"]["Code"])
            return iter([Answer(row, "", code) for row in batch])
        except BotoCoreError as error:
            return iter([Answer(row, "", type(error).__name__) for row in batch])
        return (
            Answer(row, entry.get("EventId", ""), entry.get("ErrorCode", ""))
            for row, entry in zip(batch, response["Entries"], strict=True)
        )

    def _entry(self, row: OutboxRow) -> dict[str, Any]:
        return {
            "EventBusName": self._name,
            "Source": row.envelope.source,
            "DetailType": row.envelope.detail_type,
            "Detail": row.detail,
            "TraceHeader": xray_header_of(row.envelope.metadata.traceparent),
        }


def batches(rows: Sequence[OutboxRow]) -> Iterator[list[OutboxRow]]:
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
