"""How fast rules are matched, beside `orjson.loads` alone, and what loading them takes."""

import json
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import Any, Final

import orjson

from benchmarks import effects
from benchmarks.errors import BenchmarkError
from benchmarks.report import Report
from benchmarks.rule_traffic import make_events, make_rules
from tests.unit.patterns import oracle
from trunklab import settings
from trunklab.patterns import Pattern, RuleSet

SIZES: Final = (100, 1_000, 10_000)
EVENTS: Final = 2_000
SAMPLE: Final = 20
"""Events whose matches are compared with the oracle's, rule by rule."""

PAIRS_MAX: Final = 20_000
LOAD_S_MAX: Final = 300.0
SEED: Final = 4


def measure(report: Report, rounds: int, sizes: Sequence[int] = SIZES) -> None:
    """Alternate parsing alone and matching, over the same texts."""
    report.title(f"Matching {EVENTS:,} order events of 1 KB, bytes in, names out")
    events = make_events(EVENTS, SEED)
    texts = [json.dumps(event, ensure_ascii=False).encode() for event in events]
    rows = [_row(count, events, texts, rounds, report) for count in sizes]
    head = ["rules", "parse us", "match us", "events/s", "matches", "ratio", "from-to"]
    report.table(head, rows)
    loaded = _load_elsewhere(max(sizes))
    report.say(
        f"\nmeasured load_s {loaded['load_s']:.2f}: CPU seconds in which {max(sizes):,} rules load"
        " (at most 3)\n"
        f"measured load_mb {loaded['load_mb']:.0f}: their memory at its peak (at most 80)\n"
        f"measured warm_s {loaded['warm_s']:.2f}: what the first {EVENTS:,} events take in all\n"
        f"measured warm_mb {loaded['warm_mb']:.0f}: the peak of memory then"
    )


def _row(
    count: int,
    events: Sequence[Mapping[str, Any]],
    texts: Sequence[bytes],
    rounds: int,
    report: Report,
) -> list[str]:
    rules = make_rules(count, SEED)
    found = RuleSet({name: Pattern.parse(rule) for name, rule in rules.items()})
    matches = sum(len(found.match(text)) for text in texts) / len(texts)
    _require_right(rules, found, events, texts)
    taken = [(_cpu_s(orjson.loads, texts), _cpu_s(found.match, texts)) for _ in range(rounds)]
    ratios = [parse / match for parse, match in taken]
    report.keep(f"rules_{count}", median(ratios))
    parse_us, match_us = (median(side) / len(texts) * 1e6 for side in zip(*taken, strict=True))
    return [
        f"{count:,}",
        f"{parse_us:.2f}",
        f"{match_us:.2f}",
        f"{1e6 / match_us:,.0f}",
        f"{matches:.1f}",
        f"{median(ratios):.3f}",
        f"{min(ratios):.2f}-{max(ratios):.2f}",
    ]


def _cpu_s(call: Callable[[bytes], object], texts: Sequence[bytes]) -> float:
    started = effects.cpu_s()
    for text in texts:
        call(text)
    return effects.cpu_s() - started


def _require_right(
    rules: Mapping[str, Mapping[str, Any]],
    found: RuleSet,
    events: Sequence[Mapping[str, Any]],
    texts: Sequence[bytes],
) -> None:
    """Raise BenchmarkError where the oracle comes to other matches: then speed says nothing."""
    sample = max(1, min(SAMPLE, PAIRS_MAX // len(rules)))
    for event, text in zip(events[:sample], texts[:sample], strict=True):
        expected = [name for name, rule in rules.items() if oracle.matches(rule, event)]
        if found.match(text) != expected:
            wrong = sorted({*found.match(text)} ^ {*expected})
            raise BenchmarkError(f"{wrong[:5]} match only here or only there: {event}")


def _load_elsewhere(count: int) -> Mapping[str, float]:
    """Load in a fresh process, whose peak of memory is the rules' own."""
    done = subprocess.run(  # noqa: S603 - our own interpreter and module
        [sys.executable, "-m", "benchmarks.rules", str(count)],
        cwd=settings.REPOSITORY,
        capture_output=True,
        text=True,
        timeout=LOAD_S_MAX,
        check=False,
    )
    if done.returncode:
        raise BenchmarkError(f"loading {count} rules failed:\n{done.stderr}")
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _load(count: int) -> Mapping[str, float]:
    """Load twice: once for the time, once for the memory, whose tracing takes time."""
    rules = {name: json.dumps(rule) for name, rule in make_rules(count, SEED).items()}
    texts = [json.dumps(event).encode() for event in make_events(EVENTS, SEED)]
    started = effects.cpu_s()
    found = _loaded(rules)
    loaded = effects.cpu_s()
    _match_all(found, texts)
    warm = effects.cpu_s()
    del found
    tracemalloc.start()
    found = _loaded(rules)
    _, load_bytes = tracemalloc.get_traced_memory()
    _match_all(found, texts)
    _, warm_bytes = tracemalloc.get_traced_memory()
    return {
        "load_s": loaded - started,
        "load_mb": load_bytes / 1e6,
        "warm_s": warm - loaded,
        "warm_mb": warm_bytes / 1e6,
    }


def _loaded(rules: Mapping[str, str]) -> RuleSet:
    return RuleSet({name: Pattern.parse(rule) for name, rule in rules.items()})


def _match_all(rules: RuleSet, texts: Sequence[bytes]) -> None:
    for text in texts:
        rules.match(text)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_load(int(sys.argv[1]))))
