"""When a rule that takes an ageing contract is reminded, and when it is wrong."""

import json
import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.contract.test_wrong_cases import HEALTHY
from trunklab.contracts.contract_files import contracts_in
from trunklab.findings.finding import Level
from trunklab.rules.lint import lint
from trunklab.templates.repository import topology

SUNSET = date(2026, 6, 30)
TEMPLATE = "services/audit/template.yaml"
PATTERN = {"source": ["shop.orders"], "detail-type": ["OrderPlaced"]}
RULE = {
    "Type": "AWS::Events::Rule",
    "Properties": {"EventBusName": "shop-local", "EventPattern": PATTERN},
}


@pytest.mark.parametrize(
    ("today", "found"),
    [
        (SUNSET - timedelta(days=1), ("deprecated", Level.NOTE)),
        (SUNSET, ("deprecated", Level.NOTE)),
        (SUNSET + timedelta(days=1), ("past-sunset", Level.ERROR)),
    ],
)
def test_a_rule_may_take_a_contract_until_its_last_day(
    tmp_path: Path, today: date, found: tuple[str, Level]
) -> None:
    """Until the sunset consumers move one by one: a note stops nobody's build."""
    root = Path(shutil.copytree(HEALTHY, tmp_path / "twin"))
    (root / TEMPLATE).parent.mkdir()
    (root / TEMPLATE).write_text(json.dumps({"Resources": {"AuditRule": RULE}}), "utf-8")
    placed = root / "schemas" / "orders" / "OrderPlaced.schema.json"
    placed.write_text(placed.read_text("utf-8").replace("2099-12-31", SUNSET.isoformat()), "utf-8")

    findings = lint(topology(root), contracts_in(root), today).findings

    there = [(one.id, one.level) for one in findings if str(one.path) == TEMPLATE]
    assert [one for one in there if one[0] != "unknown-target"] == [found]


@pytest.mark.parametrize(
    ("data", "check"),
    [
        ({"nothing": [1]}, "unknown-field"),
        ({"order_id": [1]}, "wrong-type"),
        ({"order_id": [{"exists": True}]}, "always-true"),
    ],
)
def test_a_finding_says_who_answers_for_the_contract_and_until_when(
    tmp_path: Path, data: dict[str, object], check: str
) -> None:
    """Whoever reads it knows whom to ask, and what is about to end."""
    root = Path(shutil.copytree(HEALTHY, tmp_path / "twin"))
    pattern = PATTERN | {"detail": {"data": data}}
    rule = RULE | {"Properties": {"EventBusName": "shop-local", "EventPattern": pattern}}
    (root / TEMPLATE).parent.mkdir()
    (root / TEMPLATE).write_text(json.dumps({"Resources": {"AuditRule": rule}}), "utf-8")

    findings = lint(topology(root), contracts_in(root), SUNSET).findings

    (found,) = (one for one in findings if one.id == check)
    assert found.owner == "team-orders, deprecated since 2026-01-31, sunset 2099-12-31"
