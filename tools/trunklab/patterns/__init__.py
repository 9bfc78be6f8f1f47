"""EventBridge's event patterns: what a rule says, which events it takes, and why."""

from trunklab.patterns.compiled.rule_set import RuleSet
from trunklab.patterns.errors import AmbiguousEventError, InvalidEventError, InvalidPatternError
from trunklab.patterns.explain import Change, Explained, Explanation
from trunklab.patterns.pattern import Pattern

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
