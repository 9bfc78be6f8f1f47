"""Imports a function's handler as Lambda would, and says in one line what is in the way.

Started by function_start.py, so it sees what a function sees; standard library only. Its request
comes on standard input: {"folder", "handler", "environment"}.
"""

import importlib
import json
import os
import sys
import traceback

FAULTY = 3
"""The exit status of a handler that does not import."""


def main() -> int:
    """Import the handler; report the last line of whatever it raises."""
    request = json.load(sys.stdin)
    os.environ.update(request["environment"])
    os.chdir(request["folder"])
    sys.path.insert(0, request["folder"])
    module, _, name = request["handler"].replace("/", ".").rpartition(".")
    try:
        getattr(importlib.import_module(module), name)
    except BaseException as error:  # noqa: BLE001 - an import may raise anything, SystemExit too
        sys.stderr.write(traceback.format_exception_only(error)[-1])
        return FAULTY
    return 0


if __name__ == "__main__":
    sys.exit(main())
