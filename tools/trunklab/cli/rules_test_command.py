"""`trunkline rules test`: tests which patterns match an event."""

import argparse
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from trunklab.cli import options, output, rule_inputs
from trunklab.printable import printable

if TYPE_CHECKING:
    from trunklab.templates.topology import Rule


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares what to test: one pattern or rule, or every rule."""
    which = parser.add_mutually_exclusive_group(required=True)
    rule_inputs.add_pattern(which)
    which.add_argument("--all", action="store_true", help="every rule of the repository")
    rule_inputs.add_event(parser)
    options.add_places(parser)


def run(arguments: argparse.Namespace) -> int:
    """Tests; returns 0 if something matches the event, else 1."""
    if arguments.all:
        return _test_all(arguments)
    return rule_inputs.explain(arguments, changes=False)


def _test_all(arguments: argparse.Namespace) -> int:
    event = rule_inputs.event(arguments.event)
    tested = _tested(arguments, event)
    if arguments.json:
        output.write(json.dumps(tested, indent=2) + "\n")
    else:
        lines = tested["matching"] or ["no rule matches the event"]
        lines += [f"on another bus: {line}" for line in tested["on_other_buses"]]
        lines += [f"not judged: {line}" for line in tested["not_judged"]]
        output.write("".join(f"{printable(line)}\n" for line in lines))
    return 0 if tested["matching"] else 1


def _tested(arguments: argparse.Namespace, event: Mapping[str, object]) -> dict[str, list[str]]:
    """Returns the rules that match, match on a bus that does not carry the event, or are unknown.

    AWS's own events are on the default bus, and a rule can forward them to any other.
    """
    # Imported here: templates take time, which a test of one pattern does not need.
    from trunklab.cli.chosen_repository import read_templates  # noqa: PLC0415 - see above
    from trunklab.patterns import InvalidPatternError, Pattern, RuleSet  # noqa: PLC0415 - see above
    from trunklab.rules.known_contracts import AWS  # noqa: PLC0415 - see above

    read = read_templates(arguments)
    not_judged = [f"{part.file}:{part.line}: {part.problem}" for part in read.unread]
    patterns: dict[str, Pattern] = {}
    for rule in read.rules:
        try:
            if rule.known is not None:
                patterns[_named(rule)] = Pattern.parse(rule.known)
        except InvalidPatternError as error:
            not_judged.append(f"{_named(rule)}: {error.reason}")
    accepting = set(RuleSet(patterns).match(event))
    matching: list[str] = []
    on_other_buses: list[str] = []
    is_of_aws = str(event.get("source", "")).startswith(AWS)
    for rule in read.rules:
        name = _named(rule)
        if name not in accepting and rule.known is not None:
            continue
        if not rule.receives_contracts and not is_of_aws:
            on_other_buses.append(f"{name} ({rule.bus})")
        elif rule.unresolved or rule.known is None:
            reason = "; ".join(map(str, rule.unresolved)) or "it has no pattern"
            not_judged.append(f"{name}: {reason}")
        else:
            matching.append(name)
    return {"matching": matching, "not_judged": not_judged, "on_other_buses": on_other_buses}


def _named(rule: "Rule") -> str:
    disabled = "" if rule.enabled else " (disabled)"
    return f"{rule.full_name} {rule.template}:{rule.line}{disabled}"
