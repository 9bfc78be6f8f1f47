"""Findings are told as text, as JSON and as SARIF, and notes make no command fail."""

import json
from pathlib import PurePosixPath

import pytest

from trunklab.findings.finding import Finding, Level
from trunklab.findings.finding_report import Check, Form, render, status

PATH = PurePosixPath("services/a/template.yaml")
ERROR = Finding(PATH, 7, "wrong-type", "it is a text", "write a number")
NOTE = Finding(PATH, 3, "newer-bus", "it has a wildcard", "use prefix", Level.NOTE, "team-a")
WARNING = Finding(PATH, 1, "deprecated", "it is old", "take the new one", Level.WARNING)
CHECKS = (Check("wrong-type", Level.ERROR, "A wrong type."), Check("other", Level.NOTE, "Other."))


@pytest.mark.parametrize(
    ("findings", "expected"),
    [
        ((), 0),
        ((NOTE,), 0),
        ((NOTE, ERROR), 1),
        ((Finding(PATH, 1, "a", "b", "c", Level.WARNING),), 1),
    ],
)
def test_errors_and_warnings_fail(findings: tuple[Finding, ...], expected: int) -> None:
    """A note is for reading."""
    assert status(findings) == expected


def test_text_has_a_line_for_each_finding_by_place() -> None:
    """Place, level, id, what, who answers for it, how to mend it; then how many."""
    assert render([ERROR, NOTE]).splitlines() == [
        "services/a/template.yaml:3: note[newer-bus] it has a wildcard (team-a) -> use prefix",
        "services/a/template.yaml:7: error[wrong-type] it is a text -> write a number",
        "1 error, 1 note",
    ]


def test_nothing_found_is_said() -> None:
    """Silence could be a command that did nothing."""
    assert render([]) == "nothing found\n"


def test_text_moves_no_cursor() -> None:
    """What stands in a template may be anything."""
    assert "\x1b" not in render([Finding(PATH, 1, "a", "\x1b[2J", "b")])


def test_json_has_every_part() -> None:
    """One document."""
    (first, _) = json.loads(render([ERROR, NOTE], Form.JSON))["findings"]

    assert first == {
        "id": "newer-bus",
        "level": "note",
        "path": "services/a/template.yaml",
        "line": 3,
        "what": "it has a wildcard",
        "fix": "use prefix",
        "owner": "team-a",
    }


def test_sarif_has_what_code_hosts_need() -> None:
    """Version, one run, rules with help, results with rule, level, message and place."""
    document = json.loads(render([ERROR, NOTE], Form.SARIF, CHECKS))

    (run,) = document["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert document["version"] == "2.1.0"
    assert document["$schema"].endswith("sarif-schema-2.1.0.json")
    assert [one["id"] for one in rules] == ["newer-bus", "other", "wrong-type"]
    assert rules[2]["help"]["text"] == "A wrong type."
    assert [one["defaultConfiguration"]["level"] for one in rules] == ["note", "note", "error"]
    assert [rules[one["ruleIndex"]]["id"] for one in run["results"]] == ["newer-bus", "wrong-type"]
    result = run["results"][1]
    place = result["locations"][0]["physicalLocation"]
    assert (result["ruleId"], result["level"]) == ("wrong-type", "error")
    assert result["message"]["text"] == "it is a text. To fix it: write a number."
    assert place["artifactLocation"]["uri"] == "services/a/template.yaml"
    assert place["region"]["startLine"] == 7


def test_sarif_without_findings_is_a_run_without_results() -> None:
    """An upload of it closes what was open."""
    assert json.loads(render([], Form.SARIF))["runs"][0]["results"] == []


def test_sarif_names_files_as_addresses() -> None:
    """A blank or a letter beyond ASCII in a path would make the report invalid."""
    document = json.loads(render([Finding(PurePosixPath("a b/é.yaml"), 1, "x", "y", "z")], "sarif"))

    place = document["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "a%20b/%C3%A9.yaml"
