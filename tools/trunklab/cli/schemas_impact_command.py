"""`trunkline schemas impact`: lists the consumers that a contract change breaks."""

import argparse

from trunklab.cli import chosen_repository, options, output
from trunklab.contracts.impact.impact_report import report
from trunklab.contracts.impact.impact_verdict import impacts
from trunklab.findings.finding_report import status


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares what to compare, and the format of the result."""
    options.add_comparison(parser, "what is deployed")


def run(arguments: argparse.Namespace) -> int:
    """Compares, and prints the consumers that break."""
    location = chosen_repository.fresh_location(arguments)
    found = impacts(arguments.root, arguments.against, location)
    output.write(report(found, options.form_of(arguments)))
    return status([finding for impact in found for finding in impact.findings])
