"""What stops the question who breaks, before it is answered.

UsageError
├── SourceError        a service's source cannot be read, or is no Python
└── ReadsFileError     a reads.yaml cannot be read, or is none
"""

from pathlib import PurePath

from trunklab.errors import UsageError


class SourceError(UsageError):
    """A service's source cannot be followed: it cannot be read, or is no Python."""

    def __init__(self, path: PurePath, line: int, problem: str) -> None:
        super().__init__(f"{path}:{line}: {problem}; mend the file, then ask again")
        self.path = path
        self.line = line
        self.problem = problem


class ReadsFileError(UsageError):
    """A file with recorded reads is not one."""

    def __init__(self, path: PurePath, problem: str) -> None:
        super().__init__(f"{path}: {problem}; write it as docs/testing.md shows")
        self.path = path
        self.problem = problem
