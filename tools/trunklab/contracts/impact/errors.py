"""What stops the question who breaks, before it is answered.

UsageError
└── ReadsFileError     a reads.yaml cannot be read, or is none
"""

from pathlib import PurePath

from trunklab.errors import UsageError


class ReadsFileError(UsageError):
    """A file with recorded reads is not one."""

    def __init__(self, path: PurePath, problem: str) -> None:
        super().__init__(f"{path}: {problem}; write it as docs/testing.md shows")
        self.path = path
        self.problem = problem
