"""The rules of a deployed bus, matched against the source and detail type of an event."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import islice
from typing import Any, Final

from trunklab.patterns.errors import InvalidPatternError
from trunklab.patterns.parse import Branch, accepts_absence, passes
from trunklab.patterns.pattern import Pattern

PAGES_MAX: Final = 500
"""Pages read of one list of rules or targets."""

_PATTERNS_READ_MAX: Final = 1_024
"""Patterns that are cached; a story matches the same rules for each event."""


class Verdict(StrEnum):
    """The match of a rule by source and detail type; logs do not contain an event's content."""

    MATCHES = "matches"
    DEPENDS_ON_CONTENT = "depends on content"
    NO = "no"


@dataclass(frozen=True)
class Rule:
    """A rule of the bus with its targets."""

    arn: str
    name: str
    pattern: str
    targets: tuple[str, ...] = ()


def read_rules(events: Any, bus: str) -> tuple[Rule, ...]:
    """Returns the enabled rules of the bus, without those that AWS manages for archives."""
    return tuple(
        Rule(
            arn=rule["Arn"],
            name=rule["Name"],
            pattern=rule["EventPattern"],
            targets=tuple(
                target["Arn"]
                for page in _pages(
                    events, "list_targets_by_rule", EventBusName=bus, Rule=rule["Name"]
                )
                for target in page["Targets"]
            ),
        )
        for page in _pages(events, "list_rules", EventBusName=bus)
        for rule in page["Rules"]
        if "EventPattern" in rule and "ManagedBy" not in rule and rule.get("State") != "DISABLED"
    )


def verdict(rule: Rule, source: str, detail_type: str) -> Verdict:
    """Returns how the rule matches events of this source and type.

    A pattern that cannot be parsed depends on content: a wrong "no" would mislead.
    """
    try:
        branches = _branches(rule.pattern)
    except InvalidPatternError:
        return Verdict.DEPENDS_ON_CONTENT
    known = {"source": source, "detail-type": detail_type}
    verdicts = {_of_branch(branch, known) for branch in branches}
    return next(member for member in Verdict if member in verdicts)


def _pages(client: Any, operation: str, **arguments: Any) -> Any:
    return islice(client.get_paginator(operation).paginate(**arguments), PAGES_MAX)


@lru_cache(maxsize=_PATTERNS_READ_MAX)
def _branches(pattern: str) -> Sequence[Branch]:
    return Pattern.parse(pattern).branches


def _of_branch(branch: Branch, known: dict[str, str]) -> Verdict:
    best = Verdict.MATCHES
    for path, clause in branch.items():
        if path[0] not in known:
            best = Verdict.DEPENDS_ON_CONTENT
        elif len(path) > 1:  # a string has no members
            if not accepts_absence(clause):
                return Verdict.NO
        elif not passes(clause, known[path[0]]):
            return Verdict.NO
    return best
