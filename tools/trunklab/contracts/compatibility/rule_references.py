"""Rules that name a contract."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from trunklab.contracts.contract import Contract
from trunklab.patterns.conditions import AnyCase, Text
from trunklab.patterns.errors import InvalidPatternError
from trunklab.patterns.parse import Clause
from trunklab.patterns.pattern import Pattern
from trunklab.rules.event_search import admits
from trunklab.rules.prepared_contract import prepared
from trunklab.templates.repository import TEMPLATE_NAMES, topology
from trunklab.templates.topology import Rule

_NAMING: Final = (Text, AnyCase)
"""Conditions for one detail-type; a prefix or a wildcard may match other events too."""


def rules_of(root: Path) -> tuple[Rule, ...]:
    """Returns every rule of a checkout; none without a template."""
    folders = [root, *root.glob("services/*")]
    if not any((folder / name).is_file() for folder in folders for name in TEMPLATE_NAMES):
        return ()
    return topology(root).rules


def rules_naming(rules: Sequence[Rule], contract: Contract) -> Iterator[Rule]:
    """Yields the rules with a condition for the contract's detail-type.

    A rule for every event of a source does not name a contract.
    """
    for rule in rules:
        pattern = pattern_of(rule)
        if pattern is not None and _names(pattern, contract):
            yield rule


def pattern_of(rule: Rule) -> Pattern | None:
    """Returns the rule's pattern; None if it is invalid or depends on the deployment."""
    if rule.text is None:
        return None
    try:
        return Pattern.parse(rule.text)
    except InvalidPatternError:
        return None  # `rules lint` reports it; an invalid pattern matches no known event


def _names(pattern: Pattern, contract: Contract) -> bool:
    return any(
        _asks_for(branch.get(("detail-type",), ()), contract.detail_type)
        for branch in pattern.branches
        if admits(branch, prepared(contract))
    )


def _asks_for(clause: Clause, detail_type: str) -> bool:
    return any(isinstance(one, _NAMING) and one.passes(detail_type) for one in clause)
