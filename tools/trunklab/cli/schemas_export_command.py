"""`trunkline schemas export`: writes what is generated from the contracts."""

import argparse
import json
from pathlib import Path

from trunklab import settings
from trunklab.cli.answer import say
from trunklab.contracts.declared_contracts import declared
from trunklab.contracts.export import Change, stale_files, write


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare whether to write, and where."""
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 if a file is stale"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument(
        "--root",
        type=Path,
        default=settings.REPOSITORY,
        metavar="FOLDER",
        help="the checkout to write to (default: the one this command belongs to)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Write the stale files, or with --check only name them."""
    changes = stale_files(arguments.root, declared())
    if not arguments.check:
        write(arguments.root, changes)
    told = _as_json if arguments.json else _as_text
    say(told(changes, check=arguments.check))
    return 1 if arguments.check and changes else 0


def _as_json(changes: list[Change], *, check: bool) -> str:
    if check:
        answer = {"stale": [change.path.as_posix() for change in changes]}
    else:
        answer = {
            "written": [change.path.as_posix() for change in changes if change.text is not None],
            "removed": [change.path.as_posix() for change in changes if change.text is None],
        }
    return json.dumps(answer) + "\n"


def _as_text(changes: list[Change], *, check: bool) -> str:
    if not changes:
        return "all generated files are fresh\n"
    lines = [f"{_deed(change, check=check)} {change.path.as_posix()}" for change in changes]
    if check:
        lines.append("run trunkline schemas export")
    return "\n".join(lines) + "\n"


def _deed(change: Change, *, check: bool) -> str:
    if check:
        return "stale:"
    return "wrote" if change.text is not None else "removed"
