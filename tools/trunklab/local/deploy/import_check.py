"""Imports a function's handler as Lambda would, and says in one line what is in the way.

Started by function_start.py, so it sees what a function sees; standard library only. Its request
comes on standard input: {"folder", "handlers", "environment"}.
"""

# ruff: noqa: TID251 - runs in a process of its own, without our modules

import importlib
import json
import os
import sys
import traceback


def main() -> None:
    """Import the handlers of one module; answer with what is in the way of each, or null."""
    request = json.load(sys.stdin)
    os.environ.update(request["environment"])
    os.chdir(request["folder"])
    sys.path.insert(0, request["folder"])
    answer = sys.stdout
    sys.stdout = sys.stderr  # whatever a module prints is no answer
    problems = [_import(handler, request["folder"]) for handler in request["handlers"]]
    answer.write(json.dumps(problems) + "\n")


def _import(handler: str, folder: str) -> str | None:
    module, _, name = handler.replace("/", ".").rpartition(".")
    try:
        getattr(importlib.import_module(module), name)
    except BaseException as error:  # noqa: BLE001 - an import may raise anything, SystemExit too
        return _in_one_line(error, folder)
    return None


def _in_one_line(error: BaseException, folder: str) -> str:
    """Return kind and first line of an error, and the last place in the package on its way."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if f.filename.startswith(folder) and "site-packages" not in f.filename]
    text = (str(error).splitlines() or [""])[0]
    place = ""
    if own and not isinstance(error, SyntaxError):  # whose text names its place
        place = f" ({os.path.relpath(own[-1].filename, folder)}, line {own[-1].lineno})"
    return f"{type(error).__name__}: {text}{place}"


if __name__ == "__main__":
    main()
