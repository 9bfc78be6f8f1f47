"""`trunkline demo`: places the orders of a file on a new platform, and reports their outcome."""

import argparse
import contextlib
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

from rich.console import Console

from trunklab import demo, effects, settings
from trunklab.demo.orders_file import OrdersFile, read_orders
from trunklab.errors import UsageError
from trunklab.local.local_limits import EMULATOR_DYING_S
from trunklab.local.platform import Platform, Wanted, repository_templates, running

if TYPE_CHECKING:
    from trunklab.demo.report import Outcomes
    from trunklab.stage import Stage

SAMPLE: Final = Path(demo.__file__).with_name("orders.jsonl")

_PLAIN_WIDTH: Final = 120
"""Characters a table may be wide where there is no terminal to ask."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the options."""
    parser.add_argument(
        "--orders",
        type=Path,
        default=SAMPLE,
        metavar="FILE",
        help="one order per line, as the body of POST /orders (default: the sample)",
    )
    parser.add_argument(
        "--serve", action="store_true", help="keep serving afterwards, until Ctrl-C"
    )
    parser.add_argument(
        "--port",
        type=int,
        default=settings.LOCAL_PORT,
        help="port of the endpoint; HTTP APIs follow it (default %(default)s, 0: any free ones)",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document at the end")
    parser.add_argument(
        "--started-at",
        type=float,
        metavar="SECONDS",
        help="start of the measured time, in seconds since 1970 (default: start of this process)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Starts a platform, places the orders, reports; returns 1 if an order is unfinished."""
    started_at = _started_at(arguments.started_at)
    file = read_orders(arguments.orders)
    # Progress goes to stderr, so that what is kept of a run is its outcome.
    progress = _console(sys.stderr)

    def say(step: str) -> None:
        seconds = (effects.now() - started_at).total_seconds()
        progress.print(f"{seconds:6.2f} s  {step}", highlight=False, soft_wrap=True)

    with running(Wanted(repository_templates(), port=arguments.port), say) as platform:
        say(f"placing the {len(file.orders)} orders of {arguments.orders}")
        is_good = _place(platform, file, started_at, progress, as_document=arguments.json)
        if arguments.serve:
            _serve(platform, progress)
    return 0 if is_good else 1


def _place(
    platform: Platform,
    file: OrdersFile,
    started_at: datetime,
    progress: Console,
    *,
    as_document: bool,
) -> bool:
    # The platform's start has loaded boto3 by now; before it, it would only have been waited for.
    from trunklab.demo.as_json import as_json  # noqa: PLC0415 - the reason above
    from trunklab.demo.run import run_orders  # noqa: PLC0415 - the same
    from trunklab.stage import Stage, StageError  # noqa: PLC0415 - the same

    stage = Stage(settings.LOCAL_STAGE, platform.endpoint)
    try:
        outcomes = run_orders(stage, file, started_at, progress, platform.check_alive)
        if as_document:
            sys.stdout.write(as_json(outcomes) + "\n")
        else:
            _print(outcomes, stage, started_at)
    except StageError:
        platform.check_alive(EMULATOR_DYING_S)  # a dead emulator is the better reason
        raise
    return outcomes.verdict.is_good


def _started_at(given: float | None) -> datetime:
    if given is None:
        return effects.process_started()
    try:
        return datetime.fromtimestamp(given, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise UsageError(f"--started-at {given}: {error}") from error


def _console(stream: TextIO) -> Console:
    return Console(file=stream, width=None if stream.isatty() else _PLAIN_WIDTH)


def _print(outcomes: "Outcomes", stage: "Stage", since: datetime) -> None:
    from trunklab.demo.pick import most_telling  # noqa: PLC0415 - needed at the very end only
    from trunklab.demo.report import print_report  # noqa: PLC0415 - the same
    from trunklab.observe.story_search import search_settled_stories  # noqa: PLC0415 - the same
    from trunklab.observe.story_view import render  # noqa: PLC0415 - the same

    console = _console(sys.stdout)
    shown = most_telling(outcomes.verdict)
    if shown is not None and shown.order_id is not None:
        render(search_settled_stories(stage, shown.order_id, since).stories, console)
        console.print()
    print_report(outcomes, console)
    console.print(f"\n{outcomes.last_line}", highlight=False, soft_wrap=True)


def _serve(platform: Platform, console: Console) -> None:
    for name, url in platform.http_apis.items():
        console.print(f"HTTP API  {url}  ({name})", highlight=False, soft_wrap=True)
    console.print(
        f"endpoint  {platform.endpoint}  (AWS_ENDPOINT_URL for aws and boto3)\n"
        + (f"key       {platform.access_key}  (AWS_ACCESS_KEY_ID)\n" if platform.access_key else "")
        + f"story     trunkline story <order id> --endpoint {platform.endpoint}\n"
        "serving until Ctrl-C",
        highlight=False,
        soft_wrap=True,
    )
    # Ctrl-C is how this is meant to end, so it is no failure.
    with contextlib.suppress(KeyboardInterrupt):
        platform.serve()
