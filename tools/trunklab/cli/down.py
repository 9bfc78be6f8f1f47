"""`trunkline down`: stops the local platform and waits until it is gone."""

import argparse
import os
import signal
import sys

from trunklab import effects
from trunklab.cli import running
from trunklab.errors import PlatformError
from trunklab.local.limits import DOWN_S

_POLL_S = 0.05


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's options."""
    running.add_endpoint_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Ask the platform to end; return when its process has."""
    endpoint, status = running.find(arguments)
    pid = int(status["pid"])
    deadline = effects.monotonic() + DOWN_S
    number: int = signal.SIGTERM
    while _send(pid, number, endpoint):
        number = 0  # which asks whether the process is still there
        if effects.monotonic() > deadline:
            raise PlatformError(f"process {pid} still runs after {DOWN_S:.0f} s: end it yourself")
        effects.sleep(_POLL_S)
    sys.stdout.write(f"{endpoint}: stopped\n")
    return 0


def _send(pid: int, number: int, endpoint: str) -> bool:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    except PermissionError as error:
        raise PlatformError(f"{endpoint} is process {pid} of another user") from error
    return True
