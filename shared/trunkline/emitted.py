"""Outbox rows of the events that a handler returned; events that cannot be sent are refused."""

from collections.abc import Sequence
from dataclasses import asdict
from math import isfinite
from typing import Any, TypeAlias

from trunkline.bounds import DATA_INTEGER_BITS, EVENT_BYTES_MAX, UNSENDABLE_CHARACTERS
from trunkline.cause import Cause
from trunkline.envelope import Contract, Envelope, Metadata, metadata_faults
from trunkline.errors import CommitTooLargeError, PermanentError
from trunkline.outbox import OutboxRow
from trunkline.settings import Settings
from trunkline.unit_of_work import UnitOfWork

Emitted: TypeAlias = Contract | Sequence[Contract] | None
"""Return value of a handler: the events it causes."""


def rows_of(
    emitted: Emitted, cause: Cause, unit: UnitOfWork, settings: Settings
) -> list[OutboxRow]:
    """Returns the rows of the events, with the same ids on every delivery of the cause.

    Raises PermanentError for an event that breaks its contract, that the bus or its consumers would
    never accept, or that belongs to another service. Raises CommitTooLargeError if it is too large.
    """
    rows = []
    for index, event in enumerate(_listed(emitted)):
        metadata = Metadata(
            event_id=unit.identity.derive("event", index),
            subject=event.subject,
            occurred_at=unit.now.isoformat(timespec="milliseconds"),
            correlation_id=cause.correlation_id,
            causation_id=cause.event.metadata.event_id if cause.event else None,
            traceparent=cause.traceparent,
            producer=settings.service,
        )
        envelope = Envelope(event.source, event.detail_type, metadata, _data_of(event))
        row = _row(envelope, cause, unit, settings)
        _check(row, settings)
        rows.append(row)
    return rows


def _listed(emitted: Emitted) -> Sequence[Contract]:
    if emitted is None:
        return ()
    return emitted if isinstance(emitted, Sequence) else (emitted,)


def _row(envelope: Envelope, cause: Cause, unit: UnitOfWork, settings: Settings) -> OutboxRow:
    if not cause.ordered:
        return OutboxRow.of(envelope, unit.now)
    metadata = envelope.metadata
    at, after = unit.turn_of(metadata.subject, metadata.event_id, settings.mark_days)
    return OutboxRow.of(envelope, at, ordered=True, after=after)


def _check(row: OutboxRow, settings: Settings) -> None:
    faults = metadata_faults(asdict(row.envelope.metadata))
    if faults:
        # No consumer would accept it, and the sweep could not read its row.
        raise PermanentError(f"{row.envelope.detail_type} cannot be sent: {'; '.join(faults)}")
    if row.envelope.source != settings.source:
        raise PermanentError(
            f"{row.envelope.detail_type} belongs to {row.envelope.source}; "
            f"{settings.service} may only send {settings.source}"
        )
    if row.size_bytes > EVENT_BYTES_MAX:
        raise CommitTooLargeError(
            f"{row.envelope.detail_type} has {row.size_bytes} bytes, "
            f"the limit is {EVENT_BYTES_MAX}: send a reference instead"
        )


def _data_of(event: Contract) -> dict[str, Any]:
    try:
        data = event.to_data()
    except ValueError as error:
        raise PermanentError(
            f"the handler returned a {event.detail_type} that breaks its own contract: "
            "fix the handler, then redrive"
        ) from error
    if holds_unsendable(data):
        # EventBridge would always refuse it, and its row would never leave the outbox.
        raise PermanentError(
            f"the handler returned a {event.detail_type} with a number that is not finite, an "
            f"integer beyond {DATA_INTEGER_BITS} bits or an invalid character: send such numbers "
            "as strings, and refuse such characters in the input"
        )
    return data


def holds_unsendable(value: object) -> bool:
    """True if EventBridge or SQS refuses a part of the value, see `bounds.py`."""
    if isinstance(value, dict):
        return any(map(holds_unsendable, (*value, *value.values())))
    if isinstance(value, list):
        return any(map(holds_unsendable, value))
    if isinstance(value, str):
        return any(character in value for character in UNSENDABLE_CHARACTERS)
    if isinstance(value, float):
        return not isfinite(value)
    limit: int = 1 << (DATA_INTEGER_BITS - 1)
    return isinstance(value, int) and not -limit <= value < limit
