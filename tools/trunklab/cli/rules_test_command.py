"""`trunkline rules test`: says whether a pattern, or which rules of a repository, take an event."""

import argparse
import json
from pathlib import Path
from typing import Final

from trunklab import settings
from trunklab.cli import rule_inputs
from trunklab.cli.answer import say
from trunklab.errors import UsageError
from trunklab.printable import printable

_NONE: Final = "no rule takes the event"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what to test: one pattern, or every rule."""
    which = parser.add_mutually_exclusive_group(required=True)
    rule_inputs.add_pattern(which, required=False)
    which.add_argument("--all", action="store_true", help="every rule of the repository")
    rule_inputs.add_event(parser)
    parser.add_argument("--root", type=Path, help="for --all; default: this one")


def run(arguments: argparse.Namespace) -> int:
    """Test; 0 if something takes the event, 1 if nothing does."""
    if arguments.all:
        return _test_all(arguments)
    if arguments.root is not None:
        raise UsageError("--root is the repository for --all; leave it out, or give --all")
    pattern, event = rule_inputs.read(arguments)
    return rule_inputs.tell(rule_inputs.explained(pattern, event), arguments, changes=False)


def _test_all(arguments: argparse.Namespace) -> int:
    from trunklab.cli import rules_of_all  # noqa: PLC0415 - reads templates, which costs

    event = rule_inputs.event(arguments.event)
    found = rules_of_all.tested(arguments.root or settings.REPOSITORY, event)
    if arguments.json:
        say(json.dumps(found.as_json(), indent=2) + "\n")
    else:
        lines = [*found.matching] or [_NONE]
        lines += [f"on another bus: {line}" for line in found.on_other_buses]
        lines += [f"not judged: {line}" for line in found.not_judged]
        say("".join(f"{printable(line)}\n" for line in lines))
    return 0 if found.matching else 1
