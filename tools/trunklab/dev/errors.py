"""Errors of the set-up and of `make lock`.

TrunklabError
└── SetupError            the set-up cannot go on
    └── CommandError      a program that it runs (venv, pip, uv) failed
"""

from trunklab.errors import TrunklabError


class SetupError(TrunklabError):
    """The set-up cannot go on."""


class CommandError(SetupError):
    """A program that the set-up runs failed; the message ends with the last lines it printed."""

    def __init__(self, task: str, problem: str, last_lines: str = "") -> None:
        super().__init__("\n".join(filter(None, [f"{task} failed: {problem}", last_lines])))
        self.task = task
        self.last_lines = last_lines
