"""`trunkline down`: stops the local platform and waits until it is gone."""

import argparse
import os
import signal
import sys
from pathlib import Path

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
    try:
        os.kill(pid, signal.SIGTERM)
    except PermissionError as error:
        raise PlatformError(f"{endpoint} is process {pid} of another user") from error
    deadline = effects.monotonic() + DOWN_S
    while _runs(pid):
        if effects.monotonic() > deadline:
            raise PlatformError(f"process {pid} still runs after {DOWN_S:.0f} s: end it yourself")
        effects.sleep(_POLL_S)
    sys.stdout.write(f"{endpoint}: stopped\n")
    return 0


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        # A process that ended stays listed until whoever started it has looked (Linux tells).
        stat = Path(f"/proc/{pid}/stat").read_text("utf-8")
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return stat.rpartition(")")[2].split()[0] != "Z"
