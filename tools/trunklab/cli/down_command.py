"""`trunkline down`: stops the local platform and waits until it is gone."""

import argparse
import os
import signal
import sys

from trunklab import effects
from trunklab.cli import options
from trunklab.errors import NotRunningError, PlatformError, UsageError
from trunklab.local import pid_file
from trunklab.local.http import access_key, listeners
from trunklab.local.local_limits import DOWN_S

_POLL_S = 0.05


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the options."""
    options.add_endpoint(parser)


def run(arguments: argparse.Namespace) -> int:
    """Stops the platform; returns when its process has ended."""
    endpoint, host, port = options.local_address(arguments)
    if not access_key.is_local(endpoint):
        raise UsageError(f"{host} is not this machine: run `trunkline down` there")
    # The process is known from its file: the response of the port is not trusted.
    held = pid_file.read(port)
    if held is None or not held.runs:
        if listeners.ask_status(host, port) is None:
            raise NotRunningError(endpoint)
        raise PlatformError(
            f"{endpoint} was not started from this folder, or not by you:"
            " run `trunkline down` where it was started, or kill it"
        )
    os.kill(held.pid, signal.SIGTERM)
    deadline = effects.monotonic() + DOWN_S
    while held.runs:
        if effects.monotonic() > deadline:
            raise PlatformError(f"process {held.pid} still runs after {DOWN_S:.0f} s: kill it")
        effects.sleep(_POLL_S)
    sys.stdout.write(f"{endpoint}: stopped\n")
    return 0
