"""Checks of a pattern alone: what AWS rejects, and what exceeds a quota."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Final

from trunklab.findings.finding import Finding
from trunklab.patterns.conditions import (
    Absent,
    AnySpelling,
    AnythingButLike,
    Condition,
    Number,
    Range,
    Wildcard,
)
from trunklab.patterns.errors import InvalidPatternError
from trunklab.patterns.operators import expected
from trunklab.patterns.pattern import Pattern
from trunklab.printable import printable
from trunklab.rules.event_search import array_above
from trunklab.rules.rule_findings import finding
from trunklab.rules.rule_under_check import Findings, Leaf, Subject
from trunklab.templates.expressions import Missing
from trunklab.templates.topology import Kind, Rule

QUOTA_CHARACTERS: Final = 2_048
"""Characters of a pattern (AWS: quota, adjustable)."""

NEWER_BUS_BYTES_MAX: Final = 4_096
"""Bytes of all filters of a subscriber (AWS: EventsV2)."""

WILDCARD_RULES_MAX: Final = 30
"""Rules with wildcards of one bus (AWS: quota, not adjustable)."""

_UNRESOLVED: Final = {
    Missing.DEPLOYMENT: (
        "deployment-value",
        "test the deployed pattern with `trunkline rules test`",
    ),
    Missing.PARAMETER: ("unresolved", "set it with --parameter or in samconfig.toml"),
    Missing.SENSE: ("unresolved", "correct the expression"),
}


def parsed(rule: Rule) -> Pattern | Finding | None:
    """Returns the pattern as far as it is known, or the finding about it; None if it is unknown."""
    if rule.known is None:
        return None
    try:
        return Pattern.parse(rule.known)
    except InvalidPatternError as error:
        what = f"{rule.logical_id}: AWS rejects the pattern: {error.reason}"
        fix = "write it as docs/patterns.md shows"
        return finding(rule.template, _line_of(rule, error), "invalid-pattern", what, fix)


def check_unresolved(rule: Rule) -> Findings:
    """Yields the expressions of the pattern that have no value before deployment."""
    for expression in rule.unresolved:
        what = f"{rule.logical_id}: a clause is not checked: {expression}"
        check, fix = _UNRESOLVED[expression.missing]
        yield finding(rule.template, expression.line, check, what, fix)


def check_overwritten(subject: Subject) -> Findings:
    """Yields clauses that a later clause of the same field replaces."""
    for leaf in subject.leaves:
        if not subject.branches_of(leaf):
            what = f"a later clause of {leaf.name} replaces this clause"
            fix = "remove one of them; in $or repeat it in each alternative"
            yield subject.found("overwritten", subject.rule.line_of(leaf.steps), what, fix)


def check_duplicate_keys(rule: Rule) -> Findings:
    """Yields keys that a pattern's text has twice in one object: AWS reads the last only."""
    for key, line in rule.duplicate_keys:
        what = f"{rule.logical_id}: the key {printable(key)} is twice in one object"
        fix = "remove one of them: AWS reads only the last"
        yield finding(rule.template, line, "duplicate-key", what, fix)


def check_engine_differences(subject: Subject) -> Findings:
    """Yields clauses for which AWS's engine is known to differ from its documentation."""
    for leaf in subject.leaves:
        line = subject.rule.line_of(leaf.steps)
        literals = [one for one in leaf.conditions if isinstance(one, Number | AnySpelling)]
        if literals and any(isinstance(one, Range) for one in leaf.conditions):
            what = f"AWS may miss {expected(literals[0])} beside numeric in {leaf.name}"
            fix = 'write a number as {"numeric": ["=", …]}, or use $or'
            yield subject.found("literal-beside-numeric", line, what, fix)
        if Absent() in leaf.conditions and _is_decided_early(subject, leaf):
            what = f"AWS may require that {leaf.name} is absent from all elements of its array"
            fix = "match a field that is sent instead, or check it in the handler"
            yield subject.found("exists-in-array", line, what, fix)


def _is_decided_early(subject: Subject, leaf: Leaf) -> bool:
    """True if AWS, which reads fields in the order of their names, chooses the element later."""
    arrays = {array_above(contract, leaf.path) for contract in subject.contracts} - {()}
    return any(
        other > leaf.path and other[: len(array)] == array
        for branch in subject.branches_of(leaf)
        for other in branch
        for array in arrays
    )


def check_size(subject: Subject) -> Findings:
    """Yields a finding if the pattern exceeds the quota of an account."""
    characters = len(subject.pattern.text)
    if characters > QUOTA_CHARACTERS:
        what = f"the pattern has {characters} characters, the quota is {QUOTA_CHARACTERS}"
        fix = "shorten it, or request a higher quota"
        yield subject.found("pattern-size", subject.rule.pattern_line, what, fix)


def check_newer_bus(subject: Subject) -> Findings:
    """Yields what AWS::EventsV2 does not support."""
    rule = subject.rule
    check = "newer-bus-refuses" if rule.kind == Kind.SUBSCRIBER else "newer-bus"
    fix = "use prefix, suffix or plain values"
    for leaf in subject.leaves:
        for condition, line in subject.entries(leaf):
            if _is_wildcard(condition):
                what = f"AWS::EventsV2 takes no wildcard, as in {leaf.name}"
                yield subject.found(check, line, what, fix)
    size = len(subject.pattern.text.encode(errors="replace"))
    if size > NEWER_BUS_BYTES_MAX:
        what = f"AWS::EventsV2 takes {NEWER_BUS_BYTES_MAX} bytes, the pattern has {size}"
        yield subject.found(check, rule.pattern_line, what, "shorten it")


def check_wildcards(subjects: Sequence[Subject]) -> Findings:
    """Yields the buses with more wildcard rules than AWS allows."""
    counts: Counter[str] = Counter()
    for subject in subjects:
        conditions = [condition for leaf in subject.leaves for condition in leaf.conditions]
        if subject.rule.kind == Kind.SUBSCRIBER or not any(map(_is_wildcard, conditions)):
            continue
        bus = subject.rule.bus
        counts[bus] += 1
        if counts[bus] == WILDCARD_RULES_MAX + 1:
            what = f"more than {WILDCARD_RULES_MAX} rules of the bus {bus} have wildcards"
            fix = "use prefix or suffix in some of them"
            yield subject.found("too-many-wildcards", subject.rule.line, what, fix)


def _is_wildcard(condition: Condition) -> bool:
    if isinstance(condition, AnythingButLike):
        return any(isinstance(like, Wildcard) for like in condition.likes)
    return isinstance(condition, Wildcard)


def _line_of(rule: Rule, error: InvalidPatternError) -> int:
    cause = error.__cause__
    if isinstance(cause, json.JSONDecodeError) and rule.text_lines:
        return rule.text_lines[min(cause.pos, len(rule.text_lines) - 1)]
    return rule.line_of(error.steps)
