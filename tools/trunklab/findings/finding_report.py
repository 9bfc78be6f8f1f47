"""Findings as text, as a JSON document, or as SARIF 2.1.0, which code hosts show in reviews."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final
from urllib.parse import quote

from trunklab.findings.finding import Finding, Level
from trunklab.printable import printable

CHARACTERS_MAX: Final = 5_000
"""Characters of one finding as text: the event in it is cut."""

_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"
_ROOT: Final = "ROOT"


class Form(StrEnum):
    """The format of a report."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"


@dataclass(frozen=True)
class Check:
    """One kind of finding with its meaning."""

    id: str
    level: Level
    help: str


def status(findings: Sequence[Finding]) -> int:
    """Returns the exit status: 1 if there are errors or warnings."""
    return 1 if any(finding.level != Level.NOTE for finding in findings) else 0


def render(findings: Sequence[Finding], form: str = Form.TEXT, checks: Sequence[Check] = ()) -> str:
    """Returns the findings sorted by place; `checks` explain the ids in SARIF."""
    ordered = sorted(findings)
    if form == Form.JSON:
        return as_json({"findings": [described(finding) for finding in ordered]})
    if form == Form.SARIF:
        return as_json(_sarif(ordered, checks))
    lines = [printable(str(finding), CHARACTERS_MAX) for finding in ordered]
    return "".join(f"{line}\n" for line in (*lines, counted(ordered)))


def described(finding: Finding) -> dict[str, Any]:
    """Returns a finding as a JSON object."""
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
    """Returns the number of findings of each level as text."""
    counts = {level: sum(one.level == level for one in findings) for level in Level}
    texts = [f"{count} {level}{'s' * (count > 1)}" for level, count in counts.items() if count]
    return ", ".join(texts) or "nothing found"


def as_json(document: dict[str, Any]) -> str:
    """Returns a document as commands print it."""
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _sarif(findings: Sequence[Finding], checks: Sequence[Check]) -> dict[str, Any]:
    """Returns one run that explains every id of the findings and of the checks."""
    explained = {one.id: Check(one.id, one.level, one.id) for one in findings}
    explained |= {check.id: check for check in checks}
    ids = sorted(explained)
    tool = {"name": "trunkline", "rules": [_sarif_rule(explained[name]) for name in ids]}
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": tool},
                "columnKind": "unicodeCodePoints",
                "originalUriBaseIds": {_ROOT: {"description": {"text": "the checked folder"}}},
                "results": [_sarif_result(one, ids.index(one.id)) for one in findings],
            }
        ],
    }


def _sarif_rule(check: Check) -> dict[str, Any]:
    return {
        "id": check.id,
        "name": "".join(word.capitalize() for word in check.id.split("-")),
        "shortDescription": {"text": check.help},
        "help": {"text": check.help},
        "defaultConfiguration": {"level": check.level.value},
    }


def _sarif_result(finding: Finding, rule_index: int) -> dict[str, Any]:
    owned = f" ({finding.owner})" if finding.owner else ""
    place = {
        "artifactLocation": {"uri": quote(finding.path.as_posix()), "uriBaseId": _ROOT},
        "region": {"startLine": max(finding.line, 1)},
    }
    return {
        "ruleId": finding.id,
        "ruleIndex": rule_index,
        "level": finding.level.value,
        "message": {"text": f"{finding.what}{owned}. To fix it: {finding.fix}."},
        "locations": [{"physicalLocation": place}],
    }
