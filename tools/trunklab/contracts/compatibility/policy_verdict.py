"""Findings of changes: a note if the policy allows the change, else an error."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from trunklab.contracts.compatibility.compatibility_findings import IDS
from trunklab.contracts.compatibility.contract_changes import Breaks, Change
from trunklab.contracts.compatibility.mismatch import Facet
from trunklab.contracts.compatibility.shape_descriptions import path as spelled
from trunklab.contracts.compatibility.shape_descriptions import shown
from trunklab.contracts.compatibility_policy import Policy
from trunklab.contracts.contract import Contract
from trunklab.findings.finding import Finding, Level
from trunklab.schema_solver.errors import ShapesError
from trunklab.schema_solver.json_pointer import resolved, within

_REFUSED: Final = {
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
class Versions:
    """Two versions of one contract, and the policy that applies."""

    old: Contract
    new: Contract
    since: str = ""
    """The commit of the old version, if it is not the last."""

    decided: Policy | None = None
    """The policy, if another version decides it."""

    @property
    def policy(self) -> Policy:
        """The stricter policy of both versions: a change cannot weaken its own check."""
        return self.decided or self.old.compatibility.with_promises_of(self.new.compatibility)


def judged(versions: Versions, changes: Iterable[Change]) -> Iterator[Finding]:
    """Yields a finding for each change."""
    for change in changes:
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
    promised = {Breaks[promise.name] for promise in policy.promises}
    if change.id in ALWAYS_WRONG or change.breaks & promised:
        return Level.ERROR
    return Level.NOTE


def _what(versions: Versions, change: Change) -> str:
    difference = " -> ".join((change.was or "nothing", change.now or "nothing"))
    against = f" (against {versions.since})" if versions.since else ""
    verdict = f"{_verdict(change)}{_counterexample(change)}"
    return f"{spelled(change.path)}: {difference}{against}; {verdict}"


def _verdict(change: Change) -> str:
    words = []
    if change.id == "default-changed" and change.breaks:
        words.append(f"breaking for consumers ({_OTHERWISE})")
    elif refused := [said for who, said in _REFUSED.items() if who in change.breaks]:
        words.append(f"breaking for consumers ({'; '.join(refused)})")
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
    if change.facet in {Facet.REQUIRED, Facet.EXTRA} and Breaks.BACKWARD in change.breaks:
        return f", for example an event without {spelled(change.path)}"
    if change.id in {"required-field-removed", "field-optional"}:
        return f", for example an event without {spelled(change.path)}"
    return f", for example {spelled(change.path)} = {shown(change.leaf)}"


def _line(versions: Versions, change: Change) -> int:
    """Returns the changed line in the new file, or the line of its place if it was removed."""
    pointer = change.new_place
    if change.path and change.path[0].startswith("x-") and pointer[1:] not in versions.new.document:
        return versions.new.line("/x-detail-type")
    if change.id.endswith("-field-removed"):
        return versions.new.line(within(pointer, "properties"))
    if change.id == "default-changed":
        return versions.new.line(within(pointer, "default"))
    return versions.new.line(within(pointer, *_keyword(versions, change)))


def _keyword(versions: Versions, change: Change) -> tuple[str, ...]:
    """Returns the changed keyword below the place of the change."""
    was, now = _at(versions.old, change.old_place), _at(versions.new, change.new_place)
    if change.facet is Facet.VALUE and change.now:
        values = [shown(value) for value in now.get("enum", ())]
        return ("enum", str(values.index(change.now))) if change.now in values else ()
    for keyword in _KEYWORDS.get(change.facet, ()) if change.facet else ():
        if keyword in now and now.get(keyword) != was.get(keyword):
            return (keyword,)
    return ()


def _at(contract: Contract, pointer: str) -> Mapping[str, Any]:
    try:
        found = resolved(contract.document, pointer)
    except ShapesError:
        return {}
    return found if isinstance(found, Mapping) else {}
