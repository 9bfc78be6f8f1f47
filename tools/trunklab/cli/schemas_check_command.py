"""`trunkline schemas check`: compares the contracts with what was promised before."""

import argparse

from trunklab import effects
from trunklab.cli import comparing
from trunklab.cli.answer import say
from trunklab.contracts.compatibility.compatibility_check import check
from trunklab.contracts.compatibility.compatibility_findings import IDS
from trunklab.contracts.declared_contracts import check_fresh
from trunklab.findings.finding import Level
from trunklab.findings.finding_report import Check, render, status


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what to compare, and how to say it."""
    comparing.add_arguments(parser, "what was promised")


def run(arguments: argparse.Namespace) -> int:
    """Compare, and print what was found."""
    check_fresh(arguments.root)
    findings = check(arguments.root, arguments.against, effects.now().date())
    explained = [Check(name, Level.ERROR, one.about) for name, one in IDS.items()]
    say(render(findings, arguments.form, explained))
    return status(findings)
