"""What publishing costs: the runtime's relay, one call for each event, and bare batches."""

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks.errors import BenchmarkError
from benchmarks.process import Function, Warm
from benchmarks.report import Report

EVENTS: Final = 10_000
"""Events of one round, 1 KB each."""

PUBLISHER: Final = Path(__file__).with_name("publisher.py")

WAYS: Final[Mapping[str, str]] = {
    "ours": "Trunkline's relay, rows deleted, lines logged",
    "batches": "boto3, ready-made batches of 10",
    "single": "boto3, one call for each event",
}


def measure(ours: Function, report: Report, rounds: int, events: int = EVENTS) -> None:
    """Alternate the three ways."""
    report.title(f"Publishing {events:,} events of 1 KB")
    taken: dict[str, list[float]] = {way: [] for way in WAYS}
    with ExitStack() as stack:
        warm = {
            way: stack.enter_context(ours.warm(sampled=True, script=PUBLISHER, argument=way))
            for way in WAYS
        }
        for number in range(rounds):
            for way, one in warm.items():
                _publish(way, one, number, min(events, 100))  # connections, caches
                taken[way].append(_publish(way, one, number, events))
    rows = [
        [
            said,
            f"{median(taken[way]) / events * 1e6:.0f}",
            f"{min(taken[way]) / events * 1e6:.0f}-{max(taken[way]) / events * 1e6:.0f}",
            f"{events / median(taken[way]):,.0f}",
        ]
        for way, said in WAYS.items()
    ]
    report.table([f"median of {rounds}", "CPU us/event", "from-to", "events/CPU s"], rows)
    pairs = list(zip(*(taken[way] for way in WAYS), strict=True))
    report.keep("publish_vs_single", median(single / our for our, _, single in pairs))
    report.keep("publish_vs_bare", median(our / bare for our, bare, _ in pairs))


def _publish(way: str, warm: Warm, number: int, events: int) -> float:
    stub = warm.function.stub
    stub.reset({})
    answer = warm.ask({"events": events, "round": number})
    seen = stub.seen()
    sent = {entry["Detail"] for entry in seen.events}
    if len(seen.events) != events or len(sent) != events:
        raise BenchmarkError(
            f"{WAYS[way]}: {len(seen.events)} events came in, {len(sent)} different ones, "
            f"instead of {events}"
        )
    return float(answer["cpu_s"])
