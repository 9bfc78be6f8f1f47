"""`trunkline schemas impact`: says which consumers a change breaks, and with which event."""

import argparse
import sys
from pathlib import Path

from trunklab import settings
from trunklab.checks.report import Form, status
from trunklab.impact.judge import impacts
from trunklab.impact.tell import told


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what to compare, and how to say it."""
    parser.add_argument(
        "--against",
        metavar="REVISION|FOLDER",
        help="what is deployed: a git revision, or another checkout (default: main, origin/main)",
    )
    parser.add_argument(
        "--root",
        type=Path,
        default=settings.REPOSITORY,
        metavar="FOLDER",
        help="the checkout to look at (default: the one this command belongs to)",
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", dest="form", action="store_const", const=Form.JSON)
    form.add_argument("--sarif", dest="form", action="store_const", const=Form.SARIF)
    parser.set_defaults(form=Form.TEXT)


def run(arguments: argparse.Namespace) -> int:
    """Judge, and print who breaks."""
    found = impacts(arguments.root, arguments.against)
    sys.stdout.write(told(found, arguments.form))
    return status([finding for impact in found for finding in impact.findings])
