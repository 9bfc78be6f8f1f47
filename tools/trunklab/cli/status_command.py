"""`trunkline status`: shows what runs at the endpoint."""

import argparse
import json
import sys

from trunklab.cli import options


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the options."""
    options.add_endpoint(parser)
    options.add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Prints the status of the platform."""
    endpoint, status = options.running_platform(arguments)
    if arguments.json:
        sys.stdout.write(json.dumps(status) + "\n")
        return 0
    state = "ready" if status["ready"] else "starting"
    rented = status["emulator"]
    lines = [f"{endpoint}: {state}, process {status['pid']}, stage {status['stage']}"]
    lines += [f"emulator  {rented['name']}, process {rented['pid']}"] if rented else []
    lines += [f"stack     {name}" for name in status["stacks"]]
    lines += [f"HTTP API  {url}  ({name})" for name, url in status["http_apis"].items()]
    lines += [f"note: {note}" for note in status["notes"]]
    sys.stdout.write("\n".join(lines) + "\n")
    return 0
