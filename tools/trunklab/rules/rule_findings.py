"""Findings about rules: id, level and meaning of each, for reports and docs."""

from typing import Final

from trunklab.findings.finding import Level
from trunklab.findings.finding_report import Check

_ERROR, _WARNING, _NOTE = Level.ERROR, Level.WARNING, Level.NOTE

CHECKS: Final = (
    Check("not-read", _ERROR, "A template, part of one or code cannot be read: not checked."),
    Check("invalid-pattern", _ERROR, "AWS rejects the pattern, with this text."),
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
    Check("outside-enum", _ERROR, "The value is none of those that the contract lists."),
    Check("outside-bounds", _ERROR, "No number between the contract's bounds passes."),
    Check("outside-length", _ERROR, "No text of the contract's lengths passes."),
    Check("wrong-format", _ERROR, "No text of the contract's format passes."),
    Check("wrong-pattern", _ERROR, "No text of the contract's pattern passes."),
    Check("always-there", _ERROR, "The field is required, so that it is never absent."),
    Check("never-passes", _ERROR, "No event's field passes, for a reason without an id."),
    Check("always-true", _WARNING, "Every event passes the clause: it says nothing."),
    Check("never-matches", _ERROR, "No event of any contract can match the whole rule."),
    Check("event-never-taken", _WARNING, "The rule names an event and can never match it."),
    Check("undecided", _NOTE, "Whether the rule can match was not worked out."),
    Check("pattern-size", _WARNING, "The pattern is larger than an account's quota allows."),
    Check("too-many-wildcards", _WARNING, "More rules of one bus have wildcards than AWS allows."),
    Check("newer-bus", _NOTE, "AWS::EventsV2 could not take the pattern."),
    Check("newer-bus-refuses", _ERROR, "A subscriber of AWS::EventsV2 with such a pattern."),
    Check("rules-overlap", _ERROR, "Two rules of one consumer match one event: it comes twice."),
    Check("unknown-target", _NOTE, "Nothing is known here of what the rule sends to."),
    Check("rule-without-handler", _ERROR, "The rule takes an event without a handler."),
    Check("handler-without-rule", _ERROR, "No rule of its function takes the handler's event."),
    Check("unknown-contract", _ERROR, "A handler of a contract that is not committed."),
    Check("two-majors", _WARNING, "A consumer hears two majors of one event: it comes twice."),
    Check("deprecated", _NOTE, "The rule takes an event whose contract is deprecated."),
    Check("past-sunset", _ERROR, "The rule takes an event whose contract may be gone."),
    Check(
        "producer-source",
        _ERROR,
        "A right to publish that is not limited to the service's own source.",
    ),
)

BY_ID: Final = {check.id: check for check in CHECKS}
