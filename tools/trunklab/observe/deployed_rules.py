"""Which deployed rules may have taken an event, as far as its source and detail type tell."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

from trunklab.patterns.errors import InvalidPatternError
from trunklab.patterns.parse import Branch, accepts_absence, passes
from trunklab.patterns.pattern import Pattern

_PATTERNS_READ_MAX: Final = 1_024
"""Patterns that are kept as read; a story asks the same rules for each event."""


class Verdict(StrEnum):
    """What source and detail type say about a rule; the content of an event is not in the logs."""

    MATCHES = "matches"
    DEPENDS_ON_CONTENT = "depends on content"
    NO = "no"


@dataclass(frozen=True)
class Rule:
    """One rule of the bus with its targets."""

    arn: str
    name: str
    pattern: str
    targets: tuple[str, ...] = ()


def verdict(rule: Rule, source: str, detail_type: str) -> Verdict:
    """Say whether the rule takes events of that kind.

    What the engine cannot read is left open: a wrong "no" would mislead.
    """
    try:
        branches = _branches(rule.pattern)
    except InvalidPatternError:
        return Verdict.DEPENDS_ON_CONTENT
    seen = {"source": source, "detail-type": detail_type}
    verdicts = {_of_branch(branch, seen) for branch in branches}
    return next(one for one in Verdict if one in verdicts)


@lru_cache(maxsize=_PATTERNS_READ_MAX)
def _branches(pattern: str) -> Sequence[Branch]:
    return Pattern.parse(pattern).branches


def _of_branch(branch: Branch, seen: dict[str, str]) -> Verdict:
    found = Verdict.MATCHES
    for path, clause in branch.items():
        if path[0] not in seen:
            found = Verdict.DEPENDS_ON_CONTENT
        elif len(path) > 1:  # below a text there is nothing
            if not accepts_absence(clause):
                return Verdict.NO
        elif not passes(clause, seen[path[0]]):
            return Verdict.NO
    return found
