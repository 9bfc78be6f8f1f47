"""Which contracts are exported, and that no two of them want the same name."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from schemas.event import Event
from trunklab.contracts.errors import CatalogError
from trunklab.contracts.json_schema import Schema, json_schema, schema_name
from trunklab.contracts.openapi_conversion import component_name
from trunklab.contracts.registry_document import openapi_document


@dataclass(frozen=True)
class Exported:
    """One contract with everything that is generated from it."""

    contract: type[Event]

    @property
    def name(self) -> str:
        """Its name in the registry."""
        return schema_name(self.contract)

    @property
    def logical_id(self) -> str:
        """The name of its resource in the producer's template."""
        return f"{component_name(self.contract.detail_type)}Schema"

    @property
    def template(self) -> Path:
        """The producer's nested template: a source's last part names the service's folder."""
        return Path("services", self.contract.source.rsplit(".", 1)[1], "contracts.yaml")

    def file(self, kind: str) -> Path:
        """The generated file of this kind, beside the model."""
        package, *inside = self.contract.__module__.split(".")
        if package != "schemas" or not inside:
            raise CatalogError(
                f"{self.name}: it is declared in {self.contract.__module__}; "
                "move it to schemas/<domain>/, its files lie beside it"
            )
        return Path("schemas", inside[0], f"{self.contract.detail_type}.{kind}.json")

    @cached_property
    def schema(self) -> Schema:
        """Its JSON Schema."""
        return json_schema(self.contract)

    @cached_property
    def document(self) -> Schema:
        """Its registry document."""
        return openapi_document(self.schema)


def exported(contracts: Sequence[type[Event]]) -> list[Exported]:
    """Return the contracts in the order of their names.

    Raises CatalogError if two of them would share a file, a registry entry or a resource.
    """
    taken: dict[object, str] = {}
    catalog = sorted(map(Exported, contracts), key=lambda one: one.name)
    for one in catalog:
        for wanted in (one.name, one.file("schema"), (one.template, one.logical_id)):
            if wanted in taken:
                raise CatalogError(
                    f"{one.name} in {one.contract.__module__} and {taken[wanted]} would share "
                    f"{wanted}; rename one of them or give it a version"
                )
            taken[wanted] = f"{one.name} in {one.contract.__module__}"
    return catalog
