"""Checks of a rule's fields: entries that never pass, clauses that every event passes."""

from collections.abc import Sequence
from typing import Final

from trunklab.contracts.contract import Contract
from trunklab.findings.finding import Finding
from trunklab.patterns.condition_words import expected, shown
from trunklab.patterns.conditions import Condition, Exists
from trunklab.rules.event_type_checks import near
from trunklab.rules.impossible_clauses import Blame, Cause
from trunklab.rules.known_contracts import DETAIL_TYPE, SOURCE
from trunklab.rules.pattern_clauses import Leaf
from trunklab.rules.rule_under_check import Findings, Subject

_IDS: Final = {
    Cause.UNKNOWN_FIELD: "unknown-field",
    Cause.NOT_A_LEAF: "not-a-leaf",
    Cause.WRONG_TYPE: "wrong-type",
    Cause.OUTSIDE_ENUM: "outside-enum",
    Cause.OUTSIDE_BOUNDS: "outside-bounds",
    Cause.OUTSIDE_LENGTH: "outside-length",
    Cause.FORMAT: "wrong-format",
    Cause.PATTERN: "wrong-pattern",
    Cause.ALWAYS_THERE: "always-there",
}
NAMES_MAX: Final = 4
"""Contracts from which on a message counts them instead of naming them."""

VALUES_SHOWN: Final = 8
"""Values of an enum that a message lists."""


def fields(subject: Subject) -> Findings:
    """Everything about the clauses beside source and detail-type."""
    for leaf in subject.leaves:
        if leaf.path in {SOURCE, DETAIL_TYPE}:
            continue
        branches = subject.branches_of(leaf)
        contracts = subject.known.admitted(branches)
        if contracts and subject.is_judged and not any(map(subject.is_aws, branches)):
            yield from _leaf(subject, leaf, contracts)


def _leaf(subject: Subject, leaf: Leaf, contracts: Sequence[Contract]) -> Findings:
    line = subject.rule.line_of(leaf.steps)
    there = [subject.known.blame(one, leaf.path, Exists()) for one in contracts]
    missing = [one for one in there if one is not None and one.cause == Cause.UNKNOWN_FIELD]
    if len(missing) == len(contracts):
        yield _unknown(subject, leaf, missing, contracts)
        return
    guilty = 0
    for index, condition in enumerate(leaf.conditions):
        blames = [subject.known.blame(one, leaf.path, condition) for one in contracts]
        known = [one for one in blames if one is not None]
        if len(known) == len(blames):
            guilty += 1
            best = next((one for one in known if one.cause != Cause.UNKNOWN_FIELD), known[0])
            entry = subject.rule.line_of((*leaf.steps, index))
            about = [one for one in contracts if one.name == best.contract]
            what, fix = _said(leaf, condition, best)
            cause = _IDS.get(best.cause, "never-passes")
            yield subject.found(cause, entry, what, fix, *about)
    if not guilty and all(
        subject.known.always_true(one, leaf.path, leaf.clause) for one in contracts
    ):
        what = f"every event matches the clause of {leaf.name}"
        fix = "remove it: it has no effect"
        yield subject.found("always-true", line, what, fix, *contracts)


def _unknown(
    subject: Subject, leaf: Leaf, blames: Sequence[Blame], contracts: Sequence[Contract]
) -> Finding:
    missing = ".".join(blames[0].missing or leaf.path)
    names = sorted({name for one in blames for name in one.known})
    what = _lack(sorted({blame.contract for blame in blames}), missing)
    if leaf.path != blames[0].missing and blames[0].missing:
        what += f", on the path to {leaf.name}"
    said = near(missing.rpartition(".")[2], names)
    fix = f"name a field that is there: {said}" if said else "remove the clause"
    return subject.found("unknown-field", subject.rule.line_of(leaf.steps), what, fix, *contracts)


def _said(  # noqa: PLR0911 - one case for each cause
    leaf: Leaf, condition: Condition, found: Blame
) -> tuple[str, str]:
    """What is wrong with an entry, and what could be written instead."""
    entry = f"{expected(condition)} never passes: in {found.contract} {leaf.name}"
    allowed = " and ".join(found.allowed) or "what the contract says"
    match found.cause:
        case Cause.NOT_A_LEAF:
            return f"{entry} is an object", f"name one of its fields: {near('', found.known)}"
        case Cause.WRONG_TYPE:
            types = " or ".join(found.types) or "of another type"
            return f"{entry} is {types}", "write a value of that type"
        case Cause.OUTSIDE_ENUM:
            values = ", ".join(map(shown, found.values[:VALUES_SHOWN]))
            return f"{entry} is none of these", f"write one of {values}"
        case Cause.ALWAYS_THERE:
            return f"{entry} is required, so always there", "remove the entry"
        case Cause.UNKNOWN_FIELD:
            return f"{entry} does not exist", "name a field that is there"
        case Cause.OUTSIDE_BOUNDS | Cause.OUTSIDE_LENGTH | Cause.FORMAT | Cause.PATTERN:
            return f"{entry} is {allowed}", "write a value that can occur"
        case _:
            return f"{entry} has no such value", "write a value that can occur, or remove it"


def _lack(names: Sequence[str], field: str) -> str:
    if len(names) >= NAMES_MAX:
        return f"none of {len(names)} contracts has the field {field}"
    return f"{' and '.join(names)} {'has' if len(names) == 1 else 'have'} no field {field}"
