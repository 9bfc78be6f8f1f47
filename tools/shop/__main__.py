"""The command `shop`: `shop demo` sends the orders of a file through a fresh local platform."""

import argparse
import signal
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Final, TextIO

from rich.console import Console

from shop.orders_file import read_orders
from shop.report import Times
from trunklab import effects, settings
from trunklab.errors import ExitStatus, TrunklabError, UsageError
from trunklab.local.platform import Wanted, repository_templates, running

SAMPLE: Final = Path(__file__).with_name("orders.jsonl")

_PLAIN_WIDTH: Final = 120
"""Characters of a line outside a terminal."""


def main(words: Sequence[str] | None = None) -> int:
    """Runs a command of the shop; returns its exit status."""
    parser = argparse.ArgumentParser(prog="shop", description="The reference system as a whole.")
    commands = parser.add_subparsers(dest="command", required=True)
    summary = "send orders through a fresh local platform"
    _add_arguments(commands.add_parser("demo", help=summary, description=summary))
    arguments = parser.parse_args(words)
    try:
        # SIGINT as well: a shell script that starts us in the background passes it on ignored.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _interrupt)
        return _demo(arguments)
    except TrunklabError as error:
        sys.stderr.write(f"shop {arguments.command}: {error}\n")
        return error.exit_status
    except KeyboardInterrupt:
        return ExitStatus.INTERRUPTED


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


def _demo(arguments: argparse.Namespace) -> int:
    """Starts a platform, places the orders, reports; returns 1 if an order is unfinished."""
    process_at = effects.process_started()
    started_at = _started_at(arguments.started_at, process_at)
    file = read_orders(arguments.orders)
    # Progress goes to stderr: standard output holds the results only.
    progress = _console(sys.stderr)

    def report(step: str) -> None:
        seconds = (effects.now() - started_at).total_seconds()
        progress.print(f"{seconds:6.2f} s  {step}", highlight=False, soft_wrap=True)

    with running(Wanted(repository_templates(), port=arguments.port), report) as platform:
        times = Times(started_at, process_at, effects.now())
        # Imported here: the platform's start has loaded boto3 by now, without a wait of its own.
        from shop.demo_run import as_typed, place, serve  # noqa: PLC0415 - the reason above

        report(f"placing the {len(file.orders)} orders of {as_typed(arguments.orders)}")
        if arguments.orders == SAMPLE:
            report("note: some lines of the sample are invalid on purpose; the report lists them")
        results = None if arguments.json else _console(sys.stdout)
        outcomes = place(platform, file, times, progress, results)
        if arguments.serve:
            serve(platform, progress, outcomes, arguments.orders)
    return 0 if outcomes.verdict.is_good else 1


def _started_at(seconds: float | None, process_at: datetime) -> datetime:
    if seconds is None:
        return process_at
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise UsageError(f"Invalid --started-at {seconds}: {error}.") from error


def _console(stream: TextIO) -> Console:
    return Console(file=stream, width=None if stream.isatty() else _PLAIN_WIDTH)


if __name__ == "__main__":
    sys.exit(main())
