"""Errors of the rules engine.

TrunklabError
└── RulesError                  root (exit status 2: the input can never work)
    ├── InvalidPatternError     AWS rejects the pattern
    └── InvalidEventError       the input is not an event
        └── AmbiguousEventError dotted keys and arrays can be read in too many ways
"""

from typing import Final

from trunklab.errors import UsageError

OR: Final = "$or"

Steps = tuple[str | int, ...]
"""The keys and indexes that lead to a place in a pattern."""


class RulesError(UsageError):
    """Root of the engine's errors."""


class InvalidPatternError(RulesError):
    """A pattern that AWS rejects; `reason` is AWS's text, `place` the path in the pattern."""

    def __init__(self, reason: str, steps: Steps = ()) -> None:
        self.reason = reason
        self.steps = steps
        self.place = ""
        for index, step in enumerate(steps):
            if isinstance(step, int):
                # AWS does not number the alternatives of an $or.
                self.place += "" if steps[index - 1] == OR else f"[{step}]"
            elif step != OR or index == len(steps) - 1:
                self.place += f".{step}" if self.place else step
        where = f"\n at {self.place}" if self.place else ""
        super().__init__(f"Event pattern is not valid. Reason: {reason}{where}")


class InvalidEventError(RulesError):
    """The input is neither an object nor JSON of one."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"the event is not valid: {problem}")
        self.problem = problem


class AmbiguousEventError(InvalidEventError):
    """Dotted keys and arrays of one path can be read in too many ways."""
