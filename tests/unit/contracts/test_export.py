"""The export writes what is stale, nothing else, and only where there is a place for it."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from schemas import CONTRACTS
from trunklab.contracts.errors import TemplatePlaceError
from trunklab.contracts.export import stale_files, write
from trunklab.contracts.registry_entries import BEGIN, END

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
    """Two files a contract and the templates of its producers."""
    assert export(checkout) == [
        "schemas/orders/OrderPlaced.openapi.json",
        "schemas/orders/OrderPlaced.schema.json",
        "schemas/payments/PaymentCaptured.openapi.json",
        "schemas/payments/PaymentCaptured.schema.json",
        "schemas/payments/PaymentDeclined.openapi.json",
        "schemas/payments/PaymentDeclined.schema.json",
        ORDERS_TEMPLATE,
        "services/payments/template.yaml",
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


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_the_rest_of_the_template_stays_byte_for_byte(checkout: Path, newline: str) -> None:
    """Comments, spacing, line ends and bytes that are no UTF-8."""
    template = checkout / ORDERS_TEMPLATE
    head, _, tail = template.read_bytes().replace(b"\n", newline.encode()).partition(BEGIN.encode())
    template.write_bytes(head + b"# \xff" + newline.encode() + BEGIN.encode() + tail)

    export(checkout)

    written = template.read_bytes()
    assert written.startswith(head + b"# \xff" + newline.encode() + BEGIN.encode())
    assert written.endswith(tail[tail.index(END.encode()) :])
    assert written.count(b"\n") == written.count(newline.encode())
    assert export(checkout) == []


def test_the_template_registers_the_committed_document(checkout: Path) -> None:
    """The entry holds the OpenAPI file, in one line that YAML reads back."""
    export(checkout)

    entry = resources_of(checkout / ORDERS_TEMPLATE)["OrderPlacedSchema"]
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

    payments = resources_of(checkout / "services/payments/template.yaml")
    assert list(payments) == ["Table", "PaymentCapturedSchema", "PaymentDeclinedSchema"]


def test_an_edited_file_is_stale_and_written_again(checkout: Path) -> None:
    """Only that one."""
    export(checkout)
    (checkout / "schemas/orders/OrderPlaced.schema.json").write_bytes(b"\xff{}")

    assert export(checkout) == ["schemas/orders/OrderPlaced.schema.json"]


def test_an_edited_entry_is_written_again(checkout: Path) -> None:
    """What stands between the markers belongs to the export."""
    export(checkout)
    template = checkout / ORDERS_TEMPLATE
    template.write_text(template.read_text(encoding="utf-8").replace("OpenApi3", "OpenApi2"))

    assert export(checkout) == [ORDERS_TEMPLATE]
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
    """The block stays, empty."""
    template = checkout / "services/notifications/template.yaml"
    template.parent.mkdir()
    template.write_text(f"Resources:\n{BEGIN}\n  Old: {{}}\n{END}\n", encoding="utf-8")

    export(checkout)

    assert template.read_text(encoding="utf-8") == f"Resources:\n{BEGIN}\n{END}\n"


def test_a_template_without_markers_and_contracts_is_left_alone(checkout: Path) -> None:
    """A service that only consumes needs no markers."""
    template = checkout / "services/notifications/template.yaml"
    template.parent.mkdir()
    template.write_text("Resources: {}\n", encoding="utf-8")

    assert template.relative_to(checkout).as_posix() not in export(checkout)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Resources:\n", id="no markers"),
        pytest.param(f"Resources:\n{BEGIN}\n", id="no end"),
        pytest.param(f"Resources:\n{END}\n", id="no begin"),
        pytest.param(f"Resources:\n{END}\n{BEGIN}\n", id="end before begin"),
        pytest.param(f"Resources:\n{BEGIN}\n{BEGIN}\n{END}\n", id="two begins"),
        pytest.param(f"Resources:\n{BEGIN}\n{END}\n{END}\n", id="two ends"),
        pytest.param(f"Resources:\n  {BEGIN}\n  {END}\n", id="indented otherwise"),
        pytest.param(f"{BEGIN}\n{END}\nResources:\n", id="before Resources"),
        pytest.param(f"Resources:\nOutputs:\n{BEGIN}\n{END}\n", id="after Resources"),
        pytest.param("", id="empty"),
    ],
)
def test_a_template_without_a_place_is_refused_and_nothing_written(
    checkout: Path, text: str
) -> None:
    """The message names the template and the lines it needs."""
    (checkout / ORDERS_TEMPLATE).write_text(text, encoding="utf-8")

    with pytest.raises(TemplatePlaceError, match=ORDERS_TEMPLATE):
        export(checkout)

    assert not (checkout / "schemas").exists()


def test_a_missing_template_is_refused(checkout: Path) -> None:
    """The last part of the source names the folder."""
    (checkout / ORDERS_TEMPLATE).unlink()

    with pytest.raises(TemplatePlaceError, match="does not exist"):
        export(checkout)
