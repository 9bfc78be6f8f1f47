"""Findings as SARIF 2.1.0, the form that code hosts show beside the lines of a change."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from trunklab.findings.finding import Finding, Level

VERSION: Final = "2.1.0"
TOOL: Final = "trunkline"

_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"
_LEVELS: Final = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "note"}
_ROOT: Final = "ROOT"


def sarif(findings: Sequence[Finding], checks: Mapping[str, tuple[Level, str]]) -> dict[str, Any]:
    """Return one run; every id that occurs is explained, the others of `checks` too."""
    explained = {one.id: (one.level, one.id) for one in findings} | dict(checks)
    ids = sorted(explained)
    places = {one: place for place, one in enumerate(ids)}
    rules = [_rule(one, *explained[one]) for one in ids]
    return {
        "$schema": _SCHEMA,
        "version": VERSION,
        "runs": [
            {
                "tool": {"driver": {"name": TOOL, "rules": rules}},
                "columnKind": "unicodeCodePoints",
                "originalUriBaseIds": {_ROOT: {"description": {"text": "the checked folder"}}},
                "results": [_result(finding, places[finding.id]) for finding in findings],
            }
        ],
    }


def _rule(rule_id: str, level: Level, said: str) -> dict[str, Any]:
    name = "".join(word.capitalize() for word in rule_id.split("-"))
    text = {"text": said}
    return {
        "id": rule_id,
        "name": name,
        "shortDescription": text,
        "help": text,
        "defaultConfiguration": {"level": _LEVELS[level]},
    }


def _result(finding: Finding, place: int) -> dict[str, Any]:
    owned = f" ({finding.owner})" if finding.owner else ""
    location = {"uri": quote(finding.path.as_posix()), "uriBaseId": _ROOT}
    return {
        "ruleId": finding.id,
        "ruleIndex": place,
        "level": _LEVELS[finding.level],
        "message": {"text": f"{finding.what}{owned}. To mend it: {finding.fix}."},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": location,
                    "region": {"startLine": max(finding.line, 1)},
                }
            }
        ],
    }
