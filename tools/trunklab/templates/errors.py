"""Errors of reading a repository, as one tree.

UsageError
├── TopologyError   a file of the repository cannot be read: which one, where, what next
└── SourceError     a file of a service's code cannot be followed
"""

from pathlib import PurePath, PurePosixPath

from trunklab.errors import UsageError


class TopologyError(UsageError):
    """A template or a module that cannot be read."""

    def __init__(self, path: PurePosixPath | str, problem: str, todo: str) -> None:
        super().__init__(f"{path}: {problem}; {todo}")
        self.path = path
        self.problem = problem


class SourceError(UsageError):
    """A source file of a service that cannot be read or is not Python."""

    def __init__(self, path: PurePath, line: int, problem: str) -> None:
        super().__init__(f"{path}:{line}: {problem}; fix the file, run `make check` for details")
        self.path = path
        self.line = line
        self.problem = problem
