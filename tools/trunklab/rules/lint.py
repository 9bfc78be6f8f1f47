"""Runs every check of rules over a repository."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from trunklab.contracts.contract import Contract
from trunklab.findings.finding import Finding, Level
from trunklab.patterns.pattern import Pattern
from trunklab.rules.consumer_checks import consumers, producers
from trunklab.rules.event_type_checks import buses, kinds
from trunklab.rules.field_checks import fields
from trunklab.rules.known_contracts import Known
from trunklab.rules.match_checks import lives, outcomes
from trunklab.rules.pattern_checks import (
    newer_bus,
    overwritten,
    parsed,
    sizes,
    unresolved,
    wildcards_of_buses,
)
from trunklab.rules.rule_findings import BY_ID
from trunklab.rules.rule_under_check import Subject
from trunklab.templates.topology import FIX, Topology, Unread


@dataclass(frozen=True)
class Linted:
    """What the checks found, and the rules that could be judged."""

    findings: tuple[Finding, ...]
    subjects: tuple[Subject, ...]

    def verdicts(self) -> list[dict[str, Any]]:
        """How often each rule matches, with an event that does and one that does not."""
        return [
            {
                "rule": subject.rule.full_name,
                "template": subject.rule.template.as_posix(),
                "line": subject.rule.line,
                "verdict": subject.verdict.kind.value,
                "reason": subject.verdict.reason,
                "contracts": list(subject.verdict.contracts),
                "matching": subject.verdict.matching,
                "other": subject.verdict.other,
            }
            for subject in self.subjects
        ]


def lint(read: Topology, contracts: Iterable[Contract], today: date) -> Linted:
    """Checks rules, handlers and producers against the contracts."""
    known = Known(contracts)
    findings = [_not_read(part) for part in read.unread]
    subjects: dict[int, Subject] = {}
    for rule in read.rules:
        findings += unresolved(rule)
        pattern = parsed(rule)
        if isinstance(pattern, Finding):
            findings.append(pattern)
        elif isinstance(pattern, Pattern):
            subjects[id(rule)] = Subject(rule, pattern, known)
    wrong: set[int] = set()
    for key, subject in subjects.items():
        own = [*buses(subject, read.buses), *_of_rule(subject, today)]
        findings += own
        wrong |= {key} if any(finding.level == Level.ERROR for finding in own) else set()
    findings += wildcards_of_buses(list(subjects.values()))
    complete = {key: one for key, one in subjects.items() if not one.rule.unresolved}
    findings += consumers(read, complete, known, wrong)
    findings += producers(read.producers, known)
    unique = dict.fromkeys(findings)
    return Linted(tuple(sorted(unique)), tuple(subjects.values()))


def _not_read(part: Unread) -> Finding:
    return Finding(part.file, part.line, "not-read", part.problem, FIX, BY_ID["not-read"].level)


def _of_rule(subject: Subject, today: date) -> Iterator[Finding]:
    own = [*kinds(subject), *fields(subject)]
    yield from own
    if subject.rule.receives_contracts:
        yield from outcomes(subject, own)
        yield from lives(subject, today)
    for check in (overwritten, sizes, newer_bus):
        yield from check(subject)
