"""Prints every breach of the style rules: `python -m trunklab.dev.style`."""

import sys
from pathlib import Path

from trunklab import settings
from trunklab.dev.style.source_files import read_sources
from trunklab.dev.style.style_checks import CHECKS


def main(root: Path = settings.REPOSITORY) -> int:
    """Runs every check on the repository; returns the exit status (0 good, 1 findings)."""
    sources = read_sources(root)
    findings = [(name, finding) for name, check in CHECKS.items() for finding in check(sources)]
    sys.stdout.write("".join(f"{finding}  [{name}]\n" for name, finding in findings))
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
