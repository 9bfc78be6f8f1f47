"""The part of a translated template that the emulator can deploy, and what was taken out of it.

CloudFormation itself resolves what is taken out: each such resource leaves an output behind that
holds its properties as JSON, with every Ref, If and Sub evaluated, and carries its condition.
References to it are replaced by what AWS would have returned.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from trunklab.errors import TemplateError
from trunklab.templates import references
from trunklab.templates.references import Reference
from trunklab.templates.template_file import JsonObject

ARCHIVE: Final = "AWS::Events::Archive"
BUS_POLICY: Final = "AWS::Events::EventBusPolicy"
REGISTRY: Final = "AWS::EventSchemas::Registry"
SCHEMA: Final = "AWS::EventSchemas::Schema"
HTTP_API: Final = "AWS::ApiGatewayV2::Api"
FUNCTION: Final = "AWS::Lambda::Function"
ALARM: Final = "AWS::CloudWatch::Alarm"

_METRIC_MATH: Final = "Metrics"
"""The property of an alarm for which the emulator refuses it."""
_IGNORED_OF_FUNCTION: Final = ("ReservedConcurrentExecutions", "DeadLetterConfig")


@dataclass(frozen=True)
class _Naming:
    """The property with a resource's name, its ARN, and which references return name or ARN."""

    name_property: str
    arn: str
    name_attribute: str | None
    arn_attributes: tuple[str | None, ...]


_ARN: Final = "arn:${AWS::Partition}:%s:${AWS::Region}:${AWS::AccountId}:%s"
_NAMING: Final = {
    ARCHIVE: _Naming("ArchiveName", _ARN % ("events", "archive/${Name}"), None, ("Arn",)),
    REGISTRY: _Naming(
        *("RegistryName", _ARN % ("schemas", "registry/${Name}"), "RegistryName"),
        (None, "RegistryArn"),
    ),
    SCHEMA: _Naming(
        *("SchemaName", _ARN % ("schemas", "schema/${Registry}/${Name}"), "SchemaName"),
        (None, "SchemaArn"),
    ),
    ALARM: _Naming("AlarmName", _ARN % ("cloudwatch", "alarm:${Name}"), None, ("Arn",)),
}

_OUTPUT_PREFIX: Final = "TrunklineLocal"
_EXTENSIONS: Final = "AWS::LanguageExtensions"


def http_apis(body: JsonObject) -> list[str]:
    """Returns the logical ids of the HTTP APIs that the platform serves."""
    return [key for key, resource in body["Resources"].items() if _is_http_api(resource)]


def emulator_part(path: Path, body: JsonObject, api_urls: Mapping[str, str]) -> JsonObject:
    """Returns what the emulator deploys; `api_urls` are the local addresses of the HTTP APIs.

    Raises TemplateError for a reference that AWS would refuse.
    """
    body = _with_local_urls(body, api_urls)
    resources: dict[str, JsonObject] = body["Resources"]
    removed = {key: one for key, one in resources.items() if _is_removed(one)}
    outputs = dict(_outputs(resources))
    kept = {key: _changed(one, removed) for key, one in resources.items() if key not in removed}
    part = body | {"Resources": kept, "Outputs": (body.get("Outputs") or {}) | outputs}
    if outputs:
        declared = body.get("Transform", [])
        transforms = declared if isinstance(declared, list) else [declared]
        part["Transform"] = [_EXTENSIONS, *(name for name in transforms if name != _EXTENSIONS)]

    def replacement(reference: Reference, followed: tuple[str, ...] = ()) -> object:
        name = reference.name
        if reference.attribute == "ApiEndpoint" and name in api_urls:
            return api_urls[name]
        if name not in removed:
            return None
        if name in followed:
            raise TemplateError(path, f"resource {name} refers to itself")
        value = _value_of(reference, removed[name])
        if value is None:
            shown = ".".join(part for part in reference if part)
            raise TemplateError(path, f"unknown reference {shown}: is it spelt right?")
        return references.replace(value, lambda inner: replacement(inner, (*followed, name)))

    return references.replace(part, replacement)  # type: ignore[no-any-return] # object in, object out


Removed = tuple[str, str, JsonObject]
"""Logical id, type and resolved properties of a resource that was taken out."""


