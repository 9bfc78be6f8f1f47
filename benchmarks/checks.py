"""How long `trunkline rules lint` takes, and that twice the rules take twice the time."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks import effects, rule_repository
from benchmarks.errors import BenchmarkError
from benchmarks.report import Report
from trunklab.contracts.contract import Contract
from trunklab.contracts.contract_files import contracts_in
from trunklab.contracts.exported_contracts import exported_contracts
from trunklab.contracts.registry_document import openapi_document
from trunklab.rules.lint import lint
from trunklab.templates.repository import topology

SIZES: Final = (250, 500, 1_000)
CONTRACTS: Final = 200
SEED: Final = 4


def measure(
    scratch: Path, report: Report, sizes: Sequence[int] = SIZES, contracts: int = CONTRACTS
) -> None:
    """Check repositories of several sizes, each read anew; CPU seconds of one process."""
    report.title(f"Checking rules against {contracts} contracts")
    per_rule: dict[int, float] = {}
    rows = []
    for size in sizes:
        root = scratch / f"checks-{size}"
        rule_repository.write(root, size, contracts, SEED)
        started = effects.cpu_s()
        known = contracts_in(root)
        read_contracts_s = effects.cpu_s() - started
        registry = _exported(root, known)
        started = effects.cpu_s()
        exported = exported_contracts(root, registry).whole()
        read_exported_s = effects.cpu_s() - started
        started = effects.cpu_s()
        read = topology(root)
        read_s = effects.cpu_s() - started
        started = effects.cpu_s()
        linted = lint(read, known, effects.now().date())
        check_s = effects.cpu_s() - started
        if [one.name for one in exported] != [one.name for one in known]:
            raise BenchmarkError(f"{len(exported)} of {len(known)} exported contracts read")
        _require_right(size, len(linted.subjects), [str(one) for one in linted.findings])
        # The contracts are as many in each size: their reading says nothing of growth.
        per_rule[size] = (read_s + check_s) / size
        rows.append(
            [
                f"{size:,}",
                f"{read_contracts_s:.2f}",
                f"{read_exported_s:.2f}",
                f"{read_s:.2f}",
                f"{check_s:.2f}",
                f"{size / (read_contracts_s + read_s + check_s):,.0f}",
            ]
        )
    report.table(["rules", "contracts s", "exported s", "templates s", "checks s", "rules/s"], rows)
    report.keep("lint_growth", per_rule[sizes[-1]] / per_rule[sizes[0]])


def _exported(root: Path, contracts: Sequence[Contract]) -> Path:
    """Write the contracts as a schema registry exports them."""
    registry = root / "registry"
    registry.mkdir(exist_ok=True)
    for contract in contracts:
        document = json.dumps(openapi_document(contract.document))
        (registry / f"{contract.name}.json").write_text(document, "utf-8")
    return registry


def _require_right(rules: int, judged: int, findings: Sequence[str]) -> None:
    if judged != rules or findings:
        raise BenchmarkError(f"{judged} of {rules} rules judged, found: {findings[:3]}")
