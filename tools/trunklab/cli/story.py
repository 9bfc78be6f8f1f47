"""`trunkline story`: everything that happened for one order or correlation id."""

import argparse
import re
import sys
from datetime import timedelta
from typing import Final

from rich.console import Console

from trunklab import effects, settings
from trunklab.errors import UsageError
from trunklab.printable import printable
from trunklab.stage import Stage
from trunklab.story.as_json import as_json
from trunklab.story.read import Found
from trunklab.story.render import render
from trunklab.story.tell import tell

_WANTED: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@/-]{0,127}")
"""What may stand in a quoted term of a CloudWatch Logs pattern without meaning anything else."""

_WINDOW: Final = re.compile(r"([0-9]{1,5})([mhd])")
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what to search for, and where."""
    parser.add_argument("id", help="an order id, a correlation id or an event id")
    parser.add_argument("--stage", default=settings.LOCAL_STAGE, help="default: %(default)s")
    parser.add_argument(
        "--endpoint", metavar="URL", help="default: AWS_ENDPOINT_URL, else the local platform"
    )
    parser.add_argument(
        "--since",
        default="24h",
        metavar="TIME",
        help="how far back to search, as 30m, 24h or 7d (default: %(default)s)",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(arguments: argparse.Namespace) -> int:
    """Search, and print what was found."""
    if not _WANTED.fullmatch(arguments.id):
        raise UsageError(f"{printable(arguments.id)!r} is no id: letters, digits and . _ : @ / -")
    since = effects.now() - _window(arguments.since)
    stage = Stage(arguments.stage, arguments.endpoint)
    told = tell(stage, arguments.id, since)
    if arguments.json:
        sys.stdout.write(as_json(arguments.id, told) + "\n")
    else:
        render(told.stories, Console())
    _mention(arguments, told.found, stage)
    return 0 if told.stories else 1


def _window(text: str) -> timedelta:
    match = _WINDOW.fullmatch(text)
    if match is None:
        raise UsageError(f"--since {printable(text)!r} is no time: write 30m, 24h or 7d")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def _mention(arguments: argparse.Namespace, found: Found, stage: Stage) -> None:
    """Say on stderr what a reader of the story must know about the search."""
    if not found.groups:
        sys.stderr.write(
            f"no log group /trunkline/{stage.name}/* at {stage.place}: "
            "nothing has run there yet, or --stage or --endpoint is another\n"
        )
    elif not found.lines:
        sys.stderr.write(
            f"nothing found for {arguments.id} in {', '.join(found.groups)} at {stage.place} "
            f"since {arguments.since}: check the id, look further back with --since, "
            "or wait some seconds for new lines\n"
        )
    if found.malformed:
        sys.stderr.write(f"{found.malformed} of our log lines could not be read\n")
    if found.cut_short:
        sys.stderr.write("there was more than is read for one story: narrow it with --since\n")
