"""The report of a proof: a table of all handlers, findings with their points, the last line."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, Final

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from trunklab.printable import print_list
from trunklab.prove.crash_points import DEATHS, FAULTS, PAUSES
from trunklab.prove.handler_discovery import Handler
from trunklab.prove.oracle import Difference, Kind, paths_by_place
from trunklab.prove.planted_bugs import BugTrial
from trunklab.prove.prover import Proved, Trial

_SHOWN_MAX: Final = 200
"""Findings shown; `--json` has all of them."""

_ENTRY_CHARACTERS_MAX: Final = 4_000
"""Characters shown of one finding."""

_print_list: Final = partial(print_list, shown_max=_SHOWN_MAX, characters_max=_ENTRY_CHARACTERS_MAX)

_CLEAN_RUN: Final = "a run that nobody disturbs"


def print_proof(proved: Proved, console: Console) -> None:
    """Prints everything but the last line."""
    _print_list(console, "Sample", proved.sample)
    console.print(_table(proved))
    _print_list(console, "Not proved", proved.unproved)
    _print_list(console, "Effects that came twice, otherwise or not at all", _findings(proved))
    ignored = frozenset().union(*(trial.ignored for trial in proved.trials))
    lines = [f"{where}: {', '.join(paths)}" for where, paths in paths_by_place(ignored).items()]
    _print_list(console, "Not compared, since two clean runs differ in it", lines)


def print_self_test(trials: Sequence[BugTrial], console: Console) -> None:
    """Prints where each planted bug was found."""
    table = Table(box=SIMPLE_HEAD, title="Bugs planted in a copy of shared/trunkline")
    for name in ("bug", "file", "run", "caught by"):
        table.add_column(name, overflow="fold")
    for trial in trials:
        caught = Text(trial.caught_at or "MISSED", "green" if trial.is_caught else "bold red")
        run = f"{trial.bug.handler}, {trial.bug.run}"
        table.add_row(trial.bug.name, trial.bug.file, run, caught)
    console.print(table)
    problems = [f"{trial.bug.name}: {trial.problem}" for trial in trials if trial.problem]
    _print_list(console, "Could not be judged", problems)


def as_json(proved: Proved) -> dict[str, Any]:
    """Returns the same as plain data, with every finding."""
    return {
        "handlers": [
            {
                "service": handler.service.name,
                "handler": handler.name,
                "runs": [_trial_as_json(trial) for trial in _trials_of(proved, handler)],
            }
            for handler in proved.handlers
        ],
        "crash_points": proved.crash_points,
        "duplicates": proved.count(Kind.DUPLICATE),
        "losses": proved.count(Kind.LOSS),
        "not_proved": proved.unproved,
        "sample": list(proved.sample),
        "holds": proved.holds,
    }


def _trial_as_json(trial: Trial) -> dict[str, Any]:
    return {
        "name": trial.scenario.name,
        "calls": trial.calls,
        "crash_points": trial.points_tried(DEATHS),
        "pauses": trial.points_tried(PAUSES),
        "faults": trial.points_tried(FAULTS),
        "refused": trial.refused,
        "repeats": trial.repeats,
        "not_compared": paths_by_place(trial.ignored),
        "findings": [
            {"point": str(point or _CLEAN_RUN), **vars(difference)}
            for point, difference in trial.differences
        ],
    }


def _table(proved: Proved) -> Table:
    table = Table(box=SIMPLE_HEAD, title="Every call: killed, held, cut, throttled, refused")
    table.add_column("handler", no_wrap=True)
    for name in ("calls", "crash points", "pauses", "faults", "repeats", "duplicates", "losses"):
        table.add_column(name, justify="right", no_wrap=True)
    for handler in proved.handlers:
        trials = _trials_of(proved, handler)
        figures = [
            sum(len(trial.calls) for trial in trials),
            *(
                sum(trial.points_tried(kinds) for trial in trials)
                for kinds in (DEATHS, PAUSES, FAULTS)
            ),
            sum(trial.repeats for trial in trials),
        ]
        wrong = [sum(trial.count(kind) for trial in trials) for kind in Kind]
        tones = [Text(str(figure), "bold red" if figure else "green") for figure in wrong]
        table.add_row(handler.full_name, *map(str, figures), *tones)
    return table


def _trials_of(proved: Proved, handler: Handler) -> list[Trial]:
    return [trial for trial in proved.trials if trial.scenario.handler == handler]


def _findings(proved: Proved) -> Iterator[str]:
    """Returns each different finding of a scenario once, with its points."""
    for trial in proved.trials:
        points: defaultdict[Difference, Counter[str]] = defaultdict(Counter)
        for point, difference in trial.differences:
            points[difference][str(point or _CLEAN_RUN)] += 1
        for difference, at in points.items():
            name = trial.scenario.full_name
            yield f"{name}: {difference.kind} in {difference.where}: {difference.what}"
            counted = (
                f"{point} ({times} times)" if times > 1 else point for point, times in at.items()
            )
            yield f"    {'; '.join(counted)}"
