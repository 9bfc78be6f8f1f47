"""What the verbs that compare contracts have in common: their arguments."""

import argparse
from pathlib import Path

from trunklab import settings
from trunklab.findings.finding_report import Form


def add_arguments(
    parser: argparse.ArgumentParser, what: str, default: str = "main, origin/main"
) -> None:
    """Declare what to compare, and how to say it; `what` says what the old state stands for."""
    parser.add_argument(
        "--against",
        metavar="REVISION|FOLDER",
        help=f"{what}: a git revision, or another checkout (default: {default})",
    )
    parser.add_argument(
        "--root",
        type=Path,
        default=settings.REPOSITORY,
        metavar="FOLDER",
        help="the checkout to look at (default: the one this command belongs to)",
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument(
        "--json",
        dest="form",
        action="store_const",
        const=Form.JSON,
        default=Form.TEXT,
        help="print one JSON document",
    )
    form.add_argument(
        "--sarif",
        dest="form",
        action="store_const",
        const=Form.SARIF,
        help="print SARIF 2.1.0 for code review",
    )
