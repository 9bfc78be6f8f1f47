"""EventBridge's event patterns: what a rule says, which events it takes, and why."""

from trunklab.rules.errors import AmbiguousEventError, InvalidEventError, InvalidPatternError
from trunklab.rules.explain import Change, Explained, Explanation
from trunklab.rules.pattern import Pattern
from trunklab.rules.ruleset import RuleSet

__all__ = [
    "AmbiguousEventError",
    "Change",
    "Explained",
    "Explanation",
    "InvalidEventError",
    "InvalidPatternError",
    "Pattern",
    "RuleSet",
]
