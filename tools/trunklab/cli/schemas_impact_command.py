"""`trunkline schemas impact`: says which consumers a change breaks, and with which event."""

import argparse

from trunklab.cli import comparing
from trunklab.cli.answer import say
from trunklab.contracts.declared_contracts import check_fresh
from trunklab.contracts.impact.impact_report import told
from trunklab.contracts.impact.impact_verdict import impacts
from trunklab.findings.finding_report import status


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what to compare, and how to say it."""
    comparing.add_arguments(parser, "what is deployed")


def run(arguments: argparse.Namespace) -> int:
    """Judge, and print who breaks."""
    check_fresh(arguments.root)
    found = impacts(arguments.root, arguments.against)
    say(told(found, arguments.form))
    return status([finding for impact in found for finding in impact.findings])
