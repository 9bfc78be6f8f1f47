"""`trunkline down`: stops the local platform and waits until it is gone."""

import argparse
import os
import signal
import sys

from trunklab import effects
from trunklab.cli import running
from trunklab.errors import NotRunningError, PlatformError, UsageError
from trunklab.local import pid_file
from trunklab.local.http import listeners, request_guard
from trunklab.local.local_limits import DOWN_S
from trunklab.local.pid_file import PidFile

_POLL_S = 0.05


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's options."""
    running.add_endpoint_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Ask the platform to end; return when its process has."""
    endpoint, host, port = running.address(arguments)
    if not request_guard.is_local(endpoint):
        raise UsageError(f"{host} is not this machine: run `trunkline down` there")
    held = _proved(endpoint, host, port)
    os.kill(held.pid, signal.SIGTERM)
    deadline = effects.monotonic() + DOWN_S
    while held.runs:
        if effects.monotonic() > deadline:
            raise PlatformError(
                f"process {held.pid} still runs after {DOWN_S:.0f} s: end it yourself"
            )
        effects.sleep(_POLL_S)
    sys.stdout.write(f"{endpoint}: stopped\n")
    return 0


def _proved(endpoint: str, host: str, port: int) -> PidFile:
    """Returns the pid file of the platform; what answers at the port may say anything."""
    held = pid_file.read(port)
    if held is not None and held.runs:
        return held
    if listeners.ask_status(host, port) is None:
        raise NotRunningError(endpoint)
    raise PlatformError(
        f"{endpoint} is not proved to be a platform that you started from this folder:"
        " run `trunkline down` where it was started, or end it yourself"
    )
