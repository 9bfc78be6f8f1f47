"""Contracts that get in each other's way, or that the registry would refuse, are not exported."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import create_model

from schemas.event import Event
from trunklab.contracts.errors import CatalogError, RegistryError
from trunklab.contracts.export import stale_files


def contract(
    name: str, domain: str = "vans", doc: str = "Says nothing.", **keywords: Any
) -> type[Event]:
    """Create a contract in `schemas/<domain>/`."""
    declared = {
        "source": "fleet.vans",
        "owner": "team-fleet",
        "subject": "van_id",
        "examples": ({"van_id": "v-1"},),
    }
    return create_model(
        name,
        __base__=Event,
        __module__=f"schemas.{domain}.contract",
        __doc__=doc,
        __cls_kwargs__=declared | keywords,
        van_id=(str, ...),
    )


@pytest.mark.parametrize(
    "pair",
    [
        pytest.param(
            [contract("VanParked"), contract("VanParked", domain="stock")],
            id="one name in the registry",
        ),
        pytest.param(
            [contract("VanParked"), contract("VanParked", source="fleet.billing")],
            id="one file",
        ),
        pytest.param(
            [contract("VanParkedV2", version=2), contract("VanParkedv2")],
            id="one resource in the template",
        ),
    ],
)
def test_two_contracts_cannot_share_a_name(checkout: Path, pair: list[type[Event]]) -> None:
    """Registry entry, file and resource belong to one contract each."""
    with pytest.raises(CatalogError, match="would share"):
        stale_files(checkout, pair)


def test_two_majors_live_side_by_side(checkout: Path) -> None:
    """During an overlap both are registered, each with files of its own."""
    majors = [contract("VanParked"), contract("VanParkedV2", version=2)]

    changes = stale_files(checkout, majors)

    assert [change.path.name for change in changes] == [
        "VanParked.openapi.json",
        "VanParked.schema.json",
        "VanParked.v2.openapi.json",
        "VanParked.v2.schema.json",
        "contracts.yaml",
    ]
    assert "  VanParkedv2Schema:\n" in (changes[-1].text or "")


@pytest.mark.parametrize("module", ["vans.contract", "schemas"])
def test_a_contract_outside_of_a_domain_is_refused(checkout: Path, module: str) -> None:
    """Its generated files lie beside it, in a folder of `schemas/`."""
    stray = contract("VanParked")
    stray.__module__ = module

    with pytest.raises(CatalogError, match="move it to schemas/<domain>/"):
        stale_files(checkout, [stray])


def test_a_document_larger_than_the_registry_takes_is_refused(checkout: Path) -> None:
    """Better here than when the stack is deployed."""
    long = contract("VanParked", examples=({"van_id": "o" * 100_000},))

    with pytest.raises(RegistryError, match="the registry takes 100000"):
        stale_files(checkout, [long])


def test_a_description_longer_than_the_registry_takes_is_refused(checkout: Path) -> None:
    """The registry shows the first line of the docstring."""
    with pytest.raises(RegistryError, match="description has 257"):
        stale_files(checkout, [contract("VanParked", doc="d" * 257)])


def test_only_the_first_line_of_a_docstring_is_the_registrys_description(checkout: Path) -> None:
    """Quotes in it do not end the YAML scalar."""
    changes = stale_files(checkout, [contract("VanParked", doc="It's packed.\n\nMore.")])

    assert "      Description: 'It''s packed.'\n" in (changes[-1].text or "")
