"""Checks of a rule's clauses: its bus, source and detail-type, and the fields of its events."""

from collections.abc import Collection, Iterable, Sequence
from difflib import get_close_matches
from typing import Final

from trunklab.patterns.conditions import Condition, Exists, Text
from trunklab.patterns.operators import expected, shown
from trunklab.patterns.parse import DETAIL_TYPE, SOURCE, passes
from trunklab.rules.impossible_clauses import Blame, Cause
from trunklab.rules.known_contracts import is_aws
from trunklab.rules.rule_under_check import Findings, Leaf, Subject
from trunklab.templates.topology import BusKind

SIMILAR_NAMES_MAX: Final = 3
"""Similar names that a message lists."""

SIMILARITY_MIN: Final = 0.6
"""Similarity that names need (difflib: 0 to 1)."""

NAMES_MAX: Final = 8
"""Names that a message lists if none is similar."""

CONTRACTS_NAMED_MAX: Final = 3
"""Contracts that a message names; more are counted."""

VALUES_MAX: Final = 8
"""Values of an enum that a message lists."""


def check_bus(subject: Subject, made: Collection[str]) -> Findings:
    """Yields findings about a bus without the events that the rule names, or of no contract."""
    rule = subject.rule
    if subject.is_on_wrong_bus:
        made_by = "" if rule.bus_kind is BusKind.DEFAULT else ", which no template makes,"
        what = f"the bus {rule.bus}{made_by} does not carry the events of the contracts"
        fix = f"set the bus to {_similar(rule.bus, made)}, or name the sources of that bus"
        yield subject.found("wrong-bus", rule.bus_line, what, fix)
    elif not rule.receives_contracts and not any(map(subject.is_aws, subject.pattern.branches)):
        what = f"the bus {rule.bus} carries no contract's events: the rule is not checked further"
        fix = "test it with `trunkline rules test`"
        yield subject.found("foreign-bus", rule.bus_line, what, fix)


def check_clauses(subject: Subject) -> Findings:
    """Yields findings about entries that no event passes and clauses that every event passes."""
    heads = {
        SOURCE: list(subject.known.by_source),
        DETAIL_TYPE: list(subject.known.by_detail_type),
    }
    for leaf in subject.leaves:
        if leaf.path == SOURCE:
            yield from _sources(subject, leaf)
        elif not subject.is_judged:
            continue
        elif leaf.path == DETAIL_TYPE:
            yield from _detail_types(subject, leaf)
        else:
            yield from _field(subject, leaf)
        values = heads.get(leaf.path, []) if subject.is_judged else []
        # A plain name that every contract has is not a mistake.
        plain = any(isinstance(condition, Text) for condition in leaf.conditions)
        if values and not plain and all(passes(leaf.clause, value) for value in values):
            what = f"the {leaf.name} of every contract matches this clause"
            fix = "remove it, or name the events that the rule is for"
            yield subject.found("always-true", subject.rule.line_of(leaf.steps), what, fix)


def _similar(name: str, names: Iterable[str]) -> str:
    """Returns the most similar names, "" if there are no names."""
    known = sorted(set(names))
    close = get_close_matches(name, known, SIMILAR_NAMES_MAX, SIMILARITY_MIN) or known[:NAMES_MAX]
    return ", ".join(close)


def _sources(subject: Subject, leaf: Leaf) -> Findings:
    known = subject.known.by_source
    for condition, line in subject.entries(leaf):
        if any(condition.passes(source) for source in known):
            continue
        if is_aws(condition):
            what = f"AWS publishes the events of {_text(condition)}, so no contract describes them"
            fix = "see the documentation of that AWS service"
            yield subject.found("foreign-source", line, what, fix)
        elif subject.is_judged:
            what = f"no contract has the source {expected(condition)}"
            fix = _choose("a source", _text(condition), known)
            yield subject.found("unknown-source", line, what, fix)


def _detail_types(subject: Subject, leaf: Leaf) -> Findings:
    admitted = _of_sources(subject, leaf)
    if not admitted:
        return  # the source is wrong already, or AWS's
    for condition, line in subject.entries(leaf):
        if any(condition.passes(detail_type) for detail_type in admitted):
            continue
        what = f"none of the contracts of its sources has the detail-type {expected(condition)}"
        elsewhere = {
            contract.source
            for detail_type, contracts in subject.known.by_detail_type.items()
            if condition.passes(detail_type)
            for contract in contracts
        }
        if elsewhere:
            fix = f"name its source: {' or '.join(sorted(elsewhere))}"
        else:
            fix = _choose("a detail-type", _text(condition), admitted)
        yield subject.found("unknown-detail-type", line, what, fix)


