"""The matrix of contracts and consumers says who hears what, and what nobody hears."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.contract.test_wrong_cases import HEALTHY
from trunklab import cli


@pytest.fixture
def twin(tmp_path: Path) -> Path:
    """A copy of the healthy twin."""
    return Path(shutil.copytree(HEALTHY, tmp_path / "twin"))


def coverage(root: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """The document of `rules coverage`."""
    assert cli.main(["rules", "coverage", "--root", str(root), "--json"]) == 0
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


def test_the_matrix_has_every_contract(twin: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the consumers that hear it, and how often."""
    found = coverage(twin, capsys)

    assert found["matrix"] == {
        "shop.billing@PaymentSettled": {"mailer.TellFunction": "sometimes"},
        "shop.orders@OrderCancelled": {"mailer.TellFunction": "sometimes"},
        "shop.orders@OrderPlaced": {},
        "shop.orders@OrderPlaced.v2": {"billing.SettleFunction": "sometimes"},
    }
    assert found["unheard"] == ["shop.orders@OrderPlaced"]
    assert (found["unexercised"], found["unread"]) == ([], [])


def test_the_strongest_of_two_rules_counts(twin: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A consumer hears always what one of its rules always takes."""
    _add(twin, "{source: [shop.orders], detail-type: [OrderCancelled]}", "!GetAtt TellQueue.Arn")

    found = coverage(twin, capsys)

    assert found["matrix"]["shop.orders@OrderCancelled"] == {"mailer.TellFunction": "always"}


def test_a_rule_that_no_example_exercises_is_named(
    twin: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It can match, and no example shows it; where it leads to is not known here."""
    pattern = "{source: [shop.orders], detail: {data: {reason: [fraud]}}}"
    _add(twin, pattern, "arn:aws:sqs:x:y:z")

    found = coverage(twin, capsys)

    assert found["unexercised"] == ["mailer.Extra"]
    assert found["matrix"]["shop.orders@OrderCancelled"]["(mailer.Extra)"] == "sometimes"


def test_a_rule_that_cannot_be_judged_is_named(
    twin: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither a wrong pattern nor an unresolved one counts as silence."""
    _add(twin, "{source: []}", "x")

    assert coverage(twin, capsys)["unread"] == ["mailer.Extra"]


def test_a_disabled_rule_hears_nothing(twin: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is named on its own."""
    path = twin / "services" / "billing" / "template.yaml"
    text = path.read_text("utf-8").replace(
        "      Targets:\n", "      State: DISABLED\n      Targets:\n"
    )
    path.write_text(text, "utf-8")

    found = coverage(twin, capsys)

    assert found["matrix"]["shop.orders@OrderPlaced.v2"] == {}
    assert found["disabled"] == ["billing.SettleRule"]


def test_names_are_shown_as_they_are(twin: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Brackets in them are no markup."""
    path = twin / "schemas" / "orders" / "OrderPlaced.schema.json"
    path.write_text(path.read_text("utf-8").replace('"team-orders"', '"[bold]team"'), "utf-8")

    assert cli.main(["rules", "coverage", "--root", str(twin)]) == 0
    assert "[bold]team" in capsys.readouterr().out.splitlines()[4]


def _add(twin: Path, pattern: str, target: str) -> None:
    path = twin / "services" / "mailer" / "template.yaml"
    rule = f"""
  Extra:
    Type: AWS::Events::Rule
    Properties:
      EventBusName: !Ref BusName
      EventPattern: {pattern}
      Targets: [{{Id: q, Arn: {target}}}]
"""
    path.write_text(path.read_text("utf-8") + rule, "utf-8")
