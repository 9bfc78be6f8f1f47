"""Checks of a pattern alone: what AWS rejects, and what exceeds a quota."""

import json
from collections.abc import Sequence
from typing import Final

from trunklab.findings.finding import Finding
from trunklab.patterns.conditions import AnythingButLike, Condition, Wildcard
from trunklab.patterns.errors import InvalidPatternError
from trunklab.patterns.parse import OR
from trunklab.patterns.pattern import Pattern
from trunklab.rules.rule_under_check import Findings, Subject, found
from trunklab.templates.expressions import Missing
from trunklab.templates.topology import Kind, Rule, Steps

QUOTA_CHARACTERS: Final = 2_048
"""Characters of a pattern (AWS: quota, adjustable)."""

NEWER_BUS_BYTES_MAX: Final = 4_096
"""Bytes of all filters of a subscriber (AWS: EventsV2)."""

WILDCARD_RULES_MAX: Final = 30
"""Rules with wildcards of one bus (AWS: quota, not adjustable)."""


def parsed(rule: Rule) -> Pattern | Finding | None:
    """Returns the pattern as far as it is known, or what is wrong with it; None if nothing is."""
    if rule.known is None:
        return None
    try:
        return Pattern.parse(rule.known)
    except InvalidPatternError as error:
        what = f"{rule.logical_id}: AWS rejects the pattern: {error.reason}"
        fix = "write it as docs/patterns.md shows"
        return found(rule, "invalid-pattern", _line_of(rule, error), what, fix)


def unresolved(rule: Rule) -> Findings:
    """Expressions of the pattern that have no value here."""
    for expression in rule.unresolved:
        what = f"{rule.logical_id}: a clause is not checked: {expression}"
        match expression.missing:
            case Missing.DEPLOYMENT:
                fix = "test the deployed pattern with `trunkline rules test`"
                yield found(rule, "deployment-value", expression.line, what, fix)
            case Missing.PARAMETER:
                fix = "set it with --parameter or in samconfig.toml"
                yield found(rule, "unresolved", expression.line, what, fix)
            case Missing.SENSE:
                fix = "correct the expression"
                yield found(rule, "unresolved", expression.line, what, fix)


def overwritten(subject: Subject) -> Findings:
    """Clauses that do not count, because of several for one field the last one does."""
    for leaf in subject.leaves:
        if not subject.branches_of(leaf):
            what = f"a later clause of {leaf.name} replaces this clause"
            fix = "remove one of them; in $or repeat it in each alternative"
            yield subject.found("overwritten", subject.rule.line_of(leaf.steps), what, fix)


def sizes(subject: Subject) -> Findings:
    """Patterns beyond the quota of an account."""
    characters = len(subject.pattern.text)
    if characters > QUOTA_CHARACTERS:
        what = f"the pattern has {characters} characters, the quota is {QUOTA_CHARACTERS}"
        fix = "shorten it, or request a higher quota"
        yield subject.found("pattern-size", subject.rule.pattern_line, what, fix)


def newer_bus(subject: Subject) -> Findings:
    """What a subscriber of AWS::EventsV2 could not say."""
    rule = subject.rule
    check = "newer-bus-refuses" if rule.kind == Kind.SUBSCRIBER else "newer-bus"
    fix = "use prefix, suffix or plain values"
    for leaf in subject.leaves:
        for index, condition in enumerate(leaf.conditions):
            if _is_wildcard(condition):
                what = f"AWS::EventsV2 takes no wildcard, as in {leaf.name}"
                yield subject.found(check, rule.line_of((*leaf.steps, index)), what, fix)
    size = len(subject.pattern.text.encode(errors="replace"))
    if size > NEWER_BUS_BYTES_MAX:
        what = f"AWS::EventsV2 takes {NEWER_BUS_BYTES_MAX} bytes, the pattern has {size}"
        yield subject.found(check, rule.pattern_line, what, "shorten it")


def wildcards_of_buses(subjects: Sequence[Subject]) -> Findings:
    """Buses with more rules with wildcards than AWS lets them have."""
    counts: dict[str, int] = {}
    for subject in subjects:
        if subject.rule.kind == Kind.SUBSCRIBER or not any(
            _is_wildcard(condition) for leaf in subject.leaves for condition in leaf.conditions
        ):
            continue
        bus = subject.rule.bus
        counts[bus] = counts.get(bus, 0) + 1
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
    places = [steps for steps in rule.lines if _place(steps) == error.place]
    return rule.line_of(next(iter(places), ())) if len(places) < 2 else _guilty(rule, places)  # noqa: PLR2004 - alternatives of an $or share their places


def _guilty(rule: Rule, places: Sequence[Steps]) -> int:
    """Of several places that a message may mean the first that is refused on its own."""
    for steps in places:
        value: object = json.loads(rule.known or "{}")
        for step in steps:
            value = value[step]  # type: ignore[index]  # the steps lead through it
        try:
            Pattern.parse({"x": value if isinstance(steps[-1], str) else [value]})
        except InvalidPatternError:
            return rule.line_of(steps)
    return rule.line_of(places[0])


def _place(steps: Steps) -> str:
    """How the engine's messages call a place: without the alternatives of an `$or`."""
    place = ""
    for index, step in enumerate(steps):
        if isinstance(step, int):
            place += "" if steps[index - 1] == OR else f"[{step}]"
        elif step != OR or index == len(steps) - 1:
            place = f"{place}.{step}" if place else step
    return place
