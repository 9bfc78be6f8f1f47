"""Tests one event against every rule of a repository, for `trunkline rules test --all`."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from trunklab.patterns import InvalidPatternError, Pattern, RuleSet
from trunklab.rules.known_contracts import AWS
from trunklab.templates.repository import topology
from trunklab.templates.topology import Rule


@dataclass(frozen=True)
class Tested:
    """The rules that match the event, and those that cannot be judged, each with its place."""

    matching: tuple[str, ...]
    not_judged: tuple[str, ...]
    on_other_buses: tuple[str, ...] = ()
    """Rules whose pattern matches, on a bus that does not carry the event."""

    def as_json(self) -> dict[str, object]:
        """The same for scripts."""
        return asdict(self)


def tested(root: Path, event: Mapping[str, object]) -> Tested:
    """Tests an event against the rules of every bus; AWS's own events are on the default bus."""
    read = topology(root)
    patterns: dict[str, Pattern] = {}
    not_judged = [f"{part.file}:{part.line}: {part.problem}" for part in read.unread]
    for rule in read.rules:
        try:
            if rule.known is not None:
                patterns[_named(rule)] = Pattern.parse(rule.known)
        except InvalidPatternError as error:
            not_judged.append(f"{_named(rule)}: {error.reason}")
    taking = set(RuleSet(patterns).match(event))
    matching, on_other_buses = [], []
    for rule in read.rules:
        name = _named(rule)
        if name not in taking and rule.known is not None:
            continue
        if not _carries(rule, event):
            on_other_buses.append(f"{name} ({rule.bus})")
        elif rule.unresolved or rule.known is None:
            why = "; ".join(map(str, rule.unresolved)) or "it has no pattern"
            not_judged.append(f"{name}: {why}")
        else:
            matching.append(name)
    return Tested(tuple(matching), tuple(not_judged), tuple(on_other_buses))


def _carries(rule: Rule, event: Mapping[str, object]) -> bool:
    """True if the rule's bus may carry the event; a rule can forward AWS's events to any bus."""
    return rule.receives_contracts or str(event.get("source", "")).startswith(AWS)


def _named(rule: Rule) -> str:
    off = "" if rule.enabled else " (disabled)"
    return f"{rule.full_name} {rule.template}:{rule.line}{off}"
