"""Lets `python -m trunklab.cli` stand for the command `trunkline`."""

import sys

from trunklab.cli import main

if __name__ == "__main__":
    sys.exit(main())
