"""Publishes many events in one of three ways, in a process that has the function's package.

Started by the interpreter that functions run on, the package on its path:

    python -s -P publisher.py ours|batches|single

It reads requests from standard input, one a line (`{"events": <count>, "round": <number>}`), and
answers each with the CPU seconds that publishing took. Events and batches are made before that.
"""

# ruff: noqa: TID251 - runs in the measured process, without our modules

import json
import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import boto3

from trunkline.deadline import Deadline
from trunkline.envelope import Envelope, Metadata
from trunkline.outbox import OutboxRow
from trunkline.runtime import Runtime
from trunkline.trace_context import xray_header_of

EVENT_BYTES = 1_024
BATCH = 10
TRACEPARENT = "00-68f0a0000123456789abcdef01234567-0123456789abcdef-01"
TIMEOUT_S = 900.0

Way = tuple[Callable[[list[Envelope]], list[Any]], Callable[[Any], object]]
"""How calls are prepared, and how one is made."""


def envelopes(count: int, round_number: int) -> list[Envelope]:
    """Different events of 1 KB each, as the runtime holds them."""
    return [_envelope(f"{round_number:06d}-{number:06d}") for number in range(count)]


def ours() -> Way:
    """The runtime's own way: outbox rows through its relay, which also deletes them."""
    relay = Runtime.open().relay
    deadline = Deadline(lambda: TIMEOUT_S)
    now = datetime.now(UTC)

    def prepared(events: list[Envelope]) -> list[Any]:
        return _batches([OutboxRow.of(event, now) for event in events])

    return prepared, lambda rows: relay.send(rows, deadline)


def batches() -> Way:
    """Bare boto3 with ready-made batches."""
    client = boto3.client("events")
    return (
        lambda events: _batches(list(map(_entry, events))),
        lambda entries: client.put_events(Entries=entries),
    )


def single() -> Way:
    """Bare boto3 with one call for each event."""
    client = boto3.client("events")
    return (
        lambda events: [[_entry(event)] for event in events],
        lambda entries: client.put_events(Entries=entries),
    )


WAYS = {"ours": ours, "batches": batches, "single": single}


def main() -> None:
    """Serve requests until standard input ends; log lines go into a file."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.environ["BENCH_LOG"], os.O_WRONLY | os.O_CREAT | os.O_APPEND), 1)
    prepare, send = WAYS[sys.argv[1]]()
    for line in sys.stdin:
        request = json.loads(line)
        calls = prepare(envelopes(request["events"], request["round"]))
        start_ns = time.process_time_ns()
        for call in calls:
            send(call)
        cpu_s = (time.process_time_ns() - start_ns) / 1e9
        out.write(f"{json.dumps({'cpu_s': cpu_s})}\n")
        out.flush()


def _envelope(number: str) -> Envelope:
    def made(filling: str) -> Envelope:
        metadata = Metadata(
            event_id=f"event-{number}",
            subject=f"order-{number}",
            occurred_at="2026-01-31T12:00:00.000+00:00",
            correlation_id=f"correlation-{number}",
            causation_id=f"cause-{number}",
            traceparent=TRACEPARENT,
            producer="payments",
        )
        data = {"order_id": f"order-{number}", "note": filling}
        return Envelope("shop.payments", "PaymentCaptured", metadata, data)

    return made("x" * (EVENT_BYTES - len(made("").detail())))


def _entry(event: Envelope) -> dict[str, str]:
    """The same entry that the runtime sends."""
    return {
        "EventBusName": os.environ["TRUNKLINE_BUS"],
        "Source": event.source,
        "DetailType": event.detail_type,
        "Detail": event.detail(),
        "TraceHeader": xray_header_of(event.metadata.traceparent),
    }


def _batches(listed: list[Any]) -> list[Any]:
    return [listed[start : start + BATCH] for start in range(0, len(listed), BATCH)]


if __name__ == "__main__":
    main()
