"""`trunkline schemas export`: writes the files generated from the contracts."""

import argparse
import json

from trunklab.cli import options, output
from trunklab.contracts.declared_contracts import declared
from trunklab.contracts.export import Change, stale_files, write


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares whether to write, and where."""
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 if a file is stale"
    )
    options.add_json(parser)
    options.add_root(parser)


def run(arguments: argparse.Namespace) -> int:
    """Writes the stale files, or with --check only lists them."""
    changes = stale_files(arguments.root, declared())
    if not arguments.check:
        write(arguments.root, changes)
    told = _as_json if arguments.json else _as_text
    output.write(told(changes, check=arguments.check))
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
