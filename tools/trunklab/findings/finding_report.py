"""Says what checks found: as text, as one JSON document, or as SARIF for code review."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from trunklab.findings.finding import Finding, Level
from trunklab.findings.sarif import sarif
from trunklab.printable import printable

CHARACTERS_MAX: Final = 5_000
"""Of one finding as text: the event in it is cut."""


class Form(StrEnum):
    """In which form findings are told."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"


@dataclass(frozen=True)
class Check:
    """One kind of finding: its id, and a sentence that says what it is."""

    id: str
    level: Level
    help: str


def status(findings: Sequence[Finding]) -> int:
    """Return the exit status: a note changes nothing."""
    return 1 if any(finding.level != Level.NOTE for finding in findings) else 0


def render(findings: Sequence[Finding], form: str = Form.TEXT, checks: Sequence[Check] = ()) -> str:
    """Return the findings in the order of their places; `checks` explain the ids in SARIF."""
    ordered = sorted(findings)
    if form == Form.JSON:
        return as_json({"findings": [described(finding) for finding in ordered]})
    if form == Form.SARIF:
        return as_json(sarif(ordered, {check.id: (check.level, check.help) for check in checks}))
    return (
        "".join(f"{printable(str(finding), CHARACTERS_MAX)}\n" for finding in ordered)
        + f"{counted(ordered)}\n"
    )


def described(finding: Finding) -> dict[str, Any]:
    """A finding as JSON has it."""
    return {
        "id": finding.id,
        "level": finding.level.value,
        "path": finding.path.as_posix(),
        "line": finding.line,
        "what": finding.what,
        "fix": finding.fix,
        "owner": finding.owner,
    }


def counted(findings: Sequence[Finding]) -> str:
    """How many there are of each level, in words."""
    counts = {level: sum(one.level == level for one in findings) for level in Level}
    said = [f"{count} {level}{'s' * (count > 1)}" for level, count in counts.items() if count]
    return ", ".join(said) or "nothing found"


def as_json(document: dict[str, Any]) -> str:
    """A document as commands print it."""
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"
