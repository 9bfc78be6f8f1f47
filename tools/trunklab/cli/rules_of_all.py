"""Tests one event against every rule of a repository, for `trunkline rules test --all`."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from trunklab.patterns import InvalidPatternError, Pattern, RuleSet
from trunklab.templates.repository import topology
from trunklab.templates.topology import Rule


@dataclass(frozen=True)
class Tested:
    """The rules that take the event, and those that cannot be judged, each with its place."""

    matching: tuple[str, ...]
    not_judged: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        """The same for scripts."""
        return asdict(self)


def tested(root: Path, event: Mapping[str, object]) -> Tested:
    """Test the event; raises TopologyError where the repository cannot be read."""
    patterns: dict[str, Pattern] = {}
    not_judged = []
    for rule in topology(root).rules:
        if rule.text is None:
            why = "; ".join(map(str, rule.unresolved)) or "it has no pattern"
            not_judged.append(f"{_named(rule)}: {why}")
            continue
        try:
            patterns[_named(rule)] = Pattern.parse(rule.text)
        except InvalidPatternError as error:
            not_judged.append(f"{_named(rule)}: {error.reason}")
    return Tested(tuple(RuleSet(patterns).match(event)), tuple(not_judged))


def _named(rule: Rule) -> str:
    off = "" if rule.enabled else " (disabled)"
    return f"{rule.full_name} {rule.template}:{rule.line}{off}"
