"""What a cold start costs: CPU from the start of a process to its answer to the first event."""

from collections.abc import Sequence
from statistics import median
from typing import Final

from benchmarks import effects
from benchmarks.orders import batches, limits, make_orders
from benchmarks.process import Function
from benchmarks.report import Report
from benchmarks.verdict import require_right

PACKAGES_SHOWN: Final = 14
_SHOW_IMPORTS: Final = ("-X", "importtime")


def measure(functions: Sequence[Function], report: Report, rounds: int) -> None:
    """Alternate the sides, keep the worse ratio of sampled and unsampled traces."""
    report.title("Cold start: one event in a fresh process")
    rows, ratios = [], []
    for sampled in (True, False):
        taken: dict[str, list[float]] = {one.side.name: [] for one in functions}
        for number in range(rounds):
            for one in functions:
                taken[one.side.name].append(_once(one, number, sampled=sampled))
        ours, peer = (median(taken[one.side.name]) for one in functions)
        ratios.append(ours / peer)
        trace = "sampled" if sampled else "not sampled"
        for name, seconds in taken.items():
            spread = f"{min(seconds) * 1e3:.0f}-{max(seconds) * 1e3:.0f}"
            rows.append([f"{name}, trace {trace}", f"{median(seconds) * 1e3:.1f}", spread])
        rows.append([f"ratio, trace {trace}", f"{ours / peer:.3f}", ""])
    report.table([f"CPU, median of {rounds}", "ms", "ms, from-to"], rows)
    _tell_imports(functions, report)
    report.keep("cold_start", max(ratios))


def _once(function: Function, number: int, *, sampled: bool, options: Sequence[str] = ()) -> float:
    orders = make_orders(number + 1, number, effects.now())[-1:]
    function.stub.reset({"payments": limits(orders)})
    cpu_s = function.cold(batches(orders)[0], sampled=sampled, options=options)
    require_right(function.side, orders, function.stub.seen())
    return cpu_s


def _tell_imports(functions: Sequence[Function], report: Report) -> None:
    for one in functions:
        _once(one, 0, sampled=True, options=_SHOW_IMPORTS)
        imports = one.imports()
        total_ms = sum(ms for ms, _ in imports.values())
        modules = sum(count for _, count in imports.values())
        report.say("")
        dearest = sorted(imports.items(), key=lambda found: -found[1][0])
        rows = [[name, f"{ms:.1f}", str(count)] for name, (ms, count) in dearest[:PACKAGES_SHOWN]]
        rest = dearest[PACKAGES_SHOWN:]
        rest_ms = sum(ms for _, (ms, _) in rest)
        rest_modules = sum(count for _, (_, count) in rest)
        rows.append([f"{len(rest)} others", f"{rest_ms:.1f}", str(rest_modules)])
        rows.append(["all", f"{total_ms:.1f}", str(modules)])
        report.table([f"{one.side.name} imports", "ms", "modules"], rows)
