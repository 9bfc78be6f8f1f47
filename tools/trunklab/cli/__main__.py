"""Runs the command `trunkline` as `python -m trunklab.cli`."""

import sys

from trunklab.cli import main

if __name__ == "__main__":
    sys.exit(main())
