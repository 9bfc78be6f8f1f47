"""`trunkline rules test`: tests which patterns match an event."""

import argparse
import json
from collections.abc import Mapping
from pathlib import Path

from trunklab import settings
from trunklab.cli import output, rule_inputs
from trunklab.errors import UsageError
from trunklab.printable import printable


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares what to test: one pattern, or every rule."""
    which = parser.add_mutually_exclusive_group(required=True)
    rule_inputs.add_pattern(which, required=False)
    which.add_argument("--all", action="store_true", help="every rule of the repository")
    rule_inputs.add_event(parser)
    parser.add_argument("--root", type=Path, help="for --all; default: this one")


def run(arguments: argparse.Namespace) -> int:
    """Tests; returns 0 if something matches the event, else 1."""
    if arguments.all:
        return _test_all(arguments)
    if arguments.root is not None:
        raise UsageError("--root is the repository for --all; leave it out, or give --all")
    pattern, event = rule_inputs.read(arguments)
    return rule_inputs.tell(rule_inputs.explained(pattern, event), arguments, changes=False)


def _test_all(arguments: argparse.Namespace) -> int:
    event = rule_inputs.event(arguments.event)
    matching, not_judged = _test_every_rule(arguments.root or settings.REPOSITORY, event)
    if arguments.json:
        output.write(json.dumps({"matching": matching, "not_judged": not_judged}, indent=2) + "\n")
    else:
        lines = [*(matching or ["no rule matches the event"])]
        lines += [f"not judged: {line}" for line in not_judged]
        output.write("".join(f"{printable(line)}\n" for line in lines))
    return 0 if matching else 1


def _test_every_rule(root: Path, event: Mapping[str, object]) -> tuple[list[str], list[str]]:
    """Returns the rules that match, and those that cannot be judged, each with its place."""
    # Reading templates takes time, which a test of one pattern does not need.
    from trunklab.patterns import InvalidPatternError, Pattern, RuleSet  # noqa: PLC0415 - see above
    from trunklab.templates.repository import topology  # noqa: PLC0415 - see above

    patterns: dict[str, Pattern] = {}
    not_judged = []
    for rule in topology(root).rules:
        name = f"{rule.full_name} {rule.template}:{rule.line}"
        name += "" if rule.enabled else " (disabled)"
        if rule.text is None:
            reason = "; ".join(map(str, rule.unresolved)) or "it has no pattern"
            not_judged.append(f"{name}: {reason}")
            continue
        try:
            patterns[name] = Pattern.parse(rule.text)
        except InvalidPatternError as error:
            not_judged.append(f"{name}: {error.reason}")
    return list(RuleSet(patterns).match(event)), not_judged
