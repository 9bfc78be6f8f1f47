"""Prepares a function's process as in AWS, then runs the emulator's script that invokes it.

Started as a script, by the interpreter that functions run on:
    python -s -P function_start.py <script> [argument…]
Standard library only: whatever this file imported could be imported by a function.
"""

# ruff: noqa: TID251 - runs in a function's process and gives it its environment

import os
import runpy
import sys

KEPT = {"PATH", "HOME", "TMPDIR", "LAMBDA_TASK_ROOT"}
"""HOME and TMPDIR point into the run's own folder: without HOME, boto3 would read the user's."""
KEPT_PREFIXES = ("AWS_", "_LAMBDA_", "_X_AMZN_")
POINTER = ".trunkline-package"
"""File in a function's folder with the path of its unpacked package, see package_cache.py."""
ADDED = {"TZ": ":UTC", "LANG": "en_US.UTF-8"}


def main() -> None:
    """Removes the emulator's variables and streams, then runs its script."""
    access_key = os.environ.get("TRUNKLINE_ACCESS_KEY")
    for name in list(os.environ):
        if name not in KEPT and not name.startswith(KEPT_PREFIXES):
            # The function's own variables come back: the script sets them from its first message.
            del os.environ[name]
    os.environ.update(ADDED)
    if access_key:  # the emulator gives every function the account's number instead
        os.environ["AWS_ACCESS_KEY_ID"] = access_key
    _keep_protocol_private()
    _trace_invocations()
    _follow_pointer()
    script = sys.argv[1]
    sys.argv = sys.argv[1:]
    runpy.run_path(script, run_name="__main__")


def _follow_pointer() -> None:
    """Fills the function's folder, which is the working directory, with links to its package."""
    if os.path.isfile(POINTER):  # noqa: PTH113 - pathlib would cost every cold start its import
        with open(POINTER, encoding="utf-8") as file:  # noqa: PTH123 - the same
            package = file.read()
        os.unlink(POINTER)  # noqa: PTH108 - the same
        for name in os.listdir(package):  # noqa: PTH208 - the same
            os.symlink(f"{package}/{name}", name)  # noqa: PTH211 - the same


def _trace_invocations() -> None:
    """Sends trace segments of the invocations to the collector, if there is one."""
    address = os.environ.get("AWS_XRAY_DAEMON_ADDRESS")
    if not address:
        return
    import contextlib  # noqa: PLC0415 - the check of handlers starts here too, and needs neither
    import socket  # noqa: PLC0415 - the same

    host, _, port = address.rpartition(":")
    collector = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    # To one address: a socket that only sends to it would take datagrams from anywhere.
    collector.connect((host, int(port)))

    def send(datagram: bytes) -> None:
        with contextlib.suppress(OSError):
            collector.send(datagram)

    file = f"{os.path.dirname(__file__)}/function_trace.py"  # noqa: PTH120 - the same
    wrap = runpy.run_path(file)["wrap"]
    sys.stdin, sys.stdout = wrap(sys.stdin, sys.stdout, send)


def _keep_protocol_private() -> None:
    """Redirects standard output to standard error: the emulator reads responses from it."""
    protocol = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
    os.dup2(2, 1)
    sys.stdout = protocol


if __name__ == "__main__":
    main()
