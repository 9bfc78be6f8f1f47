"""The command `shop`: `shop demo` sends the orders of a file through a fresh local platform."""

import argparse
import contextlib
import shlex
import signal
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Final, TextIO

from rich.console import Console

from shop.orders_file import OrdersFile, read_orders
from shop.report import Times
from trunklab import effects, settings
from trunklab.cli.up_command import as_text
from trunklab.errors import ExitStatus, TrunklabError, UsageError
from trunklab.local.local_limits import EMULATOR_DYING_S
from trunklab.local.platform import Platform, Wanted, repository_templates, running

if TYPE_CHECKING:
    from shop.report import Outcomes
    from trunklab.stage import Stage

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
        report(f"placing the {len(file.orders)} orders of {_typed(arguments.orders)}")
        if arguments.orders == SAMPLE:
            report("note: some lines of the sample are invalid on purpose; the report lists them")
        outcomes = _place(platform, file, times, progress, as_document=arguments.json)
        if arguments.serve:
            _serve(platform, progress, outcomes, arguments.orders)
    return 0 if outcomes.verdict.is_good else 1


def _place(
    platform: Platform,
    file: OrdersFile,
    times: Times,
    progress: Console,
    *,
    as_document: bool,
) -> "Outcomes":
    # Imported here: the platform's start has loaded boto3 by now, without a wait of its own.
    from shop.demo_run import run_orders  # noqa: PLC0415 - the reason above
    from shop.report import as_json  # noqa: PLC0415 - the same
    from trunklab.stage import Stage, StageError  # noqa: PLC0415 - the same

    stage = Stage(settings.LOCAL_STAGE, platform.endpoint)
    try:
        outcomes = run_orders(stage, file, times, progress, platform.check_alive)
        if as_document:
            sys.stdout.write(as_json(outcomes) + "\n")
        else:
            _print(outcomes, stage, times.began)
    except StageError:
        platform.check_alive(EMULATOR_DYING_S)  # a dead emulator is the better reason
        raise
    return outcomes


def _started_at(seconds: float | None, process_at: datetime) -> datetime:
    if seconds is None:
        return process_at
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise UsageError(f"Invalid --started-at {seconds}: {error}.") from error


def _console(stream: TextIO) -> Console:
    return Console(file=stream, width=None if stream.isatty() else _PLAIN_WIDTH)


def _print(outcomes: "Outcomes", stage: "Stage", since: datetime) -> None:
    from shop.report import print_report  # noqa: PLC0415 - needed at the very end only
    from shop.verdict import most_instructive  # noqa: PLC0415 - the same
    from trunklab.observe.story_search import search_settled_stories  # noqa: PLC0415 - the same
    from trunklab.observe.story_view import render  # noqa: PLC0415 - the same

    console = _console(sys.stdout)
    shown = most_instructive(outcomes.verdict)
    if shown is not None and shown.order_id is not None:
        render(search_settled_stories(stage, shown.order_id, since).stories, console)
        console.print()
    print_report(outcomes, console)
    console.print(f"\n{outcomes.times_line}\n{outcomes.last_line}", highlight=False, soft_wrap=True)


def _serve(platform: Platform, console: Console, outcomes: "Outcomes", file: Path) -> None:
    from trunklab.stage import Stage  # noqa: PLC0415 - loads boto3, as in `_place`

    lines = [as_text(platform)]
    accepted = [result for result in outcomes.verdict.results if result.order_id is not None]
    if accepted:
        stage = Stage(settings.LOCAL_STAGE, platform.endpoint)
        url = shlex.quote(f"{stage.outputs('orders')['ApiUrl']}/orders")
        order = f"sed -n {accepted[0].line}p {shlex.quote(_typed(file))}"
        trunkline = shlex.quote(_typed(Path(sys.executable).with_name("trunkline")))
        lines += ["place an order, then see what happens to one:", ""]
        lines += [f"  {order} | curl -d @- -H 'Content-Type: application/json' {url}"]
        lines += [f"  {trunkline} story {accepted[0].order_id} --endpoint {platform.endpoint}", ""]
    console.print("\n".join(lines), highlight=False, soft_wrap=True, markup=False)
    with contextlib.suppress(KeyboardInterrupt):
        platform.serve()


def _typed(path: Path) -> str:
    """Returns a path as it can be typed in the current folder."""
    below = path.absolute().is_relative_to(Path.cwd())
    return str(path.absolute().relative_to(Path.cwd()) if below else path)


if __name__ == "__main__":
    sys.exit(main())
