"""Rules that name a value which an example of a contract shows."""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from trunklab.contracts.contract import Contract
from trunklab.patterns.pattern import Pattern
from trunklab.rules.clause_checks import check_clauses
from trunklab.rules.known_contracts import Known
from trunklab.rules.rule_under_check import Subject
from trunklab.rules.verdict import Kind
from trunklab.templates.topology import Kind as RuleKind
from trunklab.templates.topology import Rule


def leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yields every leaf of an event with its path."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner, path)
    else:
        yield path, value


def subject(known: Known, contract: Contract, path: tuple[str, ...], entry: Any) -> Subject:
    """Returns a rule for one contract with one more entry."""
    tree: Any = [entry]
    for key in reversed(path):
        tree = {key: tree}
    kind = {"source": [contract.source], "detail-type": [contract.detail_type]}
    pattern = Pattern.parse(tree | kind)
    rule = Rule(
        kind=RuleKind.RULE,
        service="s",
        template=PurePosixPath("t.yaml"),
        line=1,
        logical_id="R",
        name="R",
        bus="b",
        bus_line=1,
        bus_missing=None,
        enabled=True,
        pattern=None,
        text=pattern.text,
        known=pattern.text,
        pattern_line=1,
        lines={},
        text_lines=(),
        unresolved=(),
        targets=(),
    )
    return Subject(rule, pattern, known)


def false_findings(known: Known, contract: Contract) -> list[tuple[tuple[str, ...], Any]]:
    """Returns the values of the examples that a check calls impossible."""
    shown = {
        (path, repr(value)): value
        for event in contract.event_examples
        for path, value in leaves(event)
    }
    return [
        (path, value) for (path, _), value in shown.items() if _fails(known, contract, path, value)
    ]


def _fails(known: Known, contract: Contract, path: tuple[str, ...], value: Any) -> bool:
    rule = subject(known, contract, path, value)
    ids = {finding.id for finding in check_clauses(rule)} - {"always-true"}
    return bool(ids) or rule.verdict.kind not in {Kind.SOMETIMES, Kind.ALWAYS}
