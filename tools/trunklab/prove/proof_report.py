"""How a proof reads: a table of all handlers, what was found at which point, the last line."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, Final

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from trunklab.printable import printable
from trunklab.prove.discover import Handler
from trunklab.prove.oracle import Difference, Kind, ignored_paths
from trunklab.prove.prover import Proved, count, crash_points, faults, pauses, refusals, repeats
from trunklab.prove.self_test import BugTrial
from trunklab.prove.trial import Trial

SHOWN_MAX: Final = 200
"""Findings shown; `--json` has all of them."""

ENTRY_CHARACTERS_MAX: Final = 4_000
"""Characters shown of one finding."""

_CLEAN_RUN: Final = "a run that nobody disturbs"


def print_proof(proved: Proved, console: Console) -> None:
    """Print everything but the last line."""
    _print_list(console, "Sample", proved.sample)
    console.print(_table(proved))
    _print_list(console, "Not proved", _unproved(proved))
    _print_list(console, "Effects that came twice, otherwise or not at all", _findings(proved))
    ignored = frozenset().union(*(trial.ignored for trial in proved.trials))
    told = [f"{where}: {', '.join(paths)}" for where, paths in ignored_paths(ignored).items()]
    _print_list(console, "Not compared, since two clean runs differ in it", told)


def print_self_test(trials: Sequence[BugTrial], console: Console) -> None:
    """Print which planted bug was found by what."""
    table = Table(box=SIMPLE_HEAD, title="Bugs planted in a copy of shared/trunkline")
    for name in ("bug", "file", "run", "caught by"):
        table.add_column(name, overflow="fold")
    for one in trials:
        caught = Text(one.caught_at or "MISSED", "green" if one.is_caught else "bold red")
        run = f"{one.bug.handler}, {one.bug.run}"
        table.add_row(one.bug.name, one.bug.file, run, caught)
    console.print(table)
    problems = [f"{one.bug.name}: {one.problem}" for one in trials if one.problem]
    _print_list(console, "Could not be judged", problems)


def as_json(proved: Proved) -> dict[str, Any]:
    """The same as plain data, with every finding."""
    return {
        "handlers": [
            {
                "service": handler.service.name,
                "handler": handler.name,
                "runs": [_trial_as_json(one) for one in _trials_of(proved, handler)],
            }
            for handler in proved.handlers
        ],
        "crash_points": proved.crash_points,
        "duplicates": proved.duplicates,
        "losses": proved.losses,
        "not_proved": list(_unproved(proved)),
        "sample": list(proved.sample),
        "holds": proved.holds,
    }


def _trial_as_json(trial: Trial) -> dict[str, Any]:
    return {
        "name": trial.scenario.name,
        "calls": trial.calls,
        "crash_points": crash_points(trial),
        "pauses": pauses(trial),
        "faults": faults(trial),
        "refused": refusals(trial),
        "repeats": repeats(trial),
        "not_compared": ignored_paths(trial.ignored),
        "findings": [
            {
                "point": str(point) if point else _CLEAN_RUN,
                "kind": each.kind,
                "where": each.where,
                "what": each.what,
            }
            for point, each in trial.differences
        ],
    }


def _table(proved: Proved) -> Table:
    table = Table(box=SIMPLE_HEAD, title="Every call: killed, held, cut, throttled, refused")
    table.add_column("handler", no_wrap=True)
    for name in ("calls", "crash points", "pauses", "faults", "repeats", "duplicates", "losses"):
        table.add_column(name, justify="right", no_wrap=True)
    for handler in proved.handlers:
        trials = _trials_of(proved, handler)
        wrong = [sum(count(one, kind) for one in trials) for kind in (Kind.DUPLICATE, Kind.LOSS)]
        figures = [
            sum(len(one.calls) for one in trials),
            sum(map(crash_points, trials)),
            sum(map(pauses, trials)),
            sum(map(faults, trials)),
            sum(map(repeats, trials)),
        ]
        tones = ["bold red" if figure else "green" for figure in wrong]
        table.add_row(
            handler.full_name,
            *map(str, figures),
            *(Text(str(figure), tone) for figure, tone in zip(wrong, tones, strict=True)),
        )
    return table


def _trials_of(proved: Proved, handler: Handler) -> list[Trial]:
    return [one for one in proved.trials if one.scenario.handler == handler]


def _unproved(proved: Proved) -> Iterator[str]:
    for missing in proved.missing:
        yield f"{missing.name}: {missing.problem}"
    for trial in proved.trials:
        if trial.problem:
            yield f"{trial.scenario.full_name}: {trial.problem}"
        for one in trial.tried:
            if one.problem:
                yield f"{trial.scenario.full_name}, {one.point}: {one.problem}"


def _findings(proved: Proved) -> Iterator[str]:
    """Equal findings of one scenario as one, with the points at which they were made."""
    for trial in proved.trials:
        points: defaultdict[Difference, Counter[str]] = defaultdict(Counter)
        for point, each in trial.differences:
            points[each][str(point or _CLEAN_RUN)] += 1
        for each, at in points.items():
            yield f"{trial.scenario.full_name}: {each.kind} in {each.where}: {each.what}"
            told = (
                f"{point} ({times} times)" if times > 1 else point for point, times in at.items()
            )
            yield f"    {'; '.join(told)}"


def _print_list(console: Console, title: str, entries: Iterator[str] | Sequence[str]) -> None:
    listed = list(entries)
    if not listed:
        return
    console.print(f"\n{title}:", style="bold", highlight=False)
    for entry in listed[:SHOWN_MAX]:
        shown = printable(entry, ENTRY_CHARACTERS_MAX)
        console.print(f"  {shown}", highlight=False, markup=False, soft_wrap=True)
    if len(listed) > SHOWN_MAX:
        console.print(f"  and {len(listed) - SHOWN_MAX} more, see --json", highlight=False)
