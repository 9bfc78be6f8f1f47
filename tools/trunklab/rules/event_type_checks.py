"""Checks of bus, source and detail-type: whether such events exist, and get there."""

from collections.abc import Collection, Iterable
from difflib import get_close_matches
from typing import Final

from trunklab.contracts.contract import Contract
from trunklab.patterns.condition_words import expected
from trunklab.patterns.conditions import Condition, Text
from trunklab.patterns.parse import passes
from trunklab.rules.known_contracts import DETAIL_TYPE, SOURCE, Known, is_aws
from trunklab.rules.pattern_clauses import Leaf
from trunklab.rules.rule_under_check import Findings, Subject
from trunklab.templates.topology import BusKind

NAMES_SHOWN: Final = 3
"""Near names that a message lists."""

NEAR: Final = 0.6
"""How alike names have to be (difflib: 0 to 1)."""

NAMES_MAX: Final = 8
"""Names that a message lists where none is near."""


def kinds(subject: Subject) -> Findings:
    """Entries of source and detail-type that no contract has."""
    for leaf in subject.leaves:
        if leaf.path == SOURCE:
            yield from _sources(subject, leaf)
        elif leaf.path == DETAIL_TYPE and subject.is_judged:
            yield from _detail_types(subject, leaf)
    if subject.is_judged:
        yield from _always(subject)


def buses(subject: Subject, made: Collection[str]) -> Findings:
    """A bus that does not carry what the rule asks for, or that carries no contract's events."""
    rule = subject.rule
    if subject.is_on_wrong_bus:
        made_by = "" if rule.bus_kind is BusKind.DEFAULT else ", which no template makes,"
        what = f"the bus {rule.bus}{made_by} does not carry the events of the contracts"
        fix = f"set the bus to {near(rule.bus, made)}, or name the sources of that bus"
        yield subject.found("wrong-bus", rule.bus_line, what, fix)
    elif not rule.receives_contracts and not any(map(subject.is_aws, subject.pattern.branches)):
        what = f"the bus {rule.bus} carries no contract's events: the rule is not checked further"
        fix = "test it with `trunkline rules test`"
        yield subject.found("foreign-bus", rule.bus_line, what, fix)


def near(name: str, names: Iterable[str]) -> str:
    """Returns the nearest names, "" if there are none at all."""
    known = sorted(set(names))
    close = get_close_matches(name, known, NAMES_SHOWN, NEAR) or known[:NAMES_MAX]
    return ", ".join(close)


def _sources(subject: Subject, leaf: Leaf) -> Findings:
    known = subject.known
    for index, condition in enumerate(leaf.conditions):
        if any(passes((condition,), source) for source in known.by_source):
            continue
        line = subject.rule.line_of((*leaf.steps, index))
        if is_aws(condition):
            what = f"AWS publishes the events of {_text(condition)}, so no contract describes them"
            fix = "see the documentation of that AWS service"
            yield subject.found("foreign-source", line, what, fix)
        elif subject.is_judged:
            what = f"no contract has the source {expected(condition)}"
            fix = _choose("a source", _text(condition), known.by_source)
            yield subject.found("unknown-source", line, what, fix)


def _detail_types(subject: Subject, leaf: Leaf) -> Findings:
    known = subject.known
    admitted = _of_sources(subject, leaf)
    if not admitted:
        return  # the source is wrong already, or AWS's
    for index, condition in enumerate(leaf.conditions):
        if any(passes((condition,), one) for one in admitted):
            continue
        line = subject.rule.line_of((*leaf.steps, index))
        what = f"none of the contracts of its sources has the detail-type {expected(condition)}"
        elsewhere = sorted({one.source for one in _by(known, condition)})
        if elsewhere:
            fix = f"name its source: {' or '.join(elsewhere)}"
        else:
            fix = _choose("a detail-type", _text(condition), admitted)
        yield subject.found("unknown-detail-type", line, what, fix)


def _of_sources(subject: Subject, leaf: Leaf) -> set[str]:
    """The detail-types of the sources that stand beside a clause of detail-type."""
    branches = subject.branches_of(leaf)
    if any(map(subject.is_aws, branches)):
        return set()
    return {
        detail_type
        for branch in branches
        for source, of_source in subject.known.by_source.items()
        if SOURCE not in branch or passes(branch[SOURCE], source)
        for detail_type in of_source
    }


def _by(known: Known, condition: Condition) -> list[Contract]:
    return [
        one
        for detail_type, some in known.by_detail_type.items()
        if passes((condition,), detail_type)
        for one in some
    ]


def _always(subject: Subject) -> Findings:
    """Operators on source or detail-type that every contract passes; a plain name is no fault."""
    values = {
        SOURCE: list(subject.known.by_source),
        DETAIL_TYPE: list(subject.known.by_detail_type),
    }
    for leaf in subject.leaves:
        known = values.get(leaf.path, [])
        plain = any(isinstance(one, Text) for one in leaf.conditions)
        if known and not plain and all(passes(leaf.clause, value) for value in known):
            what = f"the {leaf.name} of every contract matches this clause"
            fix = "remove it, or name the events that the rule is for"
            yield subject.found("always-true", subject.rule.line_of(leaf.steps), what, fix)


def _choose(what: str, name: str, names: Iterable[str]) -> str:
    said = near(name, names)
    return f"write {what} that exists: {said}" if said else "commit its contract first"


def _text(condition: Condition) -> str:
    return condition.text if isinstance(condition, Text) else expected(condition)
