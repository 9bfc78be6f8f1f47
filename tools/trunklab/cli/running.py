"""Finds the platform that a verb is about, by its endpoint."""

import argparse
from typing import Any
from urllib.parse import urlsplit

from trunklab import settings
from trunklab.errors import NotRunningError, UsageError
from trunklab.local.http import listeners


def add_endpoint_argument(parser: argparse.ArgumentParser) -> None:
    """Declare the option that names the platform."""
    parser.add_argument(
        "--endpoint",
        metavar="URL",
        help="the platform's address (default: AWS_ENDPOINT_URL, else port 4566 of this machine)",
    )


def address(arguments: argparse.Namespace) -> tuple[str, str, int]:
    """Returns endpoint, host and port; raises UsageError if it cannot be a platform's."""
    endpoint = settings.endpoint(arguments.endpoint)
    try:
        parts = urlsplit(endpoint)
        host, port = parts.hostname, parts.port or 80
    except ValueError as error:
        raise UsageError(f"{endpoint!r} is no address: {error}") from error
    if parts.scheme != "http" or not host:
        raise UsageError(f"{endpoint!r} is no address of a local platform (http://host:port)")
    return endpoint, host, port


def find(arguments: argparse.Namespace) -> tuple[str, dict[str, Any]]:
    """Return endpoint and status of the platform; raise NotRunningError when none answers."""
    endpoint, host, port = address(arguments)
    status = listeners.ask_status(host, port)
    if status is None:
        raise NotRunningError(endpoint)
    return endpoint, status
