"""What the rules engine refuses, as one tree.

TrunklabError
└── RulesError                  root of this part (exit status 2: the input can never work)
    ├── InvalidPatternError     AWS would refuse the pattern
    └── InvalidEventError       what should be matched is no event
        └── AmbiguousEventError an event whose dotted keys leave too many ways to read it
"""

from trunklab.errors import UsageError


class RulesError(UsageError):
    """Root of what the engine refuses."""


class InvalidPatternError(RulesError):
    """A pattern that AWS refuses; `reason` is AWS's text, `place` the path in the pattern."""

    def __init__(self, reason: str, place: str = "") -> None:
        where = f"\n at {place}" if place else ""
        super().__init__(f"Event pattern is not valid. Reason: {reason}{where}")
        self.reason = reason
        self.place = place


class InvalidEventError(RulesError):
    """Neither an object nor JSON text of one."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"the event is not valid: {problem}")
        self.problem = problem


class AmbiguousEventError(InvalidEventError):
    """Keys with dots and arrays under one path that can be read in too many ways."""
