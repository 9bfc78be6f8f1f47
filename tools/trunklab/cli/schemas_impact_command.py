"""`trunkline schemas impact`: lists the consumers that a contract change breaks."""

import argparse

from trunklab.cli import comparing
from trunklab.cli.answer import say
from trunklab.contracts.declared_contracts import check_fresh
from trunklab.contracts.impact.impact_report import report
from trunklab.contracts.impact.impact_verdict import impacts
from trunklab.findings.finding_report import status


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares what to compare and the output format."""
    comparing.add_arguments(parser, "what is deployed")


def run(arguments: argparse.Namespace) -> int:
    """Prints the report; returns 1 if a consumer breaks."""
    check_fresh(arguments.root)
    found = impacts(arguments.root, arguments.against)
    say(report(found, arguments.form))
    return status([finding for impact in found for finding in impact.findings])
