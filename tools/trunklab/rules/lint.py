"""Runs every check of rules over a repository."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from trunklab.contracts.contract import Contract
from trunklab.findings.finding import Finding, Level
from trunklab.patterns.pattern import Pattern
from trunklab.rules.clause_checks import check_bus, check_clauses
from trunklab.rules.consumer_checks import check_consumers, check_producers
from trunklab.rules.known_contracts import Known
from trunklab.rules.pattern_checks import (
    check_duplicate_keys,
    check_engine_differences,
    check_newer_bus,
    check_overwritten,
    check_size,
    check_unresolved,
    check_wildcards,
    parsed,
)
from trunklab.rules.rule_findings import finding
from trunklab.rules.rule_under_check import Findings, Subject
from trunklab.rules.verdict import Kind
from trunklab.templates.topology import FIX, Topology


@dataclass(frozen=True)
class Linted:
    """The findings, and the rules that could be judged."""

    findings: tuple[Finding, ...]
    subjects: tuple[Subject, ...]

    def verdicts(self) -> list[dict[str, Any]]:
        """Returns the verdict on each rule, with an event that matches and one that does not."""
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
    findings = [
        finding(part.file, part.line, "not-read", part.problem, FIX) for part in read.unread
    ]
    findings += [
        finding(one.template, one.line, one.check, one.problem, one.fix) for one in read.refusals
    ]
    if read.rules and not known.contracts:
        first, what = read.rules[0], "there are no contracts, so fields and values are not checked"
        fix = "name the folder of exported schemas with --contracts"
        findings.append(finding(first.template, first.line, "no-contracts", what, fix))
    subjects: dict[int, Subject] = {}
    for rule in read.rules:
        findings += check_unresolved(rule)
        findings += check_duplicate_keys(rule)
        pattern = parsed(rule)
        if isinstance(pattern, Finding):
            findings.append(pattern)
        elif isinstance(pattern, Pattern):
            subjects[id(rule)] = Subject(rule, pattern, known)
    wrong: set[int] = set()
    for key, subject in subjects.items():
        bus = check_bus(subject, read.buses) if known.contracts else ()
        own = [*bus, *_of_rule(subject, today)]
        findings += own
        wrong |= {key} if any(one.level == Level.ERROR for one in own) else set()
    findings += check_wildcards(list(subjects.values()))
    complete = {key: one for key, one in subjects.items() if not one.rule.unresolved}
    findings += check_consumers(read, complete, known, wrong)
    findings += check_producers(read.producers, known)
    return Linted(tuple(sorted(set(findings))), tuple(subjects.values()))


def _of_rule(subject: Subject, today: date) -> Findings:
    clauses = list(check_clauses(subject))
    yield from clauses
    if subject.rule.receives_contracts and subject.known.contracts:
        if not any(one.level == Level.ERROR or one.id == "foreign-source" for one in clauses):
            yield from _check_verdicts(subject)
        yield from _check_lifecycle(subject, today)
    for check in (check_overwritten, check_engine_differences, check_size, check_newer_bus):
        yield from check(subject)


def _check_verdicts(subject: Subject) -> Findings:
    """Yields what the verdicts add if no finding about a clause explains them."""
    verdict, line = subject.verdict, subject.rule.pattern_line
    if verdict.kind == Kind.NEVER:
        what = f"no event can match it: {verdict.reason or 'its clauses exclude each other'}"
        fix = "see with `trunkline rules explain` which clauses an example misses"
        yield subject.found("never-matches", line, what, fix, *subject.contracts)
        return
    if verdict.kind == Kind.UNDECIDED and not subject.rule.unresolved:
        what = f"it is not known whether the rule can match: {verdict.reason}"
        fix = "test it with `trunkline rules test`, or simplify it"
        yield subject.found("undecided", line, what, fix)
    for contract in subject.contracts:
        if subject.verdicts[contract.name].kind == Kind.NEVER and subject.names(contract):
            what = f"it names {contract.name} and can never match it"
            fix = "leave the detail-type out, or give it a clause of its own in $or"
            line = subject.line_of(contract)
            yield subject.found("event-never-taken", line, what, fix, contract)


def _check_lifecycle(subject: Subject, today: date) -> Findings:
    for contract in subject.taken:
        line = subject.line_of(contract)
        if contract.sunset is not None and contract.sunset < today:
            what = f"it matches {contract.name}, which may be gone after its sunset"
            fix = "match the next major"
            yield subject.found("past-sunset", line, what, fix, contract)
        elif contract.deprecated_since is not None:
            what = f"it matches {contract.name}, which is deprecated"
            fix = "match the next major before the sunset"
            yield subject.found("deprecated", line, what, fix, contract)
