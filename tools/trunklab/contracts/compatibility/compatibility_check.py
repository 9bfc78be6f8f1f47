"""Compatibility check: every contract of a checkout against the baseline."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from trunklab.contracts.compatibility import lifecycle
from trunklab.contracts.compatibility.annotation_changes import annotations, declarations
from trunklab.contracts.compatibility.baseline import Baseline, baseline
from trunklab.contracts.compatibility.compatibility_findings import IDS
from trunklab.contracts.compatibility.contract_changes import Change, changes
from trunklab.contracts.compatibility.open_and_closed import closed, opened
from trunklab.contracts.compatibility.policy_verdict import Versions, judged, level
from trunklab.contracts.compatibility_policy import Policy, Promise
from trunklab.contracts.contract import Contract
from trunklab.contracts.contract_files import contracts_in
from trunklab.contracts.errors import ContractFileError, RevisionError
from trunklab.findings.finding import Finding, Level
from trunklab.printable import printable
from trunklab.schema_solver import validate
from trunklab.schema_solver.errors import ShapesError
from trunklab.schema_solver.json_pointer import within

FLATTER: Final = "send flatter data, or a string"
_EXAMPLE_REFUSED: Final = "example-refused"


def check(root: Path, against: str | None, today: date) -> list[Finding]:
    """Returns the findings, in the order of their places.

    Raises ContractFileError and RevisionError.
    """
    if not root.is_dir():
        raise RevisionError(f"{printable(str(root))} is not a folder; name a checkout with --root")
    promised, contracts = baseline(root, against), contracts_in(root)
    found = [*_findings(promised, contracts), *lifecycle.ends(root, contracts, today)]
    gone = _paired(promised.contracts, contracts).removed
    return sorted([*found, *lifecycle.removals(root, gone, today)])


def _findings(promised: Baseline, contracts: Sequence[Contract]) -> Iterator[Finding]:
    pairs = _paired(promised.contracts, contracts)
    for old, new in pairs.both:
        try:
            yield from _of_pair(promised, old, new)
        except ShapesError as error:
            # The new version can still be fixed.
            line = new.line(getattr(error, "pointer", ""))
            remedy = "no verdict on this contract could be trusted"
            raise ContractFileError(new.path, line, str(error), remedy) from error
        except RecursionError as error:
            raise ContractFileError(new.path, 1, "it is nested too deeply", FLATTER) from error
    for contract in pairs.added:
        yield _added(contract)
        yield from _invalid_examples(contract)


def _of_pair(promised: Baseline, old: Contract, new: Contract) -> Iterator[Finding]:
    versions = Versions(old, new)
    if old.document != new.document or old.path != new.path:
        yield from judged(versions, declarations(old, new))
        yield from judged(versions, changes(old.document, new.document))
        yield from judged(versions, annotations(old.document, new.document))
        yield from _invalid_examples(new)
        yield from _rejected_examples(old, new, versions.policy)
    if versions.policy.transitive:
        yield from _earlier(promised, versions)


def _earlier(promised: Baseline, versions: Versions) -> Iterator[Finding]:
    """Yields what breaks an earlier version; each place once, for the newest such version."""
    reported = {
        (change.id, change.path)
        for change in _differences(versions)
        if level(versions.policy, change) is Level.ERROR
    }
    for version in promised.earlier(versions.old):
        earlier = Versions(version.contract, versions.new, version.commit, versions.policy)
        for change in _differences(earlier):
            if (change.id, change.path) in reported:
                continue
            for finding in judged(earlier, [change]):
                if finding.level is Level.ERROR:
                    reported.add((change.id, change.path))
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


def _invalid_examples(contract: Contract) -> Iterator[Finding]:
    """Yields the examples that violate the contract as producers send it."""
    yield from _example_faults(
        "example-invalid", contract, closed(contract.document), "its own contract"
    )


def _rejected_examples(old: Contract, new: Contract, policy: Policy) -> Iterator[Finding]:
    """Yields the new examples that old consumers reject, if the policy promises to them.

    Each follows from a change with its own finding, and is sorted after it.
    """
    if Promise.FORWARD in policy.promises and new.examples != old.examples:
        yield from _example_faults(
            _EXAMPLE_REFUSED, new, opened(old.document), "the previous contract"
        )


def _example_faults(
    name: str, contract: Contract, schema: dict[str, Any], whose: str
) -> Iterator[Finding]:
    validator = validate.validator(schema)
    for at, example in enumerate(contract.examples):
        fault = next(iter(validator.iter_errors(example)), None)
        if fault is not None:
            place = within("", *(str(part) for part in fault.instance_path))
            where = printable(place[1:] or "the event")
            what = f"example {at + 1} violates {whose}: {where}: {printable(fault.message)}"
            line = contract.line(f"/examples/{at}{place}")
            follows = name == _EXAMPLE_REFUSED
            fix, signed = IDS[name].fix, contract.signed
            yield Finding(contract.path, line, name, what, fix, owner=signed, follows=follows)


@dataclass(frozen=True)
class _Pairs:
    """The contracts of two states; a pair is the same contract in both."""

    both: tuple[tuple[Contract, Contract], ...]
    added: tuple[Contract, ...]
    removed: tuple[Contract, ...]


def _paired(old: Sequence[Contract], new: Sequence[Contract]) -> _Pairs:
    """Returns contracts paired by name; a renamed one by its file or its detail-type."""
    olds, news = ({contract.name: contract for contract in state} for state in (old, new))
    both = [(olds.pop(name), news.pop(name)) for name in sorted(olds.keys() & news.keys())]
    for key in (_path, _detail_type):
        by_key = _unique(list(olds.values()), key)
        for value, contract in _unique(list(news.values()), key).items():
            if value in by_key:
                both.append((olds.pop(by_key[value].name), news.pop(contract.name)))
    return _Pairs(tuple(both), tuple(news.values()), tuple(olds.values()))


def _path(contract: Contract) -> str:
    return contract.path.as_posix()


def _detail_type(contract: Contract) -> str:
    return contract.detail_type


def _unique(contracts: Iterable[Contract], key: Callable[[Contract], str]) -> dict[str, Contract]:
    """Returns the contracts by a key, without those that share their key."""
    by_key: dict[str, list[Contract]] = {}
    for contract in contracts:
        by_key.setdefault(key(contract), []).append(contract)
    return {value: alike[0] for value, alike in by_key.items() if len(alike) == 1}
