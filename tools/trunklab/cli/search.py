"""What the verbs that search a stage for an id have in common: their arguments, and their form."""

import argparse
import re
from datetime import timedelta
from typing import Final

from trunklab import settings
from trunklab.errors import UsageError
from trunklab.printable import printable

_WANTED: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@/-]{0,127}")
"""What may stand quoted in a search of CloudWatch Logs or X-Ray without meaning anything else."""

_WINDOW: Final = re.compile(r"([0-9]{1,5})([mhd])")
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days"}


def add_arguments(parser: argparse.ArgumentParser, what: str) -> None:
    """Declare what to search for, and where; `what` says which ids are understood."""
    parser.add_argument("id", help=what)
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


def check(arguments: argparse.Namespace) -> timedelta:
    """Return how far back to search; raise UsageError for what can never be found."""
    if not _WANTED.fullmatch(arguments.id):
        raise UsageError(f"{printable(arguments.id)!r} is no id: letters, digits and . _ : @ / -")
    match = _WINDOW.fullmatch(arguments.since)
    if match is None:
        raise UsageError(f"--since {printable(arguments.since)!r} is no time: write 30m, 24h or 7d")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})
