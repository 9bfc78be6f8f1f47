"""Runs a rented program in this process, and ends its whole process group with its parent.

Started as a script, by the interpreter that functions run on, as the first process of a session:
    python child.py <folder of the program's packages> <function interpreter> <module> [argument…]
Standard library only; whatever lies in that folder becomes importable here and nowhere else.
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
"""Standard input is a pipe whose other end only the parent holds; it closes when the parent is
gone, however it went. This works on every Unix, where PR_SET_PDEATHSIG is Linux only and fires
when the thread that started us ends."""


def main() -> None:
    """Hold on to the lifeline, then become the program."""
    packages, function_interpreter, module, *arguments = sys.argv[1:]
    threading.Thread(target=_end_with_parent, daemon=True).start()
    sys.addaudithook(_refuse_ports)
    _allow_many_files()
    sys.path.append(packages)
    # The program starts functions with sys.executable: they get a clean start of their own.
    sys.executable = function_interpreter
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _end_with_parent() -> None:
    while os.read(LIFELINE, 1):
        pass
    os.killpg(0, signal.SIGKILL)


def _refuse_ports(event: str, arguments: tuple[Any, ...]) -> None:
    """Any user of the machine could connect to a port of the program; only its Unix socket is safe.

    Some features of it open one when they are used, such as functions with a custom runtime.
    """
    if event == "socket.bind" and arguments[0].family != socket.AF_UNIX:
        raise PermissionError(f"the local platform opens no port at {arguments[1]}")


def _allow_many_files() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = min(hard, 65_536) if hard != resource.RLIM_INFINITY else 65_536
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


if __name__ == "__main__":
    main()
