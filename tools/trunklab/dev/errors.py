"""What can go wrong while environments and lock files are made, as one tree.

TrunklabError
└── HouseError            the set-up cannot go on
    └── CommandError      a program that it runs (venv, pip, uv) failed
"""

from trunklab.errors import TrunklabError


class HouseError(TrunklabError):
    """The set-up cannot go on; the message says what, where, what next."""


class CommandError(HouseError):
    """A program that the set-up runs ended with a failure; the message ends with its last words."""

    def __init__(self, task: str, problem: str, last_words: str = "") -> None:
        super().__init__("\n".join(filter(None, [f"{task} failed: {problem}", last_words])))
        self.task = task
        self.last_words = last_words
