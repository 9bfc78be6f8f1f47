"""`trunkline schemas check`: compares the contracts with what was promised before."""

import argparse
import sys
from pathlib import Path

from trunklab import effects, settings
from trunklab.checks.contracts.check import check
from trunklab.checks.contracts.ids import IDS
from trunklab.checks.finding import Level
from trunklab.checks.report import Check, Form, render, status


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what to compare, and how to say it."""
    parser.add_argument(
        "--against",
        metavar="REVISION|FOLDER",
        help="what was promised: a git revision, or another checkout (default: main, origin/main)",
    )
    parser.add_argument(
        "--root",
        type=Path,
        default=settings.REPOSITORY,
        metavar="FOLDER",
        help="the checkout to check (default: the one this command belongs to)",
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", dest="form", action="store_const", const=Form.JSON)
    form.add_argument("--sarif", dest="form", action="store_const", const=Form.SARIF)
    parser.set_defaults(form=Form.TEXT)


def run(arguments: argparse.Namespace) -> int:
    """Compare, and print what was found."""
    findings = check(arguments.root, arguments.against, effects.now().date())
    explained = [Check(name, Level.ERROR, one.about) for name, one in IDS.items()]
    sys.stdout.write(render(findings, arguments.form, explained))
    return status(findings)
