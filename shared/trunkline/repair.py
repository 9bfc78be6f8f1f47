"""Repair of descriptive metadata, which never decide whether an event is handled."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from trunkline.envelope import metadata_fault
from trunkline.trace_context import in_version_00


def repaired(
    event: Mapping[str, Any], now: datetime, own_traceparent: Callable[[], str]
) -> tuple[Mapping[str, Any], list[str]]:
    """Returns the event with valid descriptive metadata, and the names of repaired fields.

    The fields of the event's identity are unchanged: address, `event_id`, `subject` and data.
    """
    detail = event.get("detail")
    metadata = detail.get("metadata") if isinstance(detail, Mapping) else None
    if not isinstance(detail, Mapping) or not isinstance(metadata, Mapping):
        return event, []
    substitutes: dict[str, Callable[[object], object]] = {
        "occurred_at": lambda value: (
            _moment(value) or _moment(event.get("time")) or now.isoformat(timespec="milliseconds")
        ),
        "correlation_id": lambda _: metadata.get("event_id"),
        "causation_id": lambda _: None,
        "traceparent": lambda value: _traceparent(value) or own_traceparent(),
        "producer": lambda _: event.get("source"),
    }
    valid = {
        name: substitute(metadata.get(name))
        for name, substitute in substitutes.items()
        if metadata_fault(name, metadata.get(name))
    }
    repaired_detail = {**detail, "metadata": {**metadata, **valid}}
    return {**event, "detail": repaired_detail}, list(valid)


def _moment(value: object) -> str | None:
    # RFC 3339 allows `t` and `z`, Python does not.
    moment = value.upper() if isinstance(value, str) else ""
    return None if metadata_fault("occurred_at", moment) else moment


def _traceparent(value: object) -> str | None:
    return in_version_00(value) if isinstance(value, str) else None
