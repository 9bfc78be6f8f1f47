"""Which rules still name a contract."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from trunklab.contracts.contract import Contract
from trunklab.topology.model import Rule
from trunklab.topology.read import TEMPLATE_NAMES, topology


def rules_of(root: Path) -> tuple[Rule, ...]:
    """Return every rule of a checkout; one without any template has none."""
    folders = [root, *root.glob("services/*")]
    if not any((folder / name).is_file() for folder in folders for name in TEMPLATE_NAMES):
        return ()
    return topology(root).rules


def rules_naming(rules: Sequence[Rule], contract: Contract) -> Iterator[Rule]:
    """Return the rules with the contract's detail-type; one that also takes other sources counts.

    A rule for every event of a source names none of them.
    """
    for rule in rules:
        if rule.pattern is not None and _names(rule.pattern, contract):
            yield rule


def _names(pattern: Mapping[str, Any], contract: Contract) -> bool:
    for branch in pattern.get("$or", ()):
        beside = {key: value for key, value in pattern.items() if key != "$or"}
        if _names({**beside, **branch}, contract):
            return True
    sources = pattern.get("source", [contract.source])
    return contract.source in sources and contract.detail_type in pattern.get("detail-type", ())
