"""Compatibility check: every contract of a checkout against the baseline."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from operator import attrgetter
from pathlib import Path
from typing import Any, Final

from trunklab.contracts.compatibility import lifecycle
from trunklab.contracts.compatibility.annotation_changes import annotations, declarations
from trunklab.contracts.compatibility.baseline import Baseline, baseline
from trunklab.contracts.compatibility.compatibility_findings import IDS
from trunklab.contracts.compatibility.contract_changes import (
    Change,
    changes,
    closed,
    opened,
)
from trunklab.contracts.compatibility.mismatch import Facet, path_text, shown
from trunklab.contracts.contract import Breaks, Contract, Policy
from trunklab.contracts.errors import ContractFileError, RevisionError
from trunklab.contracts.event_schema import Schema
from trunklab.contracts.exported_contracts import OWN_FILES, Location
from trunklab.findings.finding import Finding, Level
from trunklab.printable import printable
from trunklab.schema_solver.errors import ShapesError
from trunklab.schema_solver.json_pointer import resolved, within
from trunklab.schema_solver.validate import errors

_REJECTED: Final = {
    Breaks.BACKWARD: "BACKWARD: new consumers reject old events",
    Breaks.FORWARD: "FORWARD: old consumers reject new events",
}
_OTHERWISE: Final = "BACKWARD, FORWARD: old and new consumers read one event differently"
_MISSED: Final = frozenset({"source-changed", "detail-type-changed", "subject-changed"})
ALWAYS_WRONG: Final = _MISSED | {"personal-data-unmarked", "policy-weakened", "sunset-earlier"}
"""Changes that no policy allows."""

_KEYWORDS: Final[Mapping[Facet, tuple[str, ...]]] = {
    Facet.TYPE: ("type", "anyOf", "oneOf", "enum", "const"),
    Facet.BOUNDS: (
        *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
        *("minLength", "maxLength", "minItems", "maxItems", "uniqueItems"),
        *("minProperties", "maxProperties"),
    ),
    Facet.PATTERN: ("pattern",),
    Facet.FORMAT: ("format",),
}
"""Keywords of a facet, to find the changed line."""


@dataclass(frozen=True)
class _Versions:
    """Two versions of one contract, and the policy that applies."""

    old: Contract
    new: Contract
    policy: Policy
    since: str = ""
    """The commit of the old version, if it is not the last."""


def check(
    root: Path, against: str | None, today: date, location: Location = OWN_FILES
) -> list[Finding]:
    """Returns the findings, in the order of their places.

    Raises ContractFileError and RevisionError.
    """
    if not root.is_dir():
        raise RevisionError(f"{printable(str(root))} is not a folder; name a checkout with --root")
    promised, contracts = baseline(root, against, location), location.below(root)
    pairs, added, removed = _paired(promised.contracts, contracts)
    findings = [*lifecycle.ends(root, contracts, today), *lifecycle.removals(root, removed, today)]
    for old, new in pairs:
        try:
            findings += _of_pair(promised, old, new)
        except ShapesError as error:
            # The new version can still be fixed.
            line = new.line(getattr(error, "pointer", ""))
            remedy = "no verdict on this contract could be trusted"
            raise ContractFileError(new.path, line, str(error), remedy) from error
        except RecursionError as error:
            problem, remedy = "it is nested too deeply", "send flatter data, or a string"
            raise ContractFileError(new.path, 1, problem, remedy) from error
    for contract in added:
        line, name = contract.line("/x-detail-type"), "contract-added"
        what, fix = f"{contract.name} is new; additive", IDS[name].fix
        findings.append(Finding(contract.path, line, name, what, fix, Level.NOTE, contract.signed))
        findings += _invalid_examples(contract)
    return sorted(findings)


def _paired(
    old: Sequence[Contract], new: Sequence[Contract]
) -> tuple[list[tuple[Contract, Contract]], list[Contract], list[Contract]]:
    """Returns pairs by name, else by file or detail-type; then the added and removed contracts."""
    olds, news = ({contract.name: contract for contract in state} for state in (old, new))
    pairs = [(olds.pop(name), news.pop(name)) for name in sorted(olds.keys() & news.keys())]
    for key in ("path", "detail_type"):
        by_key = _unique(olds.values(), key)
        for value, contract in _unique(news.values(), key).items():
            if value in by_key:
                pairs.append((olds.pop(by_key[value].name), news.pop(contract.name)))
    return pairs, list(news.values()), list(olds.values())


def _unique(contracts: Iterable[Contract], key: str) -> dict[object, Contract]:
    """Returns the contracts by an attribute, without those that share its value."""
    by_key = [(attrgetter(key)(contract), contract) for contract in contracts]
    counts = Counter(value for value, _ in by_key)
    return {value: contract for value, contract in by_key if counts[value] == 1}


def _of_pair(promised: Baseline, old: Contract, new: Contract) -> Iterator[Finding]:
    # The stricter policy applies: a change cannot weaken its own check.
    versions = _Versions(old, new, old.compatibility.with_promises_of(new.compatibility))
    if old.document != new.document or old.path != new.path:
        yield from _judged(versions, [*declarations(old, new), *_differences(versions)])
        yield from _invalid_examples(new)
        if Breaks.FORWARD in versions.policy.promises and new.examples != old.examples:
            # Each follows from a change with its own finding, and is sorted after it.
            schema = opened(old.document)
            yield from _example_faults("example-refused", new, schema, "the previous contract")
    if versions.policy.transitive:
        yield from _earlier(promised, versions)


def _earlier(promised: Baseline, versions: _Versions) -> Iterator[Finding]:
    """Yields what breaks an earlier version; each place once, for the newest such version."""
    reported = {
        (change.id, change.path)
        for change in _differences(versions)
        if level(versions.policy, change) is Level.ERROR
    }
    for contract, commit in promised.earlier(versions.old):
        earlier = _Versions(contract, versions.new, versions.policy, commit)
        for change in _differences(earlier):
            is_error = level(versions.policy, change) is Level.ERROR
            if is_error and (change.id, change.path) not in reported:
                reported.add((change.id, change.path))
                yield from _judged(earlier, [change])


def _differences(versions: _Versions) -> list[Change]:
    old, new = versions.old.document, versions.new.document
    return [] if old == new else [*changes(old, new), *annotations(old, new)]


def _invalid_examples(contract: Contract) -> Iterator[Finding]:
    """Yields the examples that violate the contract as producers send it."""
    schema = closed(contract.document)
    return _example_faults("example-invalid", contract, schema, "its own contract")


def _example_faults(name: str, contract: Contract, schema: Schema, whose: str) -> Iterator[Finding]:
    for at, example in enumerate(contract.examples):
        for place, message in errors(schema, example)[:1]:
            where = printable(place[1:] or "the event")
            what = f"example {at + 1} violates {whose}: {where}: {printable(message)}"
            line = contract.line(f"/examples/{at}{place}")
            follows = name == "example-refused"
            fix, signed = IDS[name].fix, contract.signed
            yield Finding(contract.path, line, name, what, fix, owner=signed, follows=follows)


def _judged(versions: _Versions, changed: Iterable[Change]) -> Iterator[Finding]:
    """Yields a finding for each change: a note if the policy allows it, else an error."""
    for change in changed:
        yield Finding(
            versions.new.path,
            _line(versions, change),
            change.id,
            _what(versions, change),
            IDS[change.id].fix,
            level(versions.policy, change),
            versions.new.signed,
        )


def level(policy: Policy, change: Change) -> Level:
    """Returns the level of a change under a policy."""
    is_wrong = change.id in ALWAYS_WRONG or change.breaks & policy.promises
    return Level.ERROR if is_wrong else Level.NOTE


def _what(versions: _Versions, change: Change) -> str:
    against = f" (against {versions.since})" if versions.since else ""
    verdict = f"{_verdict(change)}{_counterexample(change)}"
    return f"{path_text(change.path)}: {change.difference}{against}; {verdict}"


def _verdict(change: Change) -> str:
    words = []
    rejected = [text for side, text in _REJECTED.items() if side in change.breaks]
    if change.id == "default-changed" and change.breaks:
        words.append(f"breaking for consumers ({_OTHERWISE})")
    elif rejected:
        words.append(f"breaking for consumers ({'; '.join(rejected)})")
    if Breaks.PRODUCERS in change.breaks:
        words.append("breaking for producers")
    if change.id in _MISSED:
        words.append("breaking for consumers")
    return " and ".join(words) or ("not allowed" if change.id in ALWAYS_WRONG else "additive")


def _counterexample(change: Change) -> str:
    if not change.breaks or change.id == "default-changed":
        return ""
    if not change.counterexamples:
        return ", as far as can be decided"
    is_absent = change.facet in {Facet.REQUIRED, Facet.EXTRA} and Breaks.BACKWARD in change.breaks
    if is_absent or change.id in {"required-field-removed", "field-optional"}:
        return f", for example an event without {path_text(change.path)}"
    return f", for example {path_text(change.path)} = {shown(change.leaf)}"


def _line(versions: _Versions, change: Change) -> int:
    """Returns the changed line in the new file, or the line of its place if it was removed."""
    pointer, new = change.new_place, versions.new
    if change.path and change.path[0].startswith("x-") and pointer[1:] not in new.document:
        return new.line("/x-detail-type")
    if change.id.endswith("-field-removed"):
        return new.line(within(pointer, "properties"))
    if change.id == "default-changed":
        return new.line(within(pointer, "default"))
    was, now = _at(versions.old, change.old_place), _at(new, pointer)
    if change.facet is Facet.VALUE and change.now:
        values = [shown(value) for value in now.get("enum", ())]
        steps = ("enum", str(values.index(change.now))) if change.now in values else ()
        return new.line(within(pointer, *steps))
    keywords = _KEYWORDS.get(change.facet, ()) if change.facet else ()
    changed = [word for word in keywords if word in now and now[word] != was.get(word)]
    return new.line(within(pointer, *changed[:1]))


def _at(contract: Contract, pointer: str) -> Mapping[str, Any]:
    try:
        schema = resolved(contract.document, pointer)
    except ShapesError:
        return {}
    return schema if isinstance(schema, Mapping) else {}
