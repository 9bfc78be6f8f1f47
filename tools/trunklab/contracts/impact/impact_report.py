"""Impact report: text with events, one JSON document, or SARIF."""

from collections.abc import Iterator, Sequence
from typing import Any

from trunklab.contracts.compatibility.mismatch import path_text
from trunklab.contracts.impact.break_search import diff
from trunklab.contracts.impact.impact_findings import CHECKS
from trunklab.contracts.impact.impact_verdict import Impact, Verdict
from trunklab.findings.finding import Finding
from trunklab.findings.finding_report import (
    CHARACTERS_MAX,
    Form,
    as_json,
    counted,
    described,
    render,
)
from trunklab.printable import printable


def report(impacts: Sequence[Impact], form: str) -> str:
    """Returns the report in that form."""
    findings = [finding for impact in impacts for finding in impact.findings]
    if form == Form.SARIF:
        return render(findings, form, CHECKS)
    if form == Form.JSON:
        return as_json(
            {
                "contracts": [_described(impact) for impact in impacts],
                "findings": [described(finding) for finding in sorted(findings)],
            }
        )
    lines = [line for impact in impacts for line in _lines(impact)]
    ending = counted(findings) if impacts else "no contract changed"
    return "".join(f"{printable(line, CHARACTERS_MAX)}\n" for line in [*lines, ending])


def _lines(impact: Impact) -> Iterator[str]:
    yield f"{impact.contract.name} ({impact.contract.signed})"
    if impact.is_removed:
        yield "  removed"
    for change in impact.changes:
        yield f"  {change.id}: {path_text(change.path)}: {change.difference}"
    findings = iter(impact.findings)
    for verdict in impact.verdicts:
        if not verdict.breaks:
            yield f"{verdict.consumer}: ok, {verdict.reason}"
        for broken in verdict.breaks:
            yield str(next(findings))
            lines = diff(broken.like, broken.event) if broken.event else []
            yield from (f"    {line}" for line in lines)
    if not impact.verdicts:
        yield "no consumers"


def _described(impact: Impact) -> dict[str, Any]:
    contract = impact.contract
    since, sunset = contract.deprecated_since, contract.sunset
    findings = iter(impact.findings)
    return {
        "contract": contract.name,
        "owner": contract.owner,
        "deprecated_since": since.isoformat() if since else None,
        "sunset": sunset.isoformat() if sunset else None,
        "removed": impact.is_removed,
        "changes": [
            {"id": change.id, "field": path_text(change.path), "was": change.was, "now": change.now}
            for change in impact.changes
        ],
        "consumers": [_consumer(verdict, findings) for verdict in impact.verdicts],
    }


def _consumer(verdict: Verdict, findings: Iterator[Finding]) -> dict[str, Any]:
    return {
        "consumer": verdict.consumer,
        "verdict": "breaks" if verdict.breaks else "ok",
        "reason": verdict.reason,
        "breaks": [
            {
                **described(next(findings)),
                "event": broken.event,
                "like": broken.like,
                "diff": diff(broken.like, broken.event) if broken.event else [],
            }
            for broken in verdict.breaks
        ],
    }
