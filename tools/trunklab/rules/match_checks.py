"""Checks of what a rule as a whole can match, and of the life of the contracts that it takes."""

from collections.abc import Sequence
from datetime import date

from trunklab.findings.finding import Finding, Level
from trunklab.rules.rule_under_check import Findings, Subject
from trunklab.rules.verdict import Kind


def outcomes(subject: Subject, others: Sequence[Finding]) -> Findings:
    """What the verdicts say beyond the other findings about the same rule."""
    kind = subject.verdict.kind
    explained = any(one.level == Level.ERROR or one.id == "foreign-source" for one in others)
    if kind == Kind.UNDECIDED and not explained and not subject.rule.unresolved:
        what = f"it is not known whether the rule can match: {subject.verdict.reason}"
        fix = "test it with `trunkline rules test`, or simplify it"
        yield subject.found("undecided", subject.rule.pattern_line, what, fix)
    if kind == Kind.NEVER and not explained:
        what = (
            f"no event can match it: {subject.verdict.reason or 'its clauses exclude each other'}"
        )
        fix = "see with `trunkline rules explain` which clauses an example misses"
        line = subject.rule.pattern_line
        yield subject.found("never-matches", line, what, fix, *subject.contracts)
    if kind != Kind.NEVER and not explained:
        for contract in subject.contracts:
            never = subject.verdicts[contract.name].kind == Kind.NEVER
            if never and subject.names(contract):
                what = f"it names {contract.name} and can never match it"
                fix = "leave the detail-type out, or give it a clause of its own in $or"
                line = subject.line_of(contract)
                yield subject.found("event-never-taken", line, what, fix, contract)


def lives(subject: Subject, today: date) -> Findings:
    """Contracts that are deprecated, or past the last day on which they are there."""
    for contract in subject.taken:
        line = subject.line_of(contract)
        if contract.sunset is not None and contract.sunset < today:
            what = f"it takes {contract.name}, which may be gone after its sunset"
            fix = "take the next major"
            yield subject.found("past-sunset", line, what, fix, contract)
        elif contract.deprecated_since is not None:
            what = f"it takes {contract.name}, which is deprecated"
            fix = "take the next major before the sunset"
            yield subject.found("deprecated", line, what, fix, contract)
