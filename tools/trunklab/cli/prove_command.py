"""`trunkline prove`: kills and delays every handler at every call, and counts the differences."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from trunklab import settings
from trunklab.cli import output
from trunklab.errors import UsageError
from trunklab.local.platform import Wanted, running
from trunklab.prove import handler_discovery, planted_bugs, proof_report
from trunklab.prove.crash_points import When
from trunklab.prove.handler_discovery import Handler, Missing
from trunklab.prove.planted_bugs import BUGS, Bug
from trunklab.prove.prover import Proved, Runs, Trial, prove, sampled, select
from trunklab.prove.scenarios import scenarios
from trunklab.testing import template_stack
from trunklab.testing.sandbox import Clients

_WIDTH: Final = 120
"""Characters of a line outside a terminal."""

_BUGS_SAMPLED: Final = 2
"""Planted bugs of a sample."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares what to prove."""
    parser.add_argument("--service", metavar="NAME", help="one service only")
    parser.add_argument(
        "--handler", metavar="NAME", help="one handler only, by its name in the table"
    )
    parser.add_argument(
        "--run",
        default="",
        metavar="NAME",
        help='one kind of run only, by its name in findings ("one message")',
    )
    parser.add_argument(
        "--services",
        type=Path,
        default=settings.REPOSITORY / "services",
        metavar="FOLDER",
        help="the folder of the services' folders, or of one service (default: services)",
    )
    parser.add_argument(
        "--strike",
        default="",
        choices=[*When],
        metavar="NAME",
        help='one kind of strike only ("cut before")',
    )
    parser.add_argument(
        "--first", action="store_true", help="stop when the first difference is found"
    )
    parser.add_argument(
        "--sample",
        default="",
        metavar="SEED",
        help="a part only; a string such as a commit id selects it",
    )
    parser.add_argument(
        "--self-test",
        action="store_true",
        help="plant bugs in the runtime library and check that they are found",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(arguments: argparse.Namespace) -> int:
    """Proves, and prints the result."""
    if arguments.self_test:
        return _self_test(arguments)
    found = _found(arguments)
    handlers = [one for one in found if isinstance(one, Handler)]
    everything = (each for one in handlers for each in scenarios(one))
    trials = select(everything, arguments.run, arguments.strike, arguments.sample)
    if not trials and (arguments.run or arguments.strike):
        raise UsageError(f"no handler has a run {arguments.run!r} with {arguments.strike!r}")
    with _progress() as progress:
        _prove(trials, progress, stop_at_first=arguments.first)
    proved = Proved(
        [one for one in handlers if any(trial.scenario.handler == one for trial in trials)],
        trials,
        [one for one in found if isinstance(one, Missing)],
        [f"{trial.scenario.full_name}: {', '.join(trial.strikes)}" for trial in trials]
        if arguments.sample
        else (),
    )
    if arguments.json:
        sys.stdout.write(json.dumps(proof_report.as_json(proved)) + "\n")
    else:
        proof_report.print_proof(proved, _console())
        sys.stdout.write(f"\n{proved.last_line}\n")
    return 0 if proved.holds else 1


def _console() -> Console:
    console = output.console()
    # A file or a pipe has no window that could be too narrow.
    return console if console.is_terminal else output.console(width=_WIDTH)


def _self_test(arguments: argparse.Namespace) -> int:
    """Plants every bug, or a sample, and prints which were caught."""
    if arguments.service or arguments.handler or arguments.run or arguments.strike:
        raise UsageError(
            "--self-test selects its handlers itself: use it with --sample and --json only"
        )
    bugs: Sequence[Bug] = BUGS
    if arguments.sample:
        bugs = sampled(BUGS, arguments.sample, _BUGS_SAMPLED)
    with _progress() as progress:
        tried = planted_bugs.run(bugs)
        trials = list(progress.track(tried, total=len(bugs), description="bugs"))
    if arguments.json:
        sys.stdout.write(json.dumps([asdict(one) for one in trials]) + "\n")
    else:
        proof_report.print_self_test(trials, _console())
        sys.stdout.write(f"\n{planted_bugs.last_line(trials)}\n")
    return 0 if all(one.is_caught for one in trials) else 1


def _found(arguments: argparse.Namespace) -> list[Handler | Missing]:
    everything = [
        handler
        for service in handler_discovery.services(arguments.services, arguments.service)
        for handler in handler_discovery.handlers(service)
    ]
    found = [one for one in everything if _is_wanted(one, arguments.handler)]
    if not found:
        wanted = f"handler {arguments.handler}" if arguments.handler else "function"
        raise UsageError(f"there is no {wanted} in {arguments.services}")
    return found


def _is_wanted(one: Handler | Missing, name: str | None) -> bool:
    names = {one.name} | ({one.full_name} if isinstance(one, Handler) else set())
    return name is None or name in names


def _prove(trials: Sequence[Trial], progress: Progress, *, stop_at_first: bool) -> None:
    bar = progress.add_task("runs", total=None)
    with running(Wanted((), port=0)) as platform:
        clients = Clients.of(platform.endpoint)
        try:
            runs = Runs(clients, template_stack.read(settings.REPOSITORY / "template.yaml"))
            prove(
                trials,
                runs,
                lambda done, of: progress.update(bar, completed=done, total=of),
                stop_at_first=stop_at_first,
            )
        finally:
            clients.close()


def _progress() -> Progress:
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
