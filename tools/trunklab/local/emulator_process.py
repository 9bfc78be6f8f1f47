"""Runs the rented emulator in this process; ends its process group when the parent ends.

Started as a script, by the interpreter of its environment, as the first process of a session:
    python emulator_process.py <module> [argument…]
"""

import os
import resource
import runpy
import signal
import socket
import sys
import threading
from typing import Any, Final

LIFELINE: Final = 0
"""Standard input is a pipe that only the parent writes to: it closes when the parent ends, in any
way. PR_SET_PDEATHSIG is Linux only, and fires when the thread that started us ends."""
OPEN_FILES: Final = 65_536


def main() -> None:
    """Watches the lifeline and runs the program."""
    module, *arguments = sys.argv[1:]
    threading.Thread(target=_end_with_parent, daemon=True).start()
    sys.addaudithook(_refuse_ports)
    _allow_many_files()
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _end_with_parent() -> None:
    while os.read(LIFELINE, 1):
        pass
    os.killpg(0, signal.SIGKILL)


def _refuse_ports(event: str, arguments: tuple[Any, ...]) -> None:
    """Raises PermissionError for a port: any user of the machine could connect to it."""
    if event == "socket.bind" and arguments[0].family != socket.AF_UNIX:
        raise PermissionError(f"the local platform opens no port at {arguments[1]}")


def _allow_many_files() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = min(hard, OPEN_FILES) if hard != resource.RLIM_INFINITY else OPEN_FILES
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


if __name__ == "__main__":
    main()
