"""`trunkline schemas check`: compares the contracts with the published versions."""

import argparse

from trunklab import effects
from trunklab.cli import chosen_repository, options, output
from trunklab.contracts.compatibility.compatibility_check import check
from trunklab.contracts.compatibility.compatibility_findings import IDS
from trunklab.findings.finding import Level
from trunklab.findings.finding_report import Check, render, status


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares what to compare, and the format of the result."""
    options.add_comparison(parser, "the published contracts")


def run(arguments: argparse.Namespace) -> int:
    """Compares, and prints the findings."""
    location = chosen_repository.fresh_location(arguments)
    findings = check(arguments.root, arguments.against, effects.now().date(), location)
    explained = [Check(name, Level.ERROR, one.about) for name, one in IDS.items()]
    output.write(render(findings, options.form_of(arguments), explained))
    return status(findings)
