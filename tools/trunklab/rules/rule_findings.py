"""Findings about rules: id, level and meaning of each, for reports and docs."""

from pathlib import PurePosixPath
from typing import Final

from trunklab.findings.finding import Finding, Level
from trunklab.findings.finding_report import Check

_ERROR, _WARNING, _NOTE = Level.ERROR, Level.WARNING, Level.NOTE

CHECKS: Final = (
    Check("not-read", _ERROR, "A template, part of one or code cannot be read: not checked."),
    Check("no-contracts", _NOTE, "Without contracts, fields and values are not checked."),
    Check("invalid-pattern", _ERROR, "AWS rejects the pattern, with this text."),
    Check("no-pattern", _ERROR, "A rule with neither EventPattern nor ScheduleExpression."),
    Check("schedule-bus", _ERROR, "A schedule on another bus than the default one."),
    Check("too-many-targets", _ERROR, "A rule has more than five targets."),
    Check("fifo-group", _ERROR, "A FIFO queue is a target without a MessageGroupId."),
    Check("visibility-timeout", _ERROR, "A queue's visibility timeout is below its function's."),
    Check("duplicate-key", _WARNING, "A key is twice in one object of a pattern's text."),
    Check("literal-beside-numeric", _WARNING, "AWS may miss a literal that is beside numeric."),
    Check("exists-in-array", _WARNING, "AWS may decide exists: false in arrays differently."),
    Check("unresolved", _WARNING, "An expression has no value here: its clause is not checked."),
    Check("deployment-value", _NOTE, "Only a deployment gives a value: its clause is not checked."),
    Check("wrong-bus", _ERROR, "The rule's bus does not carry the events that the rule names."),
    Check("foreign-bus", _NOTE, "The rule's bus carries no contract's events: not checked."),
    Check("overwritten", _WARNING, "A clause that a later one for the same field replaces."),
    Check("unknown-source", _ERROR, "No contract has such a source."),
    Check("foreign-source", _NOTE, "An AWS service's own events, for which no contract is kept."),
    Check("unknown-detail-type", _ERROR, "No contract of these sources has such a detail-type."),
    Check("unknown-field", _ERROR, "No version of the event has this field."),
    Check("not-a-leaf", _ERROR, "The field holds an object, and rules compare only its fields."),
    Check("wrong-type", _ERROR, "The field never has a value of this type."),
    Check("outside-enum", _ERROR, "The contract does not list the value."),
    Check("outside-bounds", _ERROR, "No number between the contract's bounds passes."),
    Check("outside-length", _ERROR, "No text of the contract's lengths passes."),
    Check("wrong-format", _ERROR, "No text of the contract's format passes."),
    Check("wrong-pattern", _ERROR, "No text of the contract's pattern passes."),
    Check("always-there", _ERROR, "The field is required, so that it is never absent."),
    Check("never-passes", _ERROR, "No event's field passes, for a reason without an id."),
    Check("always-true", _WARNING, "Every event matches the clause, which has no effect."),
    Check("never-matches", _ERROR, "No event of any contract can match the whole rule."),
    Check("event-never-taken", _WARNING, "The rule names an event and can never match it."),
    Check("undecided", _NOTE, "It is not known whether the rule can match."),
    Check("pattern-size", _WARNING, "The pattern is larger than an account's quota allows."),
    Check("too-many-wildcards", _WARNING, "More rules of one bus have wildcards than AWS allows."),
    Check("newer-bus", _NOTE, "AWS::EventsV2 does not support the pattern."),
    Check("newer-bus-refuses", _ERROR, "A subscriber of AWS::EventsV2 with such a pattern."),
    Check("rules-overlap", _ERROR, "Two rules of one consumer match one event, a duplicate."),
    Check("unknown-target", _NOTE, "The target of the rule is unknown here."),
    Check("rule-without-handler", _ERROR, "The rule matches an event without a handler."),
    Check("handler-without-rule", _ERROR, "No rule of its function matches the handler's event."),
    Check("unknown-contract", _ERROR, "A handler of a contract that is not committed."),
    Check("two-majors", _WARNING, "A consumer receives two majors of one event, a duplicate."),
    Check("deprecated", _NOTE, "The rule matches an event whose contract is deprecated."),
    Check("past-sunset", _ERROR, "The rule matches an event whose contract may be gone."),
    Check(
        "producer-source",
        _ERROR,
        "A permission to publish that is not limited to the service's own source.",
    ),
)

_LEVELS: Final = {check.id: check.level for check in CHECKS}


def finding(  # noqa: PLR0913, PLR0917 - the parts of a finding
    path: PurePosixPath, line: int, check: str, what: str, fix: str, owner: str = ""
) -> Finding:
    """Returns a finding with the level of its check."""
    return Finding(path, line, check, what, fix, _LEVELS[check], owner)
