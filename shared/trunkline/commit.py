"""The one atomic point: mark, writes and outbox rows of a handler become true together or not."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from math import isfinite
from typing import Any, TypeAlias

from trunkline.bounds import (
    COMMIT_ATTEMPTS_MAX,
    DATA_INTEGER_BITS,
    EVENT_BYTES_MAX,
    HANDLER_RERUNS_MAX,
    ITEM_BYTES_MAX,
    MARK_SLACK_DAYS,
    TRANSACT_BYTES_MAX,
    TRANSACT_ITEMS_MAX,
    UNSENDABLE_CHARACTERS,
)
from trunkline.deadline import Deadline
from trunkline.effects import Effects
from trunkline.envelope import Contract, Envelope, Metadata, metadata_faults
from trunkline.errors import CommitError, CommitTooLargeError, ConflictError, PermanentError
from trunkline.items import Key, size_bytes
from trunkline.outbox import OutboxRow
from trunkline.settings import Settings
from trunkline.table import ConditionsFailed, Contention, Table
from trunkline.unit_of_work import Identity, UnitOfWork
from trunkline.writes import ABSENT, Put, action

Emitted: TypeAlias = Contract | Sequence[Contract] | None
"""What a handler returns: the events it causes."""

Work: TypeAlias = Callable[[UnitOfWork], Emitted]
"""A handler with its event already bound."""


@dataclass(frozen=True)
class Cause:
    """What a commit follows from: one event under one handler, or one request.

    `event` is None for a request, which leaves no mark: its id never comes again.
    """

    handler: str
    cause_id: str
    correlation_id: str
    traceparent: str
    event: Envelope | None

    @property
    def mark_key(self) -> Key:
        """Where the mark of this handling lies."""
        return f"trunkline#inbox#{self.handler}#{self.cause_id}", "mark"


@dataclass(frozen=True)
class Committed:
    """The handling is done, now or on an earlier delivery (`duplicate`).

    `rows` are the outbox rows that this commit left to be published.
    """

    rows: tuple[OutboxRow, ...]
    duplicate: bool = False


class Committer:
    """Runs handlers and commits what they recorded and returned."""

    def __init__(self, settings: Settings, table: Table, effects: Effects) -> None:
        self._settings = settings
        self._table = table
        self._effects = effects

    def commit(self, cause: Cause, work: Work, deadline: Deadline) -> Committed:
        """Runs the handler and commits; runs it again on fresh reads when items had changed.

        Raises what the handler raises, ConflictError after HANDLER_RERUNS_MAX re-runs, CommitError
        under lasting contention, CommitTooLargeError over a limit.
        """
        identity = Identity(self._settings.service, cause.handler, cause.cause_id)
        for run in range(1 + HANDLER_RERUNS_MAX):
            unit = UnitOfWork(self._table, identity, self._effects.now(), cause.event)
            rows = self._rows(cause, identity, unit, _listed(work(unit)))
            actions = self._actions(cause, identity, unit, rows)
            try:
                self._transact(actions, deadline)
            except ConditionsFailed as failed:
                if cause.event is not None and 0 in failed.indexes:
                    return Committed((), duplicate=True)
                if run == HANDLER_RERUNS_MAX or not self._pauses(run, deadline):
                    break
            else:
                return Committed(tuple(rows))
        raise ConflictError(
            f"items that {cause.handler} read were changed by others in each of its runs, "
            f"{1 + HANDLER_RERUNS_MAX} at the most: the event stays in its queue"
        )

    def is_marked(self, cause: Cause) -> bool:
        """Whether an earlier delivery was committed (a consistent read)."""
        return cause.event is not None and self._table.get(cause.mark_key) is not None

    def _rows(
        self, cause: Cause, identity: Identity, unit: UnitOfWork, events: Sequence[Contract]
    ) -> list[OutboxRow]:
        rows = []
        for index, event in enumerate(events):
            metadata = Metadata(
                event_id=identity.derive("event", index),
                subject=event.subject,
                occurred_at=unit.now.isoformat(timespec="milliseconds"),
                correlation_id=cause.correlation_id,
                causation_id=cause.event.metadata.event_id if cause.event else None,
                traceparent=cause.traceparent,
                producer=self._settings.service,
            )
            envelope = Envelope(event.source, event.detail_type, metadata, _data_of(event))
            rows.append(self._checked(OutboxRow.of(envelope, unit.now)))
        return rows

    def _checked(self, row: OutboxRow) -> OutboxRow:
        faults = metadata_faults(asdict(row.envelope.metadata))
        if faults:
            # No consumer would take it, and the sweep could not read its row.
            raise PermanentError(f"{row.envelope.detail_type} cannot be sent: {'; '.join(faults)}")
        if row.envelope.source != self._settings.source:
            raise PermanentError(
                f"{row.envelope.detail_type} belongs to {row.envelope.source}; "
                f"{self._settings.service} may only send {self._settings.source}"
            )
        if row.size_bytes > EVENT_BYTES_MAX:
            raise CommitTooLargeError(
                f"{row.envelope.detail_type} has {row.size_bytes} bytes, "
                f"the limit is {EVENT_BYTES_MAX}: send a reference instead"
            )
        return row

    def _actions(
        self, cause: Cause, identity: Identity, unit: UnitOfWork, rows: Sequence[OutboxRow]
    ) -> list[dict[str, Any]]:
        version = identity.derive("version", 0)
        actions = []
        if cause.event is not None:
            attributes: dict[str, Any] = {"handled_at": unit.now.isoformat()}
            if self._settings.mark_days:
                kept = timedelta(days=self._settings.mark_days + MARK_SLACK_DAYS)
                attributes["expires_at"] = int((unit.now + kept).timestamp())
            actions.append(action(cause.mark_key, Put(attributes), ABSENT, version))
        actions += unit.actions(version)
        actions += [action(row.key, Put(row.item()), None, version) for row in rows]
        _check_size(cause.handler, actions)
        return actions

    def _transact(self, actions: Sequence[dict[str, Any]], deadline: Deadline) -> None:
        if not actions:
            return
        for attempt in range(COMMIT_ATTEMPTS_MAX):
            try:
                self._table.transact(actions)
            except Contention as error:
                if attempt == COMMIT_ATTEMPTS_MAX - 1 or not self._pauses(attempt, deadline):
                    raise CommitError(
                        f"the table was contended or throttled in {attempt + 1} attempts: "
                        "the event stays in its queue"
                    ) from error
            else:
                return

    def _pauses(self, attempt: int, deadline: Deadline) -> bool:
        """Pauses before the next attempt; answers False at once where there is no time for it."""
        pause_s = self._effects.backoff_s(attempt)
        if not deadline.allows(pause_s):
            return False
        self._effects.sleep_s(pause_s)
        return True


def _listed(emitted: Emitted) -> Sequence[Contract]:
    if emitted is None:
        return ()
    return emitted if isinstance(emitted, Sequence) else (emitted,)


def _data_of(event: Contract) -> dict[str, Any]:
    try:
        data = event.to_data()
    except ValueError as error:
        raise PermanentError(
            f"the handler returned a {event.detail_type} that breaks its own contract: "
            "mend the handler, then redrive"
        ) from error
    if _holds_unsendable(data):
        # EventBridge would refuse it for ever, and its row would never leave the outbox.
        raise PermanentError(
            f"the handler returned a {event.detail_type} with a number that is not finite, a "
            f"whole number beyond {DATA_INTEGER_BITS} bits or a character that is none: "
            "send numbers as text, refuse such text where it comes in"
        )
    return data


def _holds_unsendable(value: object) -> bool:
    if isinstance(value, dict):
        return any(map(_holds_unsendable, value.values()))
    if isinstance(value, list):
        return any(map(_holds_unsendable, value))
    if isinstance(value, str):
        return any(character in value for character in UNSENDABLE_CHARACTERS)
    if isinstance(value, float):
        return not isfinite(value)
    limit: int = 1 << (DATA_INTEGER_BITS - 1)
    return isinstance(value, int) and not -limit <= value < limit


def _check_size(handler: str, actions: Sequence[dict[str, Any]]) -> None:
    if len(actions) > TRANSACT_ITEMS_MAX:
        raise CommitTooLargeError(
            f"{handler} writes {len(actions)} items with its mark and events, "
            f"one transaction takes {TRANSACT_ITEMS_MAX}: split the event"
        )
    sizes = [_bytes_written(fields) for one in actions for fields in one.values()]
    if max(sizes, default=0) > ITEM_BYTES_MAX:
        raise CommitTooLargeError(
            f"{handler} writes an item of {max(sizes)} bytes, the limit is {ITEM_BYTES_MAX}: "
            "split the item or keep a reference"
        )
    if sum(sizes) > TRANSACT_BYTES_MAX:
        raise CommitTooLargeError(
            f"{handler} writes {sum(sizes)} bytes, one transaction takes "
            f"{TRANSACT_BYTES_MAX}: split the event or send a reference"
        )


def _bytes_written(fields: dict[str, Any]) -> int:
    written = fields.get("Item") or fields["Key"] | fields.get("ExpressionAttributeValues", {})
    return size_bytes(written)
