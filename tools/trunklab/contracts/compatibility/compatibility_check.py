"""Compares every contract of a checkout with what was promised, and says what is wrong."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Final

from trunklab.contracts.compatibility import example_checks, lifecycle
from trunklab.contracts.compatibility.annotation_changes import annotations
from trunklab.contracts.compatibility.baseline import Baseline, baseline
from trunklab.contracts.compatibility.compatibility_findings import IDS
from trunklab.contracts.compatibility.contract_changes import Change, changes
from trunklab.contracts.compatibility.declaration_changes import marks
from trunklab.contracts.compatibility.policy_verdict import Versions, judged, level
from trunklab.contracts.compatibility.version_pairs import paired
from trunklab.contracts.contract import Contract
from trunklab.contracts.contract_files import contracts_in
from trunklab.contracts.errors import ContractFileError, RevisionError
from trunklab.findings.finding import Finding, Level
from trunklab.printable import printable
from trunklab.schema_solver.errors import ShapesError

FLATTER: Final = "send flatter data, or text"


def check(root: Path, against: str | None, today: date) -> list[Finding]:
    """Return the findings, in the order of their places.

    Raises ContractFileError and RevisionError.
    """
    if not root.is_dir():
        raise RevisionError(f"{printable(str(root))} is no folder; name a checkout by --root")
    promised, contracts = baseline(root, against), contracts_in(root)
    found = [*_findings(promised, contracts), *lifecycle.ends(root, contracts, today)]
    gone = paired(promised.contracts, contracts).removed
    return sorted([*found, *lifecycle.removals(root, gone, today)])


def _findings(promised: Baseline, contracts: Sequence[Contract]) -> Iterator[Finding]:
    pairs = paired(promised.contracts, contracts)
    for old, new in pairs.both:
        try:
            yield from _of_pair(promised, old, new)
        except ShapesError as error:
            # Of the new version, where somebody can still mend it.
            line = new.line(getattr(error, "pointer", ""))
            remedy = "no verdict on this contract could be trusted"
            raise ContractFileError(new.path, line, str(error), remedy) from error
        except RecursionError as error:
            raise ContractFileError(new.path, 1, "it is nested too deeply", FLATTER) from error
    for contract in pairs.added:
        yield _added(contract)
        yield from example_checks.own(contract)


def _of_pair(promised: Baseline, old: Contract, new: Contract) -> Iterator[Finding]:
    versions = Versions(old, new)
    if old.document != new.document or old.path != new.path:
        yield from judged(versions, marks(old, new))
        yield from judged(versions, changes(old.document, new.document))
        yield from judged(versions, annotations(old.document, new.document))
        yield from example_checks.own(new)
        yield from example_checks.refused_before(old, new, versions.policy)
    if versions.policy.transitive:
        yield from _earlier(promised, versions)


def _earlier(promised: Baseline, versions: Versions) -> Iterator[Finding]:
    """What breaks against a version before the last; each place once, against the newest."""
    told = {
        (change.id, change.path)
        for change in _differences(versions)
        if level(versions.policy, change) is Level.ERROR
    }
    for version in promised.earlier(versions.old):
        earlier = Versions(version.contract, versions.new, version.commit, versions.policy)
        for change in _differences(earlier):
            if (change.id, change.path) in told:
                continue
            for finding in judged(earlier, [change]):
                if finding.level is Level.ERROR:
                    told.add((change.id, change.path))
                    yield finding


def _differences(versions: Versions) -> list[Change]:
    old, new = versions.old.document, versions.new.document
    if old == new:
        return []
    return [*changes(old, new), *annotations(old, new)]


def _added(contract: Contract) -> Finding:
    line = contract.line("/x-detail-type")
    said = f"{contract.name} is new; additive"
    fix = IDS["contract-added"].fix
    return Finding(contract.path, line, "contract-added", said, fix, Level.NOTE, contract.signed)
