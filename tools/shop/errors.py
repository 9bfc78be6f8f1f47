"""What can stop the main job before an order is placed.

TrunklabError
└── OrdersFileError    the file of orders cannot be read, or holds nothing (exit status 2)
"""

from pathlib import Path

from trunklab.errors import TrunklabError


class OrdersFileError(TrunklabError):
    """The file of orders cannot be read, or holds nothing."""

    exit_status = 2

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(
            f"{path} cannot be used: {problem}; give a file with one order per line (--orders FILE)"
        )
        self.path = path
        self.problem = problem