def split_outputs(
    body: JsonObject, outputs: Mapping[str, str]
) -> tuple[dict[str, str], list[Removed]]:
    """Returns the template's own outputs, and the resources in the outputs that were added."""
    own, removed = {}, []
    for key, value in outputs.items():
        if key.startswith(_OUTPUT_PREFIX):
            logical_id = key.removeprefix(_OUTPUT_PREFIX)
            resource_type = body["Resources"][logical_id]["Type"]
            removed.append((logical_id, resource_type, json.loads(value)))
        else:
            own[key] = value
    return own, removed


def _outputs(resources: dict[str, JsonObject]) -> Iterator[tuple[str, JsonObject]]:
    for key, resource in resources.items():
        properties = _removed_properties(key, resource, resources)
        if properties:
            output: JsonObject = {"Value": {"Fn::ToJsonString": properties}}
            if "Condition" in resource:
                output["Condition"] = resource["Condition"]
            yield _OUTPUT_PREFIX + key, output


def _removed_properties(
    key: str, resource: JsonObject, resources: dict[str, JsonObject]
) -> JsonObject:
    properties, kind = _properties(resource), resource["Type"]
    if _is_removed(resource):
        named = {_NAMING[kind].name_property: _name(key, resource)} if kind in _NAMING else {}
        return properties | named
    if _is_http_api(resource):
        stages = [_properties(s) for s in resources.values() if s["Type"].endswith("V2::Stage")]
        own = [stage for stage in stages if stage.get("ApiId") == {"Ref": key}]
        stage_name = own[0].get("StageName") if own else "$default"
        return properties | {"ApiId": {"Ref": key}, "StageName": stage_name}
    if kind == FUNCTION:
        ignored = {name: properties[name] for name in _IGNORED_OF_FUNCTION if name in properties}
        return ignored | {"FunctionName": {"Ref": key}} if ignored else {}
    return {}


def _is_removed(resource: JsonObject) -> bool:
    if resource["Type"] == ALARM:
        return _METRIC_MATH in _properties(resource)
    return resource["Type"] in _NAMING or resource["Type"] == BUS_POLICY


def _is_http_api(resource: JsonObject) -> bool:
    return resource["Type"] == HTTP_API and bool(_properties(resource).get("Body"))


def _changed(resource: JsonObject, removed: Mapping[str, JsonObject]) -> JsonObject:
    changed = dict(resource)
    if "DependsOn" in resource:
        declared = resource["DependsOn"]
        names = declared if isinstance(declared, list) else [declared]
        changed["DependsOn"] = [name for name in names if name not in removed]
    if _is_http_api(resource):
        properties = dict(resource["Properties"])
        title = properties.pop("Body").get("info", {}).get("title", {"Ref": "AWS::StackName"})
        changed["Properties"] = {"Name": title, "ProtocolType": "HTTP"} | properties
    return changed


def _value_of(reference: Reference, resource: JsonObject) -> object:
    naming = _NAMING.get(resource["Type"])
    if naming is None:
        return None
    name = _name(reference.name, resource)
    if reference.attribute == naming.name_attribute:
        return name
    if reference.attribute in naming.arn_attributes:
        registry = _properties(resource).get("RegistryName", "")
        schema = {"Registry": registry} if resource["Type"] == SCHEMA else {}
        return {"Fn::Sub": [naming.arn, {"Name": name} | schema]}
    is_version = resource["Type"] == SCHEMA and reference.attribute == "SchemaVersion"
    return "1" if is_version else None


def _name(logical_id: str, resource: JsonObject) -> Any:
    generated = {"Fn::Sub": f"${{AWS::StackName}}-{logical_id}"}
    return _properties(resource).get(_NAMING[resource["Type"]].name_property, generated)


def _with_local_urls(body: JsonObject, api_urls: Mapping[str, str]) -> JsonObject:
    """Replaces the addresses that a template composes of its HTTP API's id."""
    text = json.dumps(body)
    for logical_id, url in api_urls.items():
        address = rf"https://\$\{{{logical_id}\}}\.execute-api\.\$\{{AWS::Region\}}\."
        text = re.sub(address + r"(\$\{AWS::URLSuffix\}|amazonaws\.com)", url, text)
    replaced: JsonObject = json.loads(text)
    return replaced


def _properties(resource: JsonObject) -> JsonObject:
    properties: JsonObject = resource.get("Properties") or {}
    return properties
