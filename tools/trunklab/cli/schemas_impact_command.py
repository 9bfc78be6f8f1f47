"""`trunkline schemas impact`: lists the consumers that a change breaks, with an event."""

import argparse

from trunklab.cli import options, output
from trunklab.contracts.declared_contracts import check_fresh
from trunklab.contracts.impact.impact_report import told
from trunklab.contracts.impact.impact_verdict import impacts
from trunklab.findings.finding_report import status


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares what to compare, and the format of the result."""
    options.add_comparison(parser, "what is deployed")


def run(arguments: argparse.Namespace) -> int:
    """Compares, and prints the consumers that break."""
    check_fresh(arguments.root)
    found = impacts(arguments.root, arguments.against)
    output.write(told(found, options.form_of(arguments)))
    return status([finding for impact in found for finding in impact.findings])
