"""What the wrong cases do not show: quotas, verdicts, forms, unreadable input, and the index."""

import json
import shutil
from pathlib import Path
from typing import Any, Final

import pytest

from tests.contract.test_wrong_cases import HEALTHY
from trunklab import cli, settings
from trunklab.contracts.contract_files import contracts_in
from trunklab.patterns.pattern import Pattern
from trunklab.rules import consumer_checks
from trunklab.rules.known_contracts import Known
from trunklab.rules.verdict import admitted

BILLING: Final = "services/billing/template.yaml"
CONTRACT: Final = "schemas/orders/OrderPlaced.v2.schema.json"


@pytest.fixture
def twin(tmp_path: Path) -> Path:
    """A copy of the healthy twin."""
    return Path(shutil.copytree(HEALTHY, tmp_path / "twin"))


def lint(
    root: Path, capsys: pytest.CaptureFixture[str], *options: str
) -> tuple[int, dict[str, Any]]:
    """The exit status and the document of `rules lint`."""
    status = cli.main(["rules", "lint", "--root", str(root), *(options or ("--json",))])
    return status, json.loads(capsys.readouterr().out)


def test_the_repository_is_clean(capsys: pytest.CaptureFixture[str]) -> None:
    """Not even a note."""
    assert lint(settings.REPOSITORY, capsys)[1]["findings"] == []


@pytest.mark.parametrize(("rules", "found"), [(30, 0), (31, 1)])
def test_a_bus_has_room_for_thirty_rules_with_wildcards(
    twin: Path, capsys: pytest.CaptureFixture[str], rules: int, found: int
) -> None:
    """AWS raises this quota for nobody."""
    rule = """
  R%d:
    Type: AWS::Events::Rule
    Properties: {EventBusName: b, EventPattern: {source: [{wildcard: 'sh*p.orders'}]}}"""
    text = "Resources:" + "".join(rule % number for number in range(rules))
    (twin / "services" / "many").mkdir()
    (twin / "services" / "many" / "template.yaml").write_text(text, "utf-8")

    findings = lint(twin, capsys)[1]["findings"]

    assert sum(one["id"] == "too-many-wildcards" for one in findings) == found


