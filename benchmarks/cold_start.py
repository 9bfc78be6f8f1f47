"""What a cold start costs: CPU from the start of a process to its answer to the first event."""

from collections.abc import Mapping, Sequence
from math import inf
from statistics import median
from typing import Final

from benchmarks import effects
from benchmarks.orders import batches, limits, make_orders
from benchmarks.process import Function
from benchmarks.report import Report
from benchmarks.verdict import require_right

IMPORT_RUNS: Final = 3
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
        runs = []
        for number in range(IMPORT_RUNS):
            _once(one, number, sampled=True, options=_SHOW_IMPORTS)
            runs.append(one.imports())
        packages = sorted(_by_package(runs).items(), key=lambda found: -sum(found[1]))
        shown, others = packages[:PACKAGES_SHOWN], packages[PACKAGES_SHOWN:]
        rest = [ms for _, modules in others for ms in modules]
        everything = [ms for _, modules in packages for ms in modules]
        rows = [*shown, (f"{len(others)} others", rest), ("all", everything)]
        report.say("")
        report.table(
            [f"{one.side.name} imports", "ms", "modules"],
            [[name, f"{sum(modules):.1f}", str(len(modules))] for name, modules in rows],
        )


def _by_package(runs: Sequence[Mapping[str, float]]) -> dict[str, list[float]]:
    """The ms of each package's modules, each in its fastest run: the rest was waiting."""
    packages: dict[str, list[float]] = {}
    for module in runs[0]:
        fastest = min(run.get(module, inf) for run in runs)
        packages.setdefault(module.partition(".")[0], []).append(fastest)
    return packages
