"""JSON Schema (2020-12) of a contract: the normative description of its events."""

from typing import Any, Final

from pydantic import ValidationError
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, JsonSchemaWarningKind
from pydantic_core import core_schema

from schemas.event import Event
from trunklab.contracts.describable import check_described
from trunklab.contracts.errors import CatalogError
from trunklab.contracts.event_schema import Schema
from trunklab.plain_error import message_of
from trunklab.schema_solver.validate import errors

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


class _ContractSchema(GenerateJsonSchema):
    """Omits keywords that make contracts larger or later changes incompatible."""

    schema_dialect = DIALECT

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - pydantic calls it
        """Never: `Van Id` for `van_id` says nothing."""
        return False

    def emit_warning(self, kind: JsonSchemaWarningKind, detail: str) -> None:
        """Raises CatalogError: the contract would lack what Pydantic omits with a warning."""
        raise CatalogError(f"{detail} ({kind}); change the type or the default of that field")

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        """Returns the schema of a model without `additionalProperties: false`.

        The sending code keeps producers closed. A consumer may receive a field that was added
        later.
        """
        described = super().model_schema(schema)
        described.pop("additionalProperties", None)
        return described


def schema_name(contract: type[Event]) -> str:
    """Returns the name of the contract in the registry and in `$id`."""
    return f"{contract.source}@{contract.detail_type}"


def json_schema(contract: type[Event]) -> Schema:
    """Returns the contract's JSON Schema, its keywords in reading order.

    Raises CatalogError if one of its examples or defaults is invalid, and NotDescribedError if its
    model accepts other values than the schema.
    """
    check_described(contract)
    generated = contract.model_json_schema(schema_generator=_ContractSchema, mode="serialization")
    _check_defaults(contract, generated)
    generated.pop("title", None)
    definitions = generated.pop("$defs", None)
    document = {
        "$schema": DIALECT,
        "$id": schema_name(contract),
        "title": contract.detail_type,
        "description": generated.pop("description", ""),
        "x-owner": contract.owner,
        "x-source": contract.source,
        "x-detail-type": contract.detail_type,
        "x-subject": contract.subject_field,
        "x-compatibility": contract.compatibility,
        **_lifecycle(contract),
        **generated,
        "examples": _examples(contract),
    }
    if definitions:
        document["$defs"] = definitions
    return document


def _examples(contract: type[Event]) -> list[Schema]:
    try:
        return [example.to_data() for example in contract.examples()]
    except ValidationError as error:
        problem = f"correct its example: {message_of(error)}; then run `trunkline schemas export`"
        raise CatalogError(f"{schema_name(contract)}: {problem}") from error


def _check_defaults(contract: type[Event], generated: Schema) -> None:
    """Raises CatalogError if a default is invalid: no producer could send it."""
    definitions = generated.get("$defs", {})
    for schema in (generated, *definitions.values()):
        for name, field in schema.get("properties", {}).items():
            if "default" not in field:
                continue
            for place, problem in errors({**field, "$defs": definitions}, field["default"]):
                raise CatalogError(
                    f"{schema_name(contract)}: the default of {schema['title']}.{name}{place} is "
                    f"invalid: {problem}; correct it, or allow None in the field's type"
                )


def _lifecycle(contract: type[Event]) -> Schema:
    if contract.deprecated_since is None:
        return {}
    sunset = {"x-sunset": contract.sunset.isoformat()} if contract.sunset else {}
    since = contract.deprecated_since.isoformat()
    return {"deprecated": True, "x-deprecated-since": since, **sunset}