def _of_sources(subject: Subject, leaf: Leaf) -> set[str]:
    """Returns the detail-types of the sources that are combined with a detail-type clause."""
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


def _choose(what: str, name: str, names: Iterable[str]) -> str:
    similar = _similar(name, names)
    return f"write {what} that exists: {similar}" if similar else "commit its contract first"


def _text(condition: Condition) -> str:
    return condition.text if isinstance(condition, Text) else expected(condition)


def _field(subject: Subject, leaf: Leaf) -> Findings:
    branches = subject.branches_of(leaf)
    contracts = subject.known.admitted(branches)
    if not contracts or any(map(subject.is_aws, branches)):
        return
    line = subject.rule.line_of(leaf.steps)
    causes = [subject.known.blame(contract, leaf.path, Exists()) for contract in contracts]
    missing = [blame for blame in causes if blame and blame.cause == Cause.UNKNOWN_FIELD]
    if len(missing) == len(contracts):
        what, fix = _unknown(leaf, missing)
        yield subject.found("unknown-field", line, what, fix, *contracts)
        return
    impossible = 0
    for condition, entry in subject.entries(leaf):
        found = [subject.known.blame(contract, leaf.path, condition) for contract in contracts]
        blames = [blame for blame in found if blame is not None]
        if len(blames) == len(contracts):
            impossible += 1
            best = min(blames, key=lambda blame: blame.cause == Cause.UNKNOWN_FIELD)
            about = [contract for contract in contracts if contract.name == best.contract]
            what, fix = _impossible(leaf, condition, best)
            yield subject.found(best.cause, entry, what, fix, *about)
    if not impossible and all(
        subject.known.always_true(contract, leaf.path, leaf.clause) for contract in contracts
    ):
        what = f"every event matches the clause of {leaf.name}"
        fix = "remove it: it has no effect"
        yield subject.found("always-true", line, what, fix, *contracts)


def _unknown(leaf: Leaf, blames: Sequence[Blame]) -> tuple[str, str]:
    missing = ".".join(blames[0].missing or leaf.path)
    contracts = sorted({blame.contract for blame in blames})
    if len(contracts) > CONTRACTS_NAMED_MAX:
        what = f"none of {len(contracts)} contracts has the field {missing}"
    else:
        verb = "has" if len(contracts) == 1 else "have"
        what = f"{' and '.join(contracts)} {verb} no field {missing}"
    if leaf.path != blames[0].missing and blames[0].missing:
        what += f", on the path to {leaf.name}"
    similar = _similar(missing.rpartition(".")[2], {name for one in blames for name in one.known})
    return what, f"name a field that is there: {similar}" if similar else "remove the clause"


def _impossible(  # noqa: PLR0911 - one case for each cause
    leaf: Leaf, condition: Condition, found: Blame
) -> tuple[str, str]:
    entry = f"{expected(condition)} never passes: in {found.contract} {leaf.name}"
    match found.cause:
        case Cause.NOT_A_LEAF:
            return f"{entry} is an object", f"name one of its fields: {_similar('', found.known)}"
        case Cause.WRONG_TYPE:
            types = " or ".join(found.types) or "of another type"
            return f"{entry} is {types}", "write a value of that type"
        case Cause.OUTSIDE_ENUM:
            values = ", ".join(map(shown, found.values[:VALUES_MAX]))
            return f"{entry} is not one of these values", f"write one of {values}"
        case Cause.ALWAYS_THERE:
            return f"{entry} is required, so always there", "remove the entry"
        case Cause.UNKNOWN_FIELD:
            return f"{entry} does not exist", "name a field that is there"
        case Cause.OUTSIDE_BOUNDS | Cause.OUTSIDE_LENGTH | Cause.FORMAT | Cause.PATTERN:
            allowed = " and ".join(found.allowed) or "what the contract says"
            return f"{entry} is {allowed}", "write a value that can occur"
        case _:
            return f"{entry} has no such value", "write a value that can occur, or remove it"
