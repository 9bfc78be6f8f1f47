"""Whether majors overlap as declared, and whether what is gone could go."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from trunklab.contracts.compatibility.compatibility_findings import IDS
from trunklab.contracts.compatibility.published_majors import one_sided
from trunklab.contracts.contract import Contract
from trunklab.findings.finding import Finding, Level


def removals(root: Path, removed: Sequence[Contract], today: date) -> Iterator[Finding]:
    """Return a finding for each contract that is gone: its sunset had to come first."""
    for contract in removed:
        if contract.sunset is None:
            said = "was removed, and had no sunset; breaking for consumers"
            yield _finding("removed-undeprecated", contract, 1, said)
        elif today <= contract.sunset:
            said = f"was removed, and {contract.sunset} is its last day; breaking for consumers"
            yield _finding("removed-before-sunset", contract, 1, said)
        else:
            yield _finding("contract-removed", contract, 1, "was removed", Level.NOTE)
    if removed:
        yield from _still_named(root, removed)


def _still_named(root: Path, removed: Sequence[Contract]) -> Iterator[Finding]:
    # Only now: reading every template takes longer than the rest of the check.
    from trunklab.contracts.compatibility.rule_references import rules_naming, rules_of  # noqa: PLC0415 - see above

    rules = rules_of(root)
    for contract in removed:
        for rule in rules_naming(rules, contract):
            line = rule.line_of(("detail-type",))
            said = f"was removed, and {rule.template}:{line} ({rule.logical_id}) names it"
            yield _finding("removed-while-named", contract, 1, said)


def ends(root: Path, contracts: Sequence[Contract], today: date) -> Iterator[Finding]:
    """Return what is wrong with the majors that there are."""
    majors: defaultdict[tuple[str, str], list[Contract]] = defaultdict(list)
    for contract in contracts:
        majors[contract.source, contract.event].append(contract)
        if contract.sunset is not None and contract.sunset < today:
            line = contract.line("/x-sunset")
            said = f"its sunset was {contract.sunset}, and it is still there"
            yield _finding("sunset-passed", contract, line, said, Level.WARNING)
    for of_event in majors.values():
        if len(of_event) > 1:
            yield from _overlap(root, sorted(of_event, key=lambda one: one.major), today)


def _overlap(root: Path, majors: Sequence[Contract], today: date) -> Iterator[Finding]:
    *older, newest = majors
    for contract in older:
        if contract.sunset is None:
            line = contract.line("/x-detail-type")
            said = f"{newest.detail_type} is there as well, and this major has no sunset"
            yield _finding("overlap-undeclared", contract, line, said)
    due = [one for one in older if one.sunset is None or today <= one.sunset]
    for missing, made, place in one_sided(root, [*due, newest]) if due else ():
        said = f"{made.detail_type} is made here, {missing.detail_type} nowhere in this service"
        name = "overlap-one-sided"
        what = f"{missing.name}: {said}"
        fix = IDS[name].fix
        yield Finding(place.path, place.line, name, what, fix, owner=missing.signed)


def _finding(
    name: str, contract: Contract, line: int, said: str, level: Level = Level.ERROR
) -> Finding:
    what = f"{contract.name}: {said}"
    return Finding(contract.path, line, name, what, IDS[name].fix, level, contract.signed)
