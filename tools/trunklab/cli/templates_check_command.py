"""`trunkline templates check`: refuses changes of the templates that would lose data."""

import argparse

from trunklab.cli import options, output
from trunklab.data_safety.data_check import CHECKS, check
from trunklab.findings.finding_report import render, status


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares what to compare, and the format of the result."""
    default = "the last tag, else where HEAD left main, on main the commit before HEAD"
    options.add_comparison(parser, "what was released", default)


def run(arguments: argparse.Namespace) -> int:
    """Compares, and prints the findings."""
    findings = check(arguments.root, arguments.against)
    output.write(render(findings, options.form_of(arguments), CHECKS))
    return status(findings)
