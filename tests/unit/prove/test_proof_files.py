"""What stands in a proof.yaml is checked before anything runs."""

from pathlib import Path

import pytest

from trunklab.errors import UsageError
from trunklab.prove import handler_discovery
from trunklab.prove.handler_discovery import ProofFileError, contract_named
from trunklab.settings import REPOSITORY

SERVICES = REPOSITORY / "services"


def test_without_a_file_every_default_holds(tmp_path: Path) -> None:
    """Events are the contracts' examples, and nothing is there before."""
    read = handler_discovery.read_proof(tmp_path)

    assert (read.environment, read.items, read.handlers) == ({}, {}, {})


def test_an_empty_file_says_nothing_either(tmp_path: Path) -> None:
    """As without it."""
    (tmp_path / handler_discovery.FILE).write_text("# later\n")

    assert handler_discovery.read_proof(tmp_path) == handler_discovery.read_proof(
        tmp_path / "nowhere"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("handlers: [", "invalid YAML"),
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
    (tmp_path / handler_discovery.FILE).write_text(text)

    with pytest.raises(ProofFileError, match=said) as caught:
        handler_discovery.read_proof(tmp_path)

    assert caught.value.exit_status == 2


@pytest.mark.parametrize(
    "name",
    ["", "OrderPlaced", "schemas.orders.NoSuch", "schemas.nowhere.Order", "schemas.money.Money"],
)
def test_a_contract_that_is_none_is_wrong_usage(name: str) -> None:
    """It says which name it looked for."""
    with pytest.raises(UsageError, match=r"no contract|not a contract") as caught:
        contract_named(name)

    assert name in str(caught.value)


def test_a_contract_is_known_by_its_name() -> None:
    """With everything that its events are made of."""
    contract = contract_named("schemas.orders.OrderPlaced")

    assert (contract.source, contract.subject_field) == ("shop.orders", "order_id")
    assert contract.examples[0]["subject"] == contract.examples[0]["data"]["order_id"]


def test_every_service_is_found_by_its_template() -> None:
    """Nothing else is asked for."""
    found = [service.name for service in handler_discovery.services(SERVICES)]

    assert found == sorted(path.parent.name for path in SERVICES.glob("*/template.yaml"))


def test_a_folder_with_a_template_is_a_service_itself() -> None:
    """One can be proved that stands elsewhere."""
    assert [one.name for one in handler_discovery.services(SERVICES / "orders")] == ["orders"]


@pytest.mark.parametrize(
    ("folder", "service"), [("docs", None), ("services", "nonsense"), ("no-such-folder", None)]
)
def test_nothing_to_prove_is_wrong_usage(folder: str, service: str | None) -> None:
    """A proof of nothing would always hold."""
    with pytest.raises(UsageError, match="there is no"):
        handler_discovery.services(REPOSITORY / folder, service)
