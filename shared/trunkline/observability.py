"""How a function speaks: Powertools' Logger and Tracer with the ids of the event on every line."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aws_lambda_powertools import Logger, Tracer

from trunkline.effects import Effects
from trunkline.envelope import Envelope
from trunkline.trace_context import xray_trace_id
from trunkline.xray import XRayProvider


def make_logger(service: str) -> Logger:
    """A JSON logger on standard output; times are RFC 3339 with milliseconds, in UTC."""
    return Logger(service=service, use_rfc3339=True, utc=True)


def make_tracer(service: str, effects: Effects) -> Tracer:
    """A tracer that writes X-Ray's format itself.

    `disabled` stays False even outside Lambda: a disabled Powertools Tracer imports the X-Ray SDK
    to switch it off. Our provider is the switch: without a daemon's address it sends nothing.
    """
    return Tracer(service=service, disabled=False, auto_patch=False, provider=XRayProvider(effects))


def fields_of(envelope: Envelope) -> dict[str, Any]:
    """The fields that name an event in a log line. Metadata only: no data, nothing personal."""
    metadata = envelope.metadata
    return {
        "event_id": metadata.event_id,
        "correlation_id": metadata.correlation_id,
        "causation_id": metadata.causation_id,
        "subject": metadata.subject,
        "source": envelope.source,
        "detail_type": envelope.detail_type,
        "trace_id": xray_trace_id(metadata.traceparent),
    }


@contextmanager
def about(log: Logger, name: str, envelope: Envelope) -> Iterator[None]:
    """Within it every log line names the handler and the event.

    Keys that the handler appends end with it: the next event's lines must not name this one's.
    """
    before = set(log.get_current_keys())
    try:
        with log.append_context_keys(handler=name, **fields_of(envelope)):
            yield
    finally:
        log.remove_keys(set(log.get_current_keys()) - before)


@contextmanager
def traced(tracer: Tracer, name: str, envelope: Envelope) -> Iterator[None]:
    """A subsegment of the handler that names the event, and fails with the handler."""
    with tracer.provider.in_subsegment(name=f"## {name}") as subsegment:
        metadata = envelope.metadata
        subsegment.put_annotation("event_id", metadata.event_id)
        subsegment.put_annotation("correlation_id", metadata.correlation_id)
        if metadata.causation_id:
            subsegment.put_annotation("causation_id", metadata.causation_id)
        yield
