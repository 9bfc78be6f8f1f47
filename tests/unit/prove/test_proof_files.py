"""What stands in a proof.yaml is checked before anything runs."""

from pathlib import Path

import pytest

from trunklab.errors import UsageError
from trunklab.prove import discover, proof
from trunklab.prove.contract_names import described_by_name
from trunklab.prove.proof import ProofFileError
from trunklab.settings import REPOSITORY

SERVICES = REPOSITORY / "services"


def test_without_a_file_every_default_holds(tmp_path: Path) -> None:
    """Events are the contracts' examples, and nothing is there before."""
    read = proof.read(tmp_path)

    assert (read.environment, read.items, read.handlers) == ({}, {}, {})


def test_an_empty_file_says_nothing_either(tmp_path: Path) -> None:
    """As without it."""
    (tmp_path / proof.FILE).write_text("# later\n")

    assert proof.read(tmp_path) == proof.read(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("handlers: [", "is no YAML"),
        ("handlers: 1", "handlers"),
        ("handler: {}", "handler: Extra inputs"),
        ("handlers: {pay: {evens: []}}", "handlers.pay.evens"),
        ("handlers: {pay: {request: {path: /}}}", "handlers.pay.request.method"),
        ("code: zip", "code"),
        ("environment: {A: [1]}", "environment.A"),
        ("items: {Table: {pk: a}}", "items.Table"),
        ("- a list", "Input should be"),
    ],
)
def test_a_wrong_file_is_wrong_usage(tmp_path: Path, text: str, said: str) -> None:
    """The message names the place."""
    (tmp_path / proof.FILE).write_text(text)

    with pytest.raises(ProofFileError, match=said) as caught:
        proof.read(tmp_path)

    assert caught.value.exit_status == 2


@pytest.mark.parametrize(
    "name",
    ["", "OrderPlaced", "schemas.orders.NoSuch", "schemas.nowhere.Order", "schemas.money.Money"],
)
def test_a_contract_that_is_none_is_wrong_usage(name: str) -> None:
    """It says which name it looked for."""
    with pytest.raises(UsageError, match="no contract") as caught:
        described_by_name(name)

    assert name in str(caught.value)


def test_a_contract_is_known_by_its_name() -> None:
    """With everything that its events are made of."""
    described = described_by_name("schemas.orders.OrderPlaced")

    assert (described["source"], described["subject_field"]) == ("shop.orders", "order_id")
    assert described["examples"][0]["subject"] == described["examples"][0]["data"]["order_id"]


def test_every_service_is_found_by_its_template() -> None:
    """Nothing else is asked for."""
    found = [service.name for service in discover.services(SERVICES)]

    assert found == sorted(path.parent.name for path in SERVICES.glob("*/template.yaml"))


def test_a_folder_with_a_template_is_a_service_itself() -> None:
    """One can be proved that stands elsewhere."""
    assert [one.name for one in discover.services(SERVICES / "orders")] == ["orders"]


@pytest.mark.parametrize(
    ("folder", "service"), [("docs", None), ("services", "nonsense"), ("no-such-folder", None)]
)
def test_nothing_to_prove_is_wrong_usage(folder: str, service: str | None) -> None:
    """A proof of nothing would always hold."""
    with pytest.raises(UsageError, match="there is no"):
        discover.services(REPOSITORY / folder, service)
