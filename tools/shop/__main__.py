"""The command `shop`: `shop demo` sends the orders of a file through a fresh local platform."""

import argparse
import contextlib
import signal
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Final, TextIO

from rich.console import Console

from shop.orders_file import OrdersFile, read_orders
from trunklab import effects, settings
from trunklab.errors import TrunklabError, UsageError
from trunklab.local.local_limits import EMULATOR_DYING_S
from trunklab.local.platform import Platform, Wanted, repository_templates, running

if TYPE_CHECKING:
    from shop.report import Outcomes
    from trunklab.stage import Stage

SAMPLE: Final = Path(__file__).with_name("orders.jsonl")

_PLAIN_WIDTH: Final = 120
"""Characters a table may be wide where there is no terminal to ask."""


def main(words: Sequence[str] | None = None) -> int:
    """Runs a command of the shop; returns its exit status."""
    parser = argparse.ArgumentParser(prog="shop", description="The reference system as a whole.")
    commands = parser.add_subparsers(dest="command", required=True)
    summary = "send orders through a fresh local platform"
    _add_arguments(commands.add_parser("demo", help=summary, description=summary))
    arguments = parser.parse_args(words)
    try:
        # SIGINT as well: a shell script that starts us in the background hands it on ignored.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _interrupt)
        return _demo(arguments)
    except TrunklabError as error:
        sys.stderr.write(f"shop {arguments.command}: {error}\n")
        return error.exit_status
    except KeyboardInterrupt:
        return 130  # what a shell expects of a command ended by Ctrl-C


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--orders",
        type=Path,
        default=SAMPLE,
        metavar="FILE",
        help="one order per line, as the body of POST /orders (default: the sample)",
    )
    parser.add_argument(
        "--serve", action="store_true", help="go on serving afterwards, until Ctrl-C"
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
        help="when what the user waits for began, since 1970 (default: when this process did)",
    )


def _demo(arguments: argparse.Namespace) -> int:
    """Returns 1 if an accepted order came to no end, else 0."""
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
    from shop.as_json import as_json  # noqa: PLC0415 - the reason above
    from shop.run import run_orders  # noqa: PLC0415 - the same
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
    from shop.pick import most_telling  # noqa: PLC0415 - needed at the very end only
    from shop.report import print_report  # noqa: PLC0415 - the same
    from trunklab.observe.story_search import tell_settled  # noqa: PLC0415 - the same
    from trunklab.observe.story_view import render  # noqa: PLC0415 - the same

    console = _console(sys.stdout)
    shown = most_telling(outcomes.verdict)
    if shown is not None and shown.order_id is not None:
        render(tell_settled(stage, shown.order_id, since).stories, console)
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


if __name__ == "__main__":
    sys.exit(main())
