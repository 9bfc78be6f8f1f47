"""Output of `trunkline new` and `trunkline remove`."""

import argparse
import json
from collections.abc import Mapping, Sequence
from typing import Any

from trunklab.cli import options, output
from trunklab.rules.verdict import Verdict
from trunklab.scaffold.errors import EditedError
from trunklab.scaffold.subscription import Subscription


def report(
    arguments: argparse.Namespace,
    files: Mapping[str, Sequence[str]],
    verdicts: Mapping[str, tuple[Subscription, Verdict]] | None = None,
    following: Sequence[str] = (),
) -> int:
    """Prints the files, example events by consumer, and the next steps; returns 0."""
    shown = {
        name: {
            "pattern": subscription.pattern,
            "verdict": verdict.kind.value,
            "matching": _data(verdict.matching),
            "other": _data(verdict.other),
        }
        for name, (subscription, verdict) in (verdicts or {}).items()
    }
    if arguments.json:
        document = {**files, "consumers": shown, "next": list(following)}
        output.write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
        return 0
    lines = [f"{kind:<8} {path}" for kind, paths in files.items() for path in paths]
    for name, consumer in shown.items():
        lines += ["", f"{name}: {json.dumps(consumer['pattern'], ensure_ascii=False)}"]
        for word in ("matching", "other"):
            data = json.dumps(consumer[word], ensure_ascii=False)
            meaning = "matches" if word == "matching" else "rejects"
            lines += [f"  {meaning} {data}"] if consumer[word] is not None else []
    lines += ["", "Next:", *(f"  {step}" for step in following)] if following else []
    output.write("\n".join(lines) + "\n")
    return 0


def check_edited(arguments: argparse.Namespace, what: str, edited: set[str]) -> None:
    """Raises EditedError if files were edited and --force is not given."""
    if edited and not arguments.force:
        raise EditedError(what, edited)


def add_removal(parser: argparse.ArgumentParser, name: str) -> None:
    """Declares the options of every removal."""
    parser.add_argument("name", help=name)
    parser.add_argument("--force", action="store_true", help="remove files that were edited too")
    options.add_json(parser)
    options.add_root(parser)


def _data(event: Any) -> Any:
    return event["detail"]["data"] if event is not None else None
