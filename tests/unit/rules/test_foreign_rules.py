"""Rules of other repositories: exported schemas, AWS's own events, no contracts, rules by name."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest

from trunklab import cli, settings

FLEET: Final = settings.REPOSITORY / "tests" / "fixtures" / "fleet"
TEMPLATE: Final = "infra/depot.yaml"
PARKED: Final = "registry/fleet.vans@VanParked.json"
EVENT: Final = '{"source": "fleet.vans", "detail-type": "VanParked", "detail": {"depot": "north"}}'


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the repository of a fleet, the current folder."""
    monkeypatch.chdir(shutil.copytree(FLEET, tmp_path / "fleet"))
    return Path(tmp_path / "fleet")


def replace(file: Path, old: str, new: str) -> None:
    """Changes the only place of a text in a file."""
    text = file.read_text("utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), "utf-8")


def found(capsys: pytest.CaptureFixture[str], *words: str) -> list[tuple[str, str]]:
    """Returns id and file of the findings of a command."""
    cli.main([*words, "--root", ".", "--json"])
    document = json.loads(capsys.readouterr().out)
    return [(one["id"], one["path"]) for one in document["findings"]]


def lint(capsys: pytest.CaptureFixture[str]) -> list[tuple[str, str]]:
    """Returns the findings with the exported contracts, without the one of the fixture's queue."""
    all_found = found(capsys, "rules", "lint", "--contracts", "registry")
    return [one for one in all_found if one[0] != "visibility-timeout"]


def test_an_exported_file_that_is_broken_is_a_finding(
    fleet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The other contracts are used."""
    (fleet / PARKED).with_name("broken.json").write_text("{", "utf-8")

    assert lint(capsys) == [("outside-enum", TEMPLATE), ("not-read", "registry/broken.json")]


def test_events_of_aws_are_judged_if_their_schema_is_there(
    fleet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without it a rule for them is only noted."""
    replace(fleet / TEMPLATE, "      EventBusName: !Ref Bus\n", "")
    replace(fleet / TEMPLATE, "  Bus:\n    Type: AWS::Events::EventBus\n", "")
    replace(fleet / TEMPLATE, "    Properties: {Name: fleet}\n", "")
    replace(fleet / TEMPLATE, "[fleet.vans]", "[aws.vans]")
    assert lint(capsys) == [("foreign-source", TEMPLATE)]

    replace(fleet / PARKED, "fleet.vans", "aws.vans")

    assert lint(capsys) == [("outside-enum", TEMPLATE)]


def test_without_contracts_the_verdict_is_undecided(
    fleet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is proved of unknown events."""
    assert cli.main(["rules", "lint", "--root", str(fleet), "--json"]) == 1

    (verdict,) = json.loads(capsys.readouterr().out)["verdicts"]
    assert (verdict["verdict"], verdict["reason"]) == ("undecided", "there are no contracts")


@pytest.mark.parametrize(
    ("clause", "expected"),
    [
        ("[1, {numeric: ['>', 2]}]", ["literal-beside-numeric"]),
        ("[1, 2]", []),
        ("[{numeric: ['=', 1]}, {numeric: ['>', 2]}]", []),
        ("[{exists: false}, {numeric: ['>', 2]}]", []),
    ],
)
def test_a_literal_beside_numeric_is_a_warning(
    clause: str, expected: list[str], fleet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same values by numeric alone are not."""
    replace(fleet / TEMPLATE, "[{numeric: ['>', 2]}]", clause)
    replace(fleet / TEMPLATE, "[north, west]", "[north]")

    assert [name for name, _ in lint(capsys)] == expected


@pytest.mark.parametrize(
    ("clauses", "expected"),
    [
        ("{plate: [{exists: false}], seats: [1]}", ["exists-in-array"]),
        ("{plate: [a], seats: [{exists: false}]}", []),
        ("{seats: [{exists: false}]}", []),
    ],
)
def test_exists_false_in_an_array_is_a_warning_if_another_clause_chooses_later(
    clauses: str, expected: list[str], fleet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Alone, and after the clause that chooses the element, AWS decides as documented."""
    replace(fleet / PARKED, '{"$ref": "#/components/schemas/Van"}',
            '{"type": "array", "items": {"$ref": "#/components/schemas/Van"}}')  # fmt: skip
    replace(fleet / PARKED, '"required": ["plate"]', '"required": ["seats"]'
            if "plate: [{" in clauses else '"required": ["plate"]')  # fmt: skip
    replace(fleet / TEMPLATE, "{seats: [{numeric: ['>', 2]}]}", clauses)
    replace(fleet / TEMPLATE, "[north, west]", "[north]")

    assert [name for name, _ in lint(capsys)] == expected


@pytest.mark.parametrize(
    "name",
    ["ParkedRule", "van-parked", "infra/depot/ParkedRule", "infra/depot.ParkedRule"],
)
def test_a_rule_is_tested_by_its_name(
    name: str, fleet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Logical id, service/logical id, or the name in AWS."""
    words = ["--rule", name, "--event", EVENT, "--root", str(fleet), "--json"]

    assert cli.main(["rules", "explain", *words]) == 1

    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert [one["path"] for one in document["changes"]] == ["detail.van.seats"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--rule", "ParkdRule"], "No rule is named 'ParkdRule': write one of infra/depot/Par"),
        (["--rule", "Bad"], "more.yaml:3): Event pattern is not valid"),
        (["--rule", "Later"], "no pattern: Ref Given"),
        (["--rule", "twice"], "2 rules are named 'twice': write one of infra/more/Bad, infra/mo"),
        (["--rule", "Bad", "--pattern", "{}"], "not allowed with argument"),
        (["--pattern", "{}", "--parameter", "A=b"], "are for rules of templates"),
        ([], "one of the arguments --pattern --rule is required"),
    ],
)
def test_a_rule_that_cannot_be_chosen_is_wrong_usage(
    words: list[str], said: str, fleet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The message names rules that exist."""
    (fleet / "infra" / "more.yaml").write_text(
        "Parameters: {Given: {Type: String}}\nResources:\n"
        "  Bad: {Type: AWS::Events::Rule, Properties: {Name: twice, EventPattern: {a: 3}}}\n"
        "  Later:\n    Type: AWS::Events::Rule\n"
        "    Properties: {Name: twice, EventPattern: !Ref Given}\n",
        "utf-8",
    )
    root = ["--root", str(fleet)] if "--rule" in words else []

    assert cli.main(["rules", "explain", *words, *root, "--event", EVENT]) == 2

    assert said in capsys.readouterr().err


def test_a_clause_without_a_value_is_named_beside_the_result(
    fleet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The result holds for the other clauses only; a parameter completes it."""
    replace(fleet / TEMPLATE, "Resources:\n", "Parameters: {Depot: {Type: String}}\nResources:\n")
    replace(fleet / TEMPLATE, "[north, west]", "[!Ref Depot]")
    replace(fleet / TEMPLATE, "          van: {seats: [{numeric: ['>', 2]}]}\n", "")
    words = ["rules", "test", "--rule", "van-parked", "--event", EVENT, "--root", str(fleet)]

    assert cli.main(words) == 0
    assert "not checked: Ref Depot" in capsys.readouterr().out
    assert cli.main([*words, "--parameter", "Depot=south"]) == 1
    assert "not checked" not in capsys.readouterr().out


def git(folder: Path, *words: str) -> None:
    """Runs git as somebody."""
    names = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
    subprocess.run(["git", *names, *words], cwd=folder, check=True, capture_output=True)  # noqa: S603, S607 - git of the machine


@pytest.mark.parametrize("against", ["revision", "export", "checkout"])
def test_a_breaking_change_of_an_exported_schema_is_found(
    against: str, fleet: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Against a revision, an older export, or another checkout."""
    git(fleet, "init", "-q", "-b", "main")
    git(fleet, "add", ".")
    git(fleet, "commit", "-q", "-m", "before")
    shutil.copytree(fleet, tmp_path / "before", ignore=shutil.ignore_patterns(".git"))
    states = {
        "revision": "main",
        "export": str(tmp_path / "before" / "registry"),
        "checkout": str(tmp_path / "before"),
    }
    replace(fleet / PARKED, '["north", "south"]', '["east", "south"]')
    words = ("--contracts", "registry", "--against", states[against])

    checked = found(capsys, "schemas", "check", *words)
    assert sorted(checked) == [("value-added", PARKED), ("value-removed", PARKED)]

    cli.main(["schemas", "impact", *words, "--root", ".", "--json"])
    document = json.loads(capsys.readouterr().out)
    assert TEMPLATE in json.dumps(document)
    assert "ParkedRule" in json.dumps(document)


def test_schemas_outside_of_the_repository_have_no_revisions(
    fleet: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """They are compared with a folder."""
    shutil.move(fleet / "registry", tmp_path / "registry")
    git(fleet, "init", "-q", "-b", "main")
    git(fleet, "add", ".")
    git(fleet, "commit", "-q", "-m", "before")
    words = ["schemas", "check", "--root", ".", "--contracts", "../registry"]

    assert cli.main(words) == 2
    assert "name a folder of older schemas with --against" in capsys.readouterr().err
    assert cli.main([*words, "--against", "../registry"]) == 0
