"""Prints everything that is not tidy: `python -m trunklab.checks.tidy`."""

import sys
from pathlib import Path

from trunklab import settings
from trunklab.checks.tidy.checks import CHECKS
from trunklab.checks.tidy.source import read_sources


def main(root: Path = settings.REPOSITORY) -> int:
    """Run every check over the repository; return the exit status (0 good, 1 findings)."""
    sources = read_sources(root)
    findings = [(name, finding) for name, check in CHECKS.items() for finding in check(sources)]
    for name, finding in findings:
        sys.stdout.write(f"{finding}  [{name}]\n")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
