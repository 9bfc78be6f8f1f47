"""Whether a value reaches a goal, as the rules engine itself sees it."""

from typing import Final

from trunklab.patterns.compiled.program import Program
from trunklab.patterns.conditions import Absent
from trunklab.patterns.parse import Branch
from trunklab.schema_solver.goals import Goal
from trunklab.schema_solver.shape import JSON

_WHOLE: Final = "value"
"""The key under which the engine is shown a value that is no event."""


def reaches(value: JSON, goal: Goal) -> bool:
    """Whether every group matches the value and nothing forbidden does."""
    for group in goal.groups:
        branch: Branch = {(_WHOLE, *path): clause for path, clause in group.present}
        branch |= {(_WHOLE, *path): (Absent(),) for path in group.absent}
        if not _matches(branch, value):
            return False
    return not any(_matches({(_WHOLE, *path): clause}, value) for path, clause in goal.forbidden)


def _matches(branch: Branch, value: JSON) -> bool:
    return Program([branch]).matching({_WHOLE: value}) > 0
