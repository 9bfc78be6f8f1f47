"""What stops the comparison of contracts.

TrunklabError
└── UsageError
    └── ProducerFileError   the code of a producer cannot be read
"""

from pathlib import PurePosixPath

from trunklab.errors import UsageError


class ProducerFileError(UsageError):
    """A file of a producer's code cannot be read."""

    def __init__(self, path: PurePosixPath, line: int, problem: str) -> None:
        super().__init__(f"{path}:{line}: {problem}; mend it, or move it out of the service's src")
        self.path = path
        self.line = line
