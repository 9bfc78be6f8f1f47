"""Which deployed rules may have taken an event, as far as its source and detail type tell."""

import json
from dataclasses import dataclass
from enum import StrEnum

_SEEN_IN_LOGS = frozenset({"source", "detail-type"})


class Verdict(StrEnum):
    """What source and detail type say about a rule; the content of an event is not in the logs."""

    MATCHES = "matches"
    DEPENDS_ON_CONTENT = "depends on content"
    NO = "no"


@dataclass(frozen=True)
class Rule:
    """One rule of the bus with its targets."""

    arn: str
    name: str
    pattern: str
    targets: tuple[str, ...] = ()


def verdict(rule: Rule, source: str, detail_type: str) -> Verdict:
    """Say whether the rule takes events of that kind.

    Only plain values decide here. Operators (`prefix`, `anything-but`, …) are left open, because
    their meaning is implemented once, in the rules engine, and a wrong "no" would mislead.
    """
    try:
        pattern = json.loads(rule.pattern)
    except (ValueError, RecursionError):
        return Verdict.DEPENDS_ON_CONTENT
    if not isinstance(pattern, dict):
        return Verdict.DEPENDS_ON_CONTENT
    verdicts = {
        _field(pattern.get("source"), source),
        _field(pattern.get("detail-type"), detail_type),
    }
    if Verdict.NO in verdicts:
        return Verdict.NO
    if Verdict.DEPENDS_ON_CONTENT in verdicts or pattern.keys() - _SEEN_IN_LOGS:
        return Verdict.DEPENDS_ON_CONTENT
    return Verdict.MATCHES


def _field(allowed: object, value: str) -> Verdict:
    if allowed is None:
        return Verdict.MATCHES
    if not isinstance(allowed, list):
        return Verdict.DEPENDS_ON_CONTENT
    if value in allowed:
        return Verdict.MATCHES
    return (
        Verdict.NO if all(isinstance(one, str) for one in allowed) else Verdict.DEPENDS_ON_CONTENT
    )
