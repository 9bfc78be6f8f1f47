"""Imports functions' handlers as Lambda does, and reports each failure in one line.

Started as a script, by the interpreter that functions run on; standard library only. Reads the
object {"folder", "handlers", "environment"} from standard input.
"""

# ruff: noqa: TID251 - runs in a process of its own, without our modules

import importlib
import json
import os
import sys
import traceback


def main() -> None:
    """Imports the handlers of one module; prints the problem of each, or null."""
    request = json.load(sys.stdin)
    os.environ.update(request["environment"])
    os.chdir(request["folder"])
    sys.path.insert(0, request["folder"])
    # Modules may write when they are imported, past sys.stdout too.
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
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
    """Returns type and first line of an error, and its last place in the package."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if f.filename.startswith(folder) and "site-packages" not in f.filename]
    text = (str(error).splitlines() or [""])[0]
    place = ""
    if own and not isinstance(error, SyntaxError):  # whose text names its place
        place = f" ({os.path.relpath(own[-1].filename, folder)}, line {own[-1].lineno})"
    return f"{type(error).__name__}: {text}{place}"


if __name__ == "__main__":
    main()
