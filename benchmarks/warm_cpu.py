"""What an event costs a warm function: CPU, AWS calls, write units, sweeps included."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median
from typing import Final

from benchmarks import effects
from benchmarks.orders import BATCH, batches, limits, make_orders
from benchmarks.process import Function, Warm
from benchmarks.report import Report
from benchmarks.stub.process import Seen
from benchmarks.verdict import require_right

BATCHES_PER_SWEEP: Final = 100
"""A sweep runs each minute: this says that a minute brings 1,000 events."""


@dataclass(frozen=True)
class Round:
    """What one side spent on one round, for each event."""

    cpu_s: float
    sweep_s: float
    calls: float
    write_units: float
    read_units: float


def measure(
    functions: Sequence[Function],
    report: Report,
    rounds: int,
    batches_per_round: int = BATCHES_PER_SWEEP,
) -> None:
    """Alternate the sides, keep the worse ratio of sampled and unsampled traces."""
    report.title(f"Warm function: batches of {BATCH}, one sweep for each {BATCHES_PER_SWEEP}")
    cpu, calls = [], []
    for sampled in (True, False):
        with ExitStack() as stack:
            warm = [stack.enter_context(one.warm(sampled=sampled)) for one in functions]
            for one in warm:  # the first batches open connections and fill caches
                _round(one, -1, 2)
            taken = [
                [_round(one, number, batches_per_round) for one in warm] for number in range(rounds)
            ]
        ours, peer = zip(*taken, strict=True)
        _tell(functions, (ours, peer), report, "sampled" if sampled else "not sampled")
        cpu.append(median(our.cpu_s / their.cpu_s for our, their in taken))
        calls.append(median(our.calls / their.calls for our, their in taken))
        report.say(f"ratio of CPU {cpu[-1]:.3f}, of AWS calls {calls[-1]:.3f}\n")
    report.keep("warm_cpu", max(cpu))
    report.keep("aws_calls", max(calls))


def _round(warm: Warm, number: int, batches_per_round: int) -> Round:
    stub = warm.function.stub
    orders = make_orders(batches_per_round * BATCH, number + 1_000, effects.now())
    stub.reset({"payments": limits(orders)})
    cpu_s = warm.batches(batches(orders))
    seen = stub.seen()
    require_right(warm.function.side, orders, seen)
    sweep_s = warm.sweep()
    return _per_event(cpu_s, sweep_s, seen, stub.seen(), len(orders))


def _per_event(cpu_s: float, sweep_s: float, before: Seen, after: Seen, events: int) -> Round:
    """The sweep's calls and CPU count as often as it runs, whatever the size of the round."""
    per_event = 1 / (BATCHES_PER_SWEEP * BATCH)
    calls = sum(before.calls.values()) / events
    calls += (sum(after.calls.values()) - sum(before.calls.values())) * per_event
    write = before.units.get("write", 0) / events
    write += (after.units.get("write", 0) - before.units.get("write", 0)) * per_event
    read = before.units.get("half_read", 0) / events
    read += (after.units.get("half_read", 0) - before.units.get("half_read", 0)) * per_event
    return Round(cpu_s / events + sweep_s * per_event, sweep_s * per_event, calls, write, read / 2)


def _tell(
    functions: Sequence[Function], taken: Sequence[Sequence[Round]], report: Report, trace: str
) -> None:
    rows = []
    for one, rounds in zip(functions, taken, strict=True):
        cpu_us = [round_.cpu_s * 1e6 for round_ in rounds]
        rows.append(
            [
                f"{one.side.name}, trace {trace}",
                f"{median(cpu_us):.0f}",
                f"{min(cpu_us):.0f}-{max(cpu_us):.0f}",
                f"{median(round_.sweep_s for round_ in rounds) * 1e6:.1f}",
                f"{median(round_.calls for round_ in rounds):.3f}",
                f"{median(round_.write_units for round_ in rounds):.2f}",
                f"{median(round_.read_units for round_ in rounds):.2f}",
            ]
        )
    head = ["each event", "CPU us", "from-to", "of it sweep", "AWS calls", "WCU", "RCU"]
    report.table(head, rows)
