"""What the reading of a repository refuses, as one tree.

UsageError
└── TopologyError   a file of the repository cannot be read: which one, where, what next
"""

from pathlib import PurePosixPath

from trunklab.errors import UsageError


class TopologyError(UsageError):
    """A template or a module that cannot be read."""

    def __init__(self, path: PurePosixPath | str, problem: str, todo: str) -> None:
        super().__init__(f"{path}: {problem}; {todo}")
        self.path = path
        self.problem = problem
