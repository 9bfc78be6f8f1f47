"""`trunkline schemas export`: writes the files generated from the contracts."""

import argparse
import json
from typing import Final

from trunklab.cli import options, output
from trunklab.contracts.export import declared, stale_files, write

_WORDS: Final = {"stale": "stale:", "written": "wrote", "removed": "removed"}


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
    verbs = ("stale",) if arguments.check else ("written", "removed")
    done = [(verbs[-1] if change.text is None else verbs[0], change.path) for change in changes]
    if arguments.json:
        paths = {verb: [path.as_posix() for word, path in done if word == verb] for verb in verbs}
        output.write(json.dumps(paths) + "\n")
    else:
        lines = [f"{_WORDS[verb]} {path.as_posix()}" for verb, path in done]
        lines += ["run trunkline schemas export"] if arguments.check and changes else []
        output.write("\n".join(lines or ["all generated files are fresh"]) + "\n")
    return 1 if arguments.check and changes else 0
