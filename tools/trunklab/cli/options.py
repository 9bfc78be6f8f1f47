"""Options that several commands share, and their validation."""

import argparse
import re
from datetime import timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from trunklab import settings
from trunklab.errors import UsageError
from trunklab.printable import printable

_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@/-]{0,127}")
"""Safe within quotes in a query of CloudWatch Logs or X-Ray."""

_PERIOD: Final = re.compile(r"([0-9]{1,5})([mhd])")
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days"}


def add_json(parser: argparse._ActionsContainer) -> None:
    """Declares --json."""
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def add_root(parser: argparse.ArgumentParser) -> None:
    """Declares --root."""
    parser.add_argument(
        "--root",
        type=Path,
        default=settings.REPOSITORY,
        metavar="FOLDER",
        help="the repository to read (default: this checkout, else the current folder)",
    )


def add_places(parser: argparse.ArgumentParser) -> None:
    """Declares which repository to read, and with which parameters."""
    add_root(parser)
    parser.add_argument("--stage", default=settings.LOCAL_STAGE, help="default: %(default)s")
    parser.add_argument(
        "--parameter",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="value of a template parameter; repeatable",
    )


def add_contracts(parser: argparse.ArgumentParser) -> None:
    """Declares a folder with exported contracts."""
    parser.add_argument(
        "--contracts",
        type=Path,
        metavar="FOLDER",
        help="event schemas as exported from a schema registry (default: schemas/ of the root)",
    )


def add_form(parser: argparse.ArgumentParser) -> None:
    """Declares the formats of findings; `form_of` returns the chosen one."""
    form = parser.add_mutually_exclusive_group()
    add_json(form)
    form.add_argument("--sarif", action="store_true", help="print SARIF 2.1.0 for code review")


def form_of(arguments: argparse.Namespace) -> str:
    """Returns the format of the findings: text, json or sarif."""
    return "sarif" if arguments.sarif else "json" if arguments.json else "text"


def add_comparison(
    parser: argparse.ArgumentParser, old_state: str, default: str = "main, origin/main"
) -> None:
    """Declares what to compare with, and the format of the findings."""
    parser.add_argument(
        "--against",
        metavar="REVISION|FOLDER",
        help=f"{old_state}: a git revision, or another checkout (default: {default})",
    )
    add_root(parser)
    add_contracts(parser)
    add_form(parser)


def add_search(parser: argparse.ArgumentParser, ids: str) -> None:
    """Declares the id to search for, and the stage to search."""
    parser.add_argument("id", help=ids)
    parser.add_argument("--stage", default=settings.LOCAL_STAGE, help="default: %(default)s")
    add_endpoint(parser)
    parser.add_argument(
        "--since",
        default="24h",
        metavar="PERIOD",
        help="how far back to search: 30m, 24h or 7d (default: %(default)s)",
    )
    add_json(parser)


def searched_period(arguments: argparse.Namespace) -> timedelta:
    """Returns how far back to search; raises UsageError if the id or the period is invalid."""
    if not _ID.fullmatch(arguments.id):
        shown = printable(arguments.id)
        raise UsageError(f"Invalid id {shown!r}: use letters, digits and . _ : @ / - only.")
    match = _PERIOD.fullmatch(arguments.since)
    if match is None:
        shown = printable(arguments.since)
        raise UsageError(f"Invalid --since {shown!r}: use 30m, 24h or 7d.")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def add_endpoint(parser: argparse.ArgumentParser) -> None:
    """Declares the address of a platform."""
    parser.epilog = "Exit status 2: wrong usage, or nothing answers at the endpoint."
    parser.add_argument(
        "--endpoint",
        metavar="URL",
        help="default: AWS_ENDPOINT_URL, else the local platform at port 4566",
    )


def local_address(arguments: argparse.Namespace) -> tuple[str, str, int]:
    """Returns endpoint, host and port; raises UsageError if the URL cannot be a platform's."""
    endpoint = settings.endpoint(arguments.endpoint)
    try:
        parts = urlsplit(endpoint)
        scheme, host, port = parts.scheme, parts.hostname, parts.port or 80
    except ValueError as error:
        raise UsageError(f"Invalid address {endpoint!r}: {error}.") from error
    if scheme != "http" or not host:
        raise UsageError(f"Not a local platform address: {endpoint!r} (expected http://host:port).")
    return endpoint, host, port