def test_every_rule_has_a_verdict_with_its_examples(
    twin: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The events are whole, and the engine agrees."""
    _, document = lint(twin, capsys)

    verdicts = {one["rule"]: one for one in document["verdicts"]}
    settle = verdicts["billing.SettleRule"]
    assert verdicts.keys() == {"billing.SettleRule", "mailer.TellRule"}
    assert (settle["verdict"], settle["line"]) == ("sometimes", 25)
    assert settle["contracts"] == ["shop.orders@OrderPlaced.v2"]
    assert settle["matching"]["detail"]["data"]["customer"]["country"] in {"DE", "CH"}
    assert settle["other"]["detail-type"] == "OrderPlaced.v2"


def test_verdicts_are_printed_when_asked_for(
    twin: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A line for the rule, one for each example."""
    cli.main(["rules", "lint", "--root", str(twin), "--verdicts"])

    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"{BILLING}:25: billing.SettleRule sometimes"
    assert [line.split()[0] for line in lines[1:3]] == ["matches", "rejects"]
    assert lines[-1] == "nothing found"


def test_a_parameter_decides_what_is_checked(
    twin: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The currency of the rule is one."""
    status, document = lint(twin, capsys, "--json", "--parameter", "Currency=YEN")

    assert (status, [one["id"] for one in document["findings"]]) == (1, ["outside-enum"])


def test_sarif_explains_every_id(twin: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Also those that were not found."""
    status, document = lint(twin, capsys, "--sarif", "--parameter", "Currency=YEN")

    (run,) = document["runs"]
    assert status == 1
    assert len(run["tool"]["driver"]["rules"]) > 30
    assert run["results"][0]["ruleId"] == "outside-enum"


def test_the_pairs_of_rules_that_are_solved_are_bounded(
    twin: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was not compared is said, and makes nobody fail."""
    monkeypatch.setattr(consumer_checks, "PAIRS_MAX", 0)
    path = twin / "services" / "mailer" / "template.yaml"
    rule = """
  Second:
    Type: AWS::Events::Rule
    Properties:
      EventBusName: !Ref BusName
      EventPattern: {source: [shop.orders], detail-type: [OrderCancelled]}
      Targets: [{Id: q, Arn: !GetAtt TellQueue.Arn}]
"""
    path.write_text(path.read_text("utf-8") + rule, "utf-8")

    status, document = lint(twin, capsys)

    assert (status, [one["id"] for one in document["findings"]]) == (0, ["undecided"])


@pytest.mark.parametrize("text", ["{", "[" * 100_000, '{"$ref": "#"}'])
def test_a_contract_that_cannot_be_read_is_refused(
    twin: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    """Exit status 2, one line with the place, no trace: nothing could be checked."""
    (twin / CONTRACT).write_text(text, "utf-8")

    status = cli.main(["rules", "lint", "--root", str(twin)])

    output = capsys.readouterr()
    assert (status, output.out, output.err.count("\n")) == (2, "", 1)
    assert CONTRACT in output.err


@pytest.mark.parametrize(
    ("file", "text", "line"),
    [
        (BILLING, "Resources: [", 2),
        (BILLING, "\x00", 1),
        (BILLING, "Resources: {A: {}}", 1),
        ("services/billing/samconfig.toml", "[[", 1),
        ("services/billing/src/billing/handler.py", "def (", 1),
    ],
)
def test_what_cannot_be_read_is_a_finding_and_stops_no_other_check(
    twin: Path, capsys: pytest.CaptureFixture[str], file: str, text: str, line: int
) -> None:
    """The other templates are still checked."""
    (twin / file).write_text(text, "utf-8")
    mailer = twin / "services" / "mailer" / "template.yaml"
    mailer.write_text(mailer.read_text("utf-8").replace("OrderCancelled", "Gone"), "utf-8")

    status, document = lint(twin, capsys)

    found = {one["id"]: one for one in document["findings"]}
    assert status == 1
    assert (found["not-read"]["path"], found["not-read"]["line"]) == (file, line)
    assert "unknown-detail-type" in found


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        (f"{{a: [{', '.join(map(str, range(10_000)))}]}}", "characters, at most 4096"),
        ("{a: {b: 1}}", '"b" must be an object or an array'),
        ("{}", "Empty objects"),
        ("{a: []}", "Empty arrays"),
        ("[a]", "not an object"),
        ("5", "not an object"),
        ("text", "Unrecognized token"),
        ("'{\"a\": [1]} x'", "Extra data"),
        (f"'{'[' * 4_000}'", "nested deeper"),
        (f"'{'x' * 5_000}'", "characters, at most 4096"),
        ("{$or: [{a: [1]}]}", "at least 2 Objects"),
    ],
)
def test_what_aws_would_refuse_is_said_in_its_words(
    twin: Path, capsys: pytest.CaptureFixture[str], pattern: str, reason: str
) -> None:
    """A finding, not an end: the other rules are checked."""
    (twin / "services" / "odd").mkdir()
    head = "Resources:\n  R:\n    Type: AWS::Events::Rule\n    Properties:\n"
    text = f"{head}      EventPattern: {pattern}\n"
    (twin / "services" / "odd" / "template.yaml").write_text(text, "utf-8")

    status, document = lint(twin, capsys)

    (found,) = [one for one in document["findings"] if one["id"] == "invalid-pattern"]
    assert status == 1
    assert reason in found["what"]
    assert found["line"] == 5


@pytest.mark.parametrize(
    "pattern",
    [
        {"source": ["shop.orders"]},
        {"source": ["shop.orders"], "detail-type": ["OrderPlaced", "Gone"]},
        {"source": [{"prefix": "shop."}], "detail-type": [{"suffix": "d"}]},
        {"source": [{"anything-but": "shop.orders"}]},
        {"detail-type": ["PaymentSettled"]},
        {"detail": {"x": [1]}},
        {"source": ["gone"]},
        {"source": [1, None]},
        {"source": [{"exists": False}]},
        {"$or": [{"source": ["shop.billing"]}, {"detail-type": ["OrderCancelled"]}]},
    ],
)
def test_the_index_admits_what_the_pattern_does(pattern: dict[str, Any]) -> None:
    """It only saves time."""
    contracts = contracts_in(HEALTHY)
    parsed = Pattern.parse(pattern)

    found = Known(contracts).admitted(parsed.branches)

    assert found == admitted(parsed, contracts)


def test_of_two_majors_the_newer_one_comes_twice(
    twin: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whichever rule stands first: the finding is on the line of the second major."""
    rule = """
  R%d:
    Type: AWS::Events::Rule
    Properties:
      EventBusName: shop-local
      EventPattern: {source: [shop.orders], detail-type: [%s]}
      Targets: [{Id: f, Arn: !GetAtt F.Arn}]"""
    rules = rule % (1, "OrderPlaced.v2") + rule % (2, "OrderPlaced")
    function = "\n  F: {Type: AWS::Lambda::Function, Properties: {Handler: a.b}}"
    (twin / "services" / "new").mkdir()
    (twin / "services" / "new" / "template.yaml").write_text(f"Resources:{rules}{function}")

    (found,) = [one for one in lint(twin, capsys)[1]["findings"] if one["id"] == "two-majors"]

    assert found["line"] == 6
    assert "both shop.orders@OrderPlaced.v2 and shop.orders@OrderPlaced," in found["what"]


@pytest.mark.parametrize("allowed", ["[shop.orders, shop.billing]", "[shop.billing, shop.orders]"])
def test_a_right_to_publish_as_another_one_too_is_found(
    twin: Path, capsys: pytest.CaptureFixture[str], allowed: str
) -> None:
    """That the own source is among them is no excuse."""
    path = twin / "services" / "orders" / "template.yaml"
    own = "events:source: shop.orders"
    path.write_text(path.read_text("utf-8").replace(own, f"events:source: {allowed}"), "utf-8")

    (found,) = lint(twin, capsys)[1]["findings"]

    assert found["id"] == "producer-source"
    assert f"may publish as {allowed[1:-1]}, its source is shop.orders" in found["what"]
