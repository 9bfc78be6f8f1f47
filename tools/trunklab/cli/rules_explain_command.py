"""`trunkline rules explain`: clause by clause why a pattern takes an event or not."""

import argparse

from trunklab.cli import rule_inputs


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare pattern and event."""
    rule_inputs.add_pattern(parser, required=True)
    rule_inputs.add_event(parser)


def run(arguments: argparse.Namespace) -> int:
    """Explain, with the nearest change that would match; 0 for a match, 1 for none."""
    pattern, event = rule_inputs.read(arguments)
    return rule_inputs.tell(rule_inputs.explained(pattern, event), arguments, changes=True)
