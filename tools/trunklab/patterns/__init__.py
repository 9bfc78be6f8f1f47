"""EventBridge's event patterns: parse, match and explain them."""

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
