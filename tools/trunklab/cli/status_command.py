"""`trunkline status`: shows what runs at the endpoint."""

import argparse
import json
import sys

from trunklab.cli import options
from trunklab.errors import NotRunningError
from trunklab.local.http import listeners


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the options."""
    options.add_endpoint(parser)
    options.add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Prints the status of the platform."""
    endpoint, host, port = options.local_address(arguments)
    status = listeners.ask_status(host, port)
    if status is None:
        raise NotRunningError(endpoint)
    if arguments.json:
        sys.stdout.write(json.dumps(status) + "\n")
        return 0
    state = "ready" if status["ready"] else "starting"
    emulator = status["emulator"]
    lines = [f"{endpoint}: {state}, process {status['pid']}, stage {status['stage']}"]
    lines += [f"emulator  {emulator['name']}, process {emulator['pid']}"] if emulator else []
    lines += [f"stack     {name}" for name in status["stacks"]]
    lines += [f"HTTP API  {url}  ({name})" for name, url in status["http_apis"].items()]
    lines += [f"note: {note}" for note in status["notes"]]
    sys.stdout.write("\n".join(lines) + "\n")
    return 0
