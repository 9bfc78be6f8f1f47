"""The export writes what is stale, nothing else, and only where there is a place for it."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.unit.contracts.rentals import CONTRACTS
from trunklab.contracts.errors import TemplatePlaceError
from trunklab.contracts.export import stale_files, write
from trunklab.errors import TemplateError

ENTRIES = "services/vans/contracts.yaml"
TEMPLATE = "services/vans/template.yaml"


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
        "schemas/billing/RentalBilled.openapi.json",
        "schemas/billing/RentalBilled.schema.json",
        "schemas/billing/RentalRefunded.openapi.json",
        "schemas/billing/RentalRefunded.schema.json",
        "schemas/vans/VanRented.openapi.json",
        "schemas/vans/VanRented.schema.json",
        "services/billing/contracts.yaml",
        ENTRIES,
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

    entry = resources_of(checkout / ENTRIES)["VanRentedSchema"]
    file = checkout / "schemas/vans/VanRented.openapi.json"
    assert entry["Type"] == "AWS::EventSchemas::Schema"
    properties = entry["Properties"]
    assert json.loads(properties.pop("Content")) == json.loads(file.read_text(encoding="utf-8"))
    assert properties == {
        "RegistryName": {"Ref": "RegistryName"},
        "SchemaName": "fleet.vans@VanRented",
        "Type": "OpenApi3",
        "Description": "A van is rented.",
    }


def test_a_producer_registers_all_its_contracts_and_no_other(checkout: Path) -> None:
    """A change of a contract deploys one service."""
    export(checkout)

    billing = resources_of(checkout / "services/billing/contracts.yaml")
    assert list(billing) == ["RentalBilledSchema", "RentalRefundedSchema"]


def test_an_edited_file_is_stale_and_written_again(checkout: Path) -> None:
    """Only that one."""
    export(checkout)
    (checkout / "schemas/vans/VanRented.schema.json").write_bytes(b"\xff{}")

    assert export(checkout) == ["schemas/vans/VanRented.schema.json"]


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
    kept = checkout / "schemas/vans/notes.json"
    kept.write_text("{}", encoding="utf-8")
    (checkout / "schemas/vans/VanLost.schema.json").write_text("{}", encoding="utf-8")

    assert export(checkout) == ["schemas/vans/VanLost.schema.json"]
    assert kept.exists()


def test_a_service_that_publishes_nothing_any_more_has_no_entries(checkout: Path) -> None:
    """The nested template goes with the last contract."""
    entries = checkout / "services/mailer/contracts.yaml"
    entries.parent.mkdir()
    entries.write_text("Resources: {}\n", encoding="utf-8")

    assert "services/mailer/contracts.yaml" in export(checkout)
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
            "{Location: ../billing/contracts.yaml}}}\n",
            id="another service's",
        ),
        pytest.param("# Location: contracts.yaml\nResources: {}\n", id="in a comment"),
    ],
)
def test_entries_that_no_stack_would_register_are_refused(checkout: Path, text: str) -> None:
    """The message names the template and the resource that it needs; nothing is written."""
    (checkout / TEMPLATE).write_text(text, encoding="utf-8")

    with pytest.raises(TemplatePlaceError, match=f"{TEMPLATE} does not nest contracts.yaml"):
        export(checkout)

    assert not (checkout / "schemas").exists()


def test_a_producer_template_that_cannot_be_read_is_refused(checkout: Path) -> None:
    """Rather than taken for one that nests nothing."""
    (checkout / TEMPLATE).write_text("", encoding="utf-8")

    with pytest.raises(TemplateError, match=TEMPLATE):
        export(checkout)


def test_a_missing_template_is_refused(checkout: Path) -> None:
    """The last part of the source names the folder."""
    (checkout / TEMPLATE).unlink()

    with pytest.raises(TemplatePlaceError, match="does not exist"):
        export(checkout)
