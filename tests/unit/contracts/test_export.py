"""The export writes what is stale, nothing else, and only where there is a place for it."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from schemas import CONTRACTS
from trunklab.contracts.errors import TemplatePlaceError
from trunklab.contracts.export import stale_files, write
from trunklab.errors import TemplateError

ENTRIES = "services/orders/contracts.yaml"
ORDERS_TEMPLATE = "services/orders/template.yaml"


def export(checkout: Path) -> list[str]:
    """Write what is stale; return its paths."""
    changes = stale_files(checkout, CONTRACTS)
    write(checkout, changes)
    return [change.path.as_posix() for change in changes]


class _Loader(yaml.SafeLoader):
    """Reads CloudFormation's `!Ref`."""


_Loader.add_constructor("!Ref", lambda _loader, node: {"Ref": node.value})


def resources_of(template: Path) -> dict[str, Any]:
    """Return the resources of a template."""
    document = yaml.load(template.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - a safe one
    resources: dict[str, Any] = document["Resources"]
    return resources


def test_the_first_export_writes_every_file(checkout: Path) -> None:
    """Two files a contract and the nested templates of its producers."""
    assert export(checkout) == [
        "schemas/orders/OrderPlaced.openapi.json",
        "schemas/orders/OrderPlaced.schema.json",
        "schemas/payments/PaymentCaptured.openapi.json",
        "schemas/payments/PaymentCaptured.schema.json",
        "schemas/payments/PaymentDeclined.openapi.json",
        "schemas/payments/PaymentDeclined.schema.json",
        ENTRIES,
        "services/payments/contracts.yaml",
    ]


def test_a_second_export_writes_nothing(checkout: Path) -> None:
    """The output depends on the contracts alone."""
    export(checkout)

    assert export(checkout) == []


def test_looking_for_stale_files_writes_nothing(checkout: Path) -> None:
    """`--check` is safe to run anywhere."""
    before = sorted(checkout.rglob("*"))

    stale_files(checkout, CONTRACTS)

    assert sorted(checkout.rglob("*")) == before


def test_the_template_registers_the_committed_document(checkout: Path) -> None:
    """The entry holds the OpenAPI file, in one line that YAML reads back."""
    export(checkout)

    entry = resources_of(checkout / ENTRIES)["OrderPlacedSchema"]
    file = checkout / "schemas/orders/OrderPlaced.openapi.json"
    assert entry["Type"] == "AWS::EventSchemas::Schema"
    properties = entry["Properties"]
    assert json.loads(properties.pop("Content")) == json.loads(file.read_text(encoding="utf-8"))
    assert properties == {
        "RegistryName": {"Ref": "RegistryName"},
        "SchemaName": "shop.orders@OrderPlaced",
        "Type": "OpenApi3",
        "Description": "A customer placed an order; nothing is paid or reserved yet.",
    }


def test_a_producer_registers_all_its_contracts_and_no_other(checkout: Path) -> None:
    """A change of a contract deploys one service."""
    export(checkout)

    payments = resources_of(checkout / "services/payments/contracts.yaml")
    assert list(payments) == ["PaymentCapturedSchema", "PaymentDeclinedSchema"]


def test_an_edited_file_is_stale_and_written_again(checkout: Path) -> None:
    """Only that one."""
    export(checkout)
    (checkout / "schemas/orders/OrderPlaced.schema.json").write_bytes(b"\xff{}")

    assert export(checkout) == ["schemas/orders/OrderPlaced.schema.json"]


def test_an_edited_entry_is_written_again(checkout: Path) -> None:
    """The whole nested template belongs to the export."""
    export(checkout)
    template = checkout / ENTRIES
    template.write_text(template.read_text(encoding="utf-8").replace("OpenApi3", "OpenApi2"))

    assert export(checkout) == [ENTRIES]
    assert "OpenApi2" not in template.read_text(encoding="utf-8")


def test_the_files_of_a_removed_contract_are_removed(checkout: Path) -> None:
    """Generated files go with their contract, hand-written ones stay."""
    export(checkout)
    kept = checkout / "schemas/orders/notes.json"
    kept.write_text("{}", encoding="utf-8")
    (checkout / "schemas/orders/OrderLost.schema.json").write_text("{}", encoding="utf-8")

    assert export(checkout) == ["schemas/orders/OrderLost.schema.json"]
    assert kept.exists()


def test_a_service_that_publishes_nothing_any_more_has_no_entries(checkout: Path) -> None:
    """The nested template goes with the last contract."""
    entries = checkout / "services/notifications/contracts.yaml"
    entries.parent.mkdir()
    entries.write_text("Resources: {}\n", encoding="utf-8")

    assert "services/notifications/contracts.yaml" in export(checkout)
    assert not entries.exists()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Resources: {}\n", id="nothing nested"),
        pytest.param(
            "Resources: {C: {Type: 'AWS::Serverless::Application'}}\n", id="without a location"
        ),
        pytest.param(
            "Resources: {C: {Type: 'AWS::Serverless::Application', Properties: "
            "{Location: ../payments/contracts.yaml}}}\n",
            id="another service's",
        ),
        pytest.param("# Location: contracts.yaml\nResources: {}\n", id="in a comment"),
    ],
)
def test_entries_that_no_stack_would_register_are_refused(checkout: Path, text: str) -> None:
    """The message names the template and the resource that it needs; nothing is written."""
    (checkout / ORDERS_TEMPLATE).write_text(text, encoding="utf-8")

    with pytest.raises(TemplatePlaceError, match=f"{ORDERS_TEMPLATE} does not nest contracts.yaml"):
        export(checkout)

    assert not (checkout / "schemas").exists()


def test_a_producer_template_that_cannot_be_read_is_refused(checkout: Path) -> None:
    """Rather than taken for one that nests nothing."""
    (checkout / ORDERS_TEMPLATE).write_text("", encoding="utf-8")

    with pytest.raises(TemplateError, match=ORDERS_TEMPLATE):
        export(checkout)


def test_a_missing_template_is_refused(checkout: Path) -> None:
    """The last part of the source names the folder."""
    (checkout / ORDERS_TEMPLATE).unlink()

    with pytest.raises(TemplatePlaceError, match="does not exist"):
        export(checkout)
