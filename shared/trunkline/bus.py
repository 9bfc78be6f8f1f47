"""Publishing of committed events: full batches, and retries of failed entries only."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from http import HTTPStatus
from typing import Any, Final, TypeGuard

from trunkline.aws import AwsError, AwsRefusedError
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

CALL_S: Final = PUBLISH_CONNECT_TIMEOUT_S + PUBLISH_READ_TIMEOUT_S
"""Seconds until a PutEvents call without a response ends."""

_NEVER: Final = frozenset({"MalformedDetail", "InvalidArgument"})
"""Codes of permanent failures (EventBridge API reference, PutEvents). Others are temporary:
throttling, faults of the service, and permissions that can be corrected."""

_INVALID_CALL: Final = "ValidationException"

_BUS_IS_WRONG: Final = ("eventbusname'", "eventbusname is")
"""Strings in AWS's messages that blame the bus name: then the event is not at fault."""


class Fate(Enum):
    """Next step for an event that the bus refused."""

    AGAIN = "the same call may succeed"
    ALONE = "the whole call was refused: one of its events may be the reason"
    LATER = "not in this invocation"
    NEVER = "the event is at fault"


@dataclass(frozen=True)
class Refusal:
    """An event that the bus refused, with the code of its last error."""

    row: OutboxRow
    code: str
    fate: Fate


@dataclass
class Outcome:
    """The events that the bus accepted, with their EventBridge ids, and the refused ones."""

    accepted: list[tuple[OutboxRow, str]] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)


class Bus:
    """PutEvents on one bus."""

    def __init__(self, name: str, client: Any, effects: Effects) -> None:
        self._name = name
        self._client = client
        self._effects = effects

    def publish(self, rows: Sequence[OutboxRow], deadline: Deadline) -> Outcome:
        """Sends all events and returns the outcome of each, in any order.

        Failed events are retried with jittered backoff, at most PUBLISH_ATTEMPTS_MAX times and
        while the deadline allows a call without a response. If a whole call was refused, its events
        are retried one by one. Never raises if the bus refuses events, returns an invalid response
        or cannot be reached.
        """
        outcome = Outcome()
        calls = list(batches(rows))
        for attempt in range(PUBLISH_ATTEMPTS_MAX):
            refused = self._put_all(calls, outcome.accepted, deadline)
            pause_s = self._effects.backoff_s(attempt)
            last = attempt == PUBLISH_ATTEMPTS_MAX - 1 or not deadline.allows(pause_s + CALL_S)
            calls = [] if last else _calls_after(refused)
            outcome.refused += refused if last else [one for one in refused if _is_over(one)]
            if not calls:
                break
            self._effects.sleep_s(pause_s)
        return outcome

    def _put_all(
        self,
        calls: Iterable[Sequence[OutboxRow]],
        accepted: list[tuple[OutboxRow, str]],
        deadline: Deadline,
    ) -> list[Refusal]:
        refused: list[Refusal] = []
        needed_s = 0.0
        for call in calls:
            in_time = deadline.allows(needed_s)
            said = self._put(call, accepted) if in_time else _all(call, "OutOfTime", Fate.LATER)
            # After a call without any success, the next one may hang as long.
            needed_s = CALL_S if len(said) == len(call) else 0.0
            refused += said
        return refused

    def _put(
        self, call: Sequence[OutboxRow], accepted: list[tuple[OutboxRow, str]]
    ) -> list[Refusal]:
        try:
            answer = self._client.put_events(Entries=[self._entry(row) for row in call])
        except AwsRefusedError as error:
            return _refused_as_a_whole(call, error)
        except AwsError as error:
            return _all(call, error.code, Fate.AGAIN)
        entries = answer.get("Entries")
        if not _are_entries(entries) or len(entries) != len(call):
            return _all(call, "EntriesDoNotMatch", Fate.AGAIN)
        refused = []
        for row, entry in zip(call, entries, strict=True):
            # Only an event id says that the bus has the event.
            if event_id := entry.get("EventId"):
                accepted.append((row, event_id))
            else:
                refused.append(_refusal(row, entry))
        return refused

    def _entry(self, row: OutboxRow) -> dict[str, Any]:
        envelope = row.envelope
        return {
            "EventBusName": self._name,
            "Source": envelope.source,
            "DetailType": envelope.detail_type,
            "Detail": row.detail,
            "TraceHeader": xray_header_of(envelope.metadata.traceparent),
        }


def batches(rows: Iterable[OutboxRow]) -> Iterator[list[OutboxRow]]:
    """Yields the rows in order, in batches that fill a PutEvents call by entries or by bytes."""
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


def _are_entries(entries: object) -> TypeGuard[list[dict[str, str]]]:
    return isinstance(entries, list) and all(isinstance(entry, dict) for entry in entries)


def _calls_after(refused: Sequence[Refusal]) -> list[list[OutboxRow]]:
    alone = [[one.row] for one in refused if one.fate is Fate.ALONE]
    return alone + list(batches(one.row for one in refused if one.fate is Fate.AGAIN))


def _is_over(refusal: Refusal) -> bool:
    return refusal.fate in {Fate.LATER, Fate.NEVER}


def _refusal(row: OutboxRow, entry: Mapping[str, str]) -> Refusal:
    code = entry.get("ErrorCode") or "NoEventId"
    never = code in _NEVER and not _blames_the_bus(entry.get("ErrorMessage"))
    return Refusal(row, code, Fate.NEVER if never else Fate.AGAIN)


def _refused_as_a_whole(call: Sequence[OutboxRow], error: AwsRefusedError) -> list[Refusal]:
    code = error.code
    if error.may_pass or error.status < HTTPStatus.BAD_REQUEST:
        return _all(call, code, Fate.AGAIN)
    if len(call) > 1:
        return _all(call, code, Fate.ALONE)
    never = code == _INVALID_CALL and not _blames_the_bus(error.message)
    return _all(call, code, Fate.NEVER if never else Fate.LATER)


def _blames_the_bus(message: str | None) -> bool:
    return any(words in (message or "").lower() for words in _BUS_IS_WRONG)


def _all(call: Sequence[OutboxRow], code: str, fate: Fate) -> list[Refusal]:
    return [Refusal(row, code, fate) for row in call]
