"""`trunkline publish`: its options, what it refuses, and what it prints without a platform."""

import json
import shutil
from pathlib import Path

import pytest

from tests.unit.operate.test_event_generator import HEALTHY
from trunklab.cli import main


def publish(*words: str, root: Path = HEALTHY) -> int:
    """Runs the command on the healthy twin."""
    return main(["publish", *words, "--root", str(root)])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("PaymentSetled",), "Unknown contract 'PaymentSetled'; did you mean PaymentSettled?"),
        (("Zebra",), "use one that exists. Contracts: PaymentSettled, OrderCancelled"),
        (("PaymentSettled", "--count", "0"), "Invalid --count 0: use 1 to 10000."),
        (("PaymentSettled", "--count", "10001"), "Invalid --count 10001"),
        (("PaymentSettled", "--count", "many"), "invalid int value: 'many'"),
        (("PaymentSettled", "--wait", "0"), "Invalid --wait 0: use 1 to 3600 seconds."),
        (("PaymentSettled", "--wait", "3601"), "Invalid --wait 3601"),
        (("PaymentSettled", "--set", "method"), "Invalid --set 'method': use path=value"),
        (("PaymentSettled", "--set", "methd=card"), "no field methd; did you mean method?"),
        (("PaymentSettled", "--set", "risk=2"), "use number at least 0 and at most 1"),
        (("PaymentSettled", "--pattern", "{}"), "--pattern"),
        (("PaymentSettled", "--pattern", '{"detail": 1}'), "--pattern"),
        (("PaymentSettled", "--pattern", "missing.json"), "cannot be read"),
        (("PaymentSettled", "--pattern", '{"source": ["other"]}'), "possible: shop.billing"),
        (("PaymentSettled", "--stage", "prod"), "stage prod of AWS? Add --yes to confirm."),
        (("PaymentSettled", "--stage", "prod", "--json"), "Add --yes to confirm."),
        ((), "required: contract"),
    ],
)
def test_wrong_usage_is_refused(
    words: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before anything is sent."""
    assert publish(*words) == 2
    assert message in capsys.readouterr().err


def test_a_detail_type_of_two_sources_needs_the_full_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The message lists both."""
    root = Path(shutil.copytree(HEALTHY, tmp_path / "twin"))
    path = root / "schemas/billing/PaymentSettled.schema.json"
    text = path.read_text("utf-8").replace("shop.billing", "shop.other")
    (root / "schemas/orders/PaymentSettled.schema.json").write_text(text, "utf-8")

    assert publish("PaymentSettled", "--dry-run", root=root) == 2
    message = "use one of shop.billing@PaymentSettled, shop.other@PaymentSettled"
    assert message in capsys.readouterr().err
    assert publish("shop.other@PaymentSettled", "--dry-run", root=root) == 0


def test_a_dry_run_prints_an_event_per_line(capsys: pytest.CaptureFixture[str]) -> None:
    """No platform is needed; the pattern and the fields hold."""
    pattern = '{"detail": {"data": {"paid": {"amount_minor": [{"numeric": [">", 500000]}]}}}}'
    words = ("--count", "3", "--set", "method=card", "--pattern", pattern, "--dry-run")

    assert publish("PaymentSettled", *words) == 0

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    data = [line["detail"]["data"] for line in lines]
    assert {one["method"] for one in data} == {"card"}
    assert all(one["paid"]["amount_minor"] > 500_000 for one in data)
    assert len({line["detail"]["metadata"]["event_id"] for line in lines}) == 3


def test_the_seed_that_is_printed_repeats_the_data(capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever finds a bad event by chance can send it again."""
    publish("PaymentSettled", "--random", "--dry-run", "--json")
    first = json.loads(capsys.readouterr().out)

    publish("PaymentSettled", "--random", "--dry-run", "--json", "--seed", first["seed"])

    again = json.loads(capsys.readouterr().out)
    assert again["events"][0]["detail"]["data"] == first["events"][0]["detail"]["data"]
