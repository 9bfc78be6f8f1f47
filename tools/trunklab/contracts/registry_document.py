"""Registry document of a contract: OpenAPI 3.0 in the format of EventBridge code bindings.

EventBridge schema discovery writes the same format: a schema `AWSEvent` for the envelope,
with `x-amazon-events-source` and `x-amazon-events-detail-type`, and its `detail` in another one.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from openapi_spec_validator import OpenAPIV30SpecValidator

from trunklab.contracts.errors import CatalogError, RegistryError
from trunklab.contracts.event_schema import DOCUMENT_KEYWORDS, Schema, metadata_schema
from trunklab.contracts.openapi_conversion import component_name, convert


def openapi_document(contract_schema: Mapping[str, Any]) -> Schema:
    """Returns the OpenAPI 3.0 document of a contract, from its JSON Schema.

    Raises NotExpressibleError, CatalogError if two schemas have one name, and RegistryError if
    the result is invalid.
    """
    detail_type = contract_schema["x-detail-type"]
    name = component_name(detail_type)
    root = {key: value for key, value in contract_schema.items() if key not in DOCUMENT_KEYWORDS}
    definitions = contract_schema.get("$defs", {}).items()
    components = [
        ("AWSEvent", _aws_event(name, contract_schema["x-source"], detail_type)),
        (name, _detail(name)),
        (f"{name}Data", convert(root, f"{detail_type}#")),
        ("EventMetadata", convert(metadata_schema())),
        *(
            (component_name(definition), convert(schema, f"{detail_type}#/$defs/{definition}"))
            for definition, schema in definitions
        ),
    ]
    doubles = [name for name, count in Counter(name for name, _ in components).items() if count > 1]
    if doubles:
        raise CatalogError(
            f"{detail_type}: two of its schemas would both be named {doubles[0]} in the registry; "
            "rename the class that is nested in the contract"
        )
    document = {
        "openapi": "3.0.0",
        "info": {"version": "1.0.0", "title": name},
        "paths": {},
        "components": {"schemas": dict(components)},
    }
    faults = [
        f"{'/'.join(str(part) for part in fault.absolute_path)}: {fault.message}"
        for fault in OpenAPIV30SpecValidator(document).iter_errors()
    ]
    if faults:
        raise RegistryError(
            f"{detail_type}: its document is not valid OpenAPI 3.0; correct these fields: "
            + "; ".join(faults)
        )
    return document


def _aws_event(name: str, source: str, detail_type: str) -> Schema:
    text: Schema = {"type": "string"}
    properties: Schema = {
        "detail": {"$ref": f"#/components/schemas/{name}"},
        "account": text,
        "detail-type": text,
        "id": text,
        "region": text,
        "resources": {"type": "array", "items": text},
        "source": text,
        "time": {**text, "format": "date-time"},
        "version": text,
    }
    return {
        "type": "object",
        # In the order of AWS's own documents.
        "required": [
            *("detail-type", "resources", "detail", "id", "source"),
            *("time", "region", "version", "account"),
        ],
        "x-amazon-events-detail-type": detail_type,
        "x-amazon-events-source": source,
        "properties": properties,
    }


def _detail(name: str) -> Schema:
    return {
        "type": "object",
        "required": ["metadata", "data"],
        "properties": {
            "metadata": {"$ref": "#/components/schemas/EventMetadata"},
            "data": {"$ref": f"#/components/schemas/{name}Data"},
        },
    }
