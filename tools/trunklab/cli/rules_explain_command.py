"""`trunkline rules explain`: explains clause by clause why a pattern matches an event or not."""

import argparse

from trunklab.cli import options, rule_inputs


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares pattern and event."""
    rule_inputs.add_pattern(parser.add_mutually_exclusive_group(required=True))
    rule_inputs.add_event(parser)
    options.add_places(parser)


def run(arguments: argparse.Namespace) -> int:
    """Explains, with the smallest change that would match; returns 0 for a match, else 1."""
    return rule_inputs.explain(arguments, changes=True)
