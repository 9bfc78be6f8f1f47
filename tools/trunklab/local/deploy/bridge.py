"""Takes out of a translated template what the emulator refuses or ignores, and says what it was.

CloudFormation itself resolves what is taken out: each such resource leaves an output behind that
holds its properties as JSON, with every Ref, If and Sub evaluated, and carries its condition.
Where other expressions refer to it, they get what AWS would have returned.
"""

import json
import re
from collections.abc import Iterator, Mapping
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

_NAME: Final = {
    ARCHIVE: "ArchiveName",
    REGISTRY: "RegistryName",
    SCHEMA: "SchemaName",
    ALARM: "AlarmName",
}
_METRIC_MATH: Final = "Metrics"
"""The property of an alarm with which the emulator refuses it."""
_IGNORED_OF_FUNCTION: Final = ("ReservedConcurrentExecutions", "DeadLetterConfig")

_ARN: Final = "arn:${AWS::Partition}:%s:${AWS::Region}:${AWS::AccountId}:%s"
_ARNS: Final = {
    ARCHIVE: _ARN % ("events", "archive/${Name}"),
    REGISTRY: _ARN % ("schemas", "registry/${Name}"),
    SCHEMA: _ARN % ("schemas", "schema/${Registry}/${Name}"),
    ALARM: _ARN % ("cloudwatch", "alarm:${Name}"),
}
_ARN_ATTRIBUTES: Final[dict[str, set[str | None]]] = {
    ARCHIVE: {"Arn"},
    REGISTRY: {None, "RegistryArn"},
    SCHEMA: {None, "SchemaArn"},
    ALARM: {"Arn"},
}
_NAME_ATTRIBUTES: Final[dict[str, set[str | None]]] = {
    ARCHIVE: {None},
    REGISTRY: {"RegistryName"},
    SCHEMA: {"SchemaName"},
    ALARM: {None},
}

_OUTPUT_PREFIX: Final = "TrunklineLocal"
_EXTENSIONS: Final = "AWS::LanguageExtensions"


def http_apis(body: JsonObject) -> list[str]:
    """Return the logical ids of the HTTP APIs that we serve."""
    found = body["Resources"].items()
    return [key for key, one in found if one["Type"] == HTTP_API and _properties(one).get("Body")]


def emulator_part(path: Path, body: JsonObject, api_urls: Mapping[str, str]) -> JsonObject:
    """Return what the emulator deploys; `api_urls` says where each HTTP API will be served."""
    body = _with_local_urls(body, api_urls)
    resources: dict[str, JsonObject] = body["Resources"]
    refused = {key: one for key, one in resources.items() if _is_refused(one)}
    outputs = dict(_outputs(resources))
    rest = {
        key: _for_emulator(one, refused) for key, one in resources.items() if key not in refused
    }
    part = body | {"Resources": rest, "Outputs": (body.get("Outputs") or {}) | outputs}
    if outputs:
        part["Transform"] = _with_extensions(body.get("Transform", []))
    replacement = _Replacement(path, refused, api_urls)
    return references.replace(part, replacement.of)  # type: ignore[no-any-return] # object in, object out


def resolved(body: JsonObject, outputs: Mapping[str, str]) -> Iterator[tuple[str, str, JsonObject]]:
    """Yield logical id, type and resolved properties of all that was taken out and is wanted."""
    for key, value in outputs.items():
        if is_ours(key):
            logical_id = key.removeprefix(_OUTPUT_PREFIX)
            yield logical_id, body["Resources"][logical_id]["Type"], json.loads(value)


def is_ours(output_key: str) -> bool:
    """Tell an output that the bridge made from those of the template."""
    return output_key.startswith(_OUTPUT_PREFIX)


def _outputs(resources: dict[str, JsonObject]) -> Iterator[tuple[str, JsonObject]]:
    for key, one in resources.items():
        kept = _kept_properties(key, one, resources)
        if kept:
            output: JsonObject = {"Value": {"Fn::ToJsonString": kept}}
            if "Condition" in one:
                output["Condition"] = one["Condition"]
            yield _OUTPUT_PREFIX + key, output


def _kept_properties(key: str, one: JsonObject, resources: dict[str, JsonObject]) -> JsonObject:
    properties = _properties(one)
    if _is_refused(one):
        return properties | ({_NAME[one["Type"]]: _name(key, one)} if one["Type"] in _NAME else {})
    if one["Type"] == HTTP_API and properties.get("Body"):
        stages = [_properties(s) for s in resources.values() if s["Type"].endswith("V2::Stage")]
        own = [stage for stage in stages if stage.get("ApiId") == {"Ref": key}]
        stage_name = own[0].get("StageName") if own else "$default"
        return properties | {"ApiId": {"Ref": key}, "StageName": stage_name}
    if one["Type"] == FUNCTION:
        ignored = {name: properties[name] for name in _IGNORED_OF_FUNCTION if name in properties}
        return ignored | {"FunctionName": {"Ref": key}} if ignored else {}
    return {}


def _is_refused(one: JsonObject) -> bool:
    if one["Type"] == ALARM:
        return _METRIC_MATH in _properties(one)
    return one["Type"] in _NAME or one["Type"] == BUS_POLICY


def _for_emulator(one: JsonObject, refused: Mapping[str, JsonObject]) -> JsonObject:
    kept = dict(one)
    if "DependsOn" in one:
        named = one["DependsOn"] if isinstance(one["DependsOn"], list) else [one["DependsOn"]]
        kept["DependsOn"] = [name for name in named if name not in refused]
    properties = _properties(one)
    if one["Type"] == HTTP_API and properties.get("Body"):
        title = properties["Body"].get("info", {}).get("title", {"Ref": "AWS::StackName"})
        without = {key: value for key, value in properties.items() if key != "Body"}
        kept["Properties"] = {"Name": title, "ProtocolType": "HTTP"} | without
    return kept


class _Replacement:
    """Knows what AWS returns for references to what was taken out."""

    def __init__(
        self, path: Path, refused: Mapping[str, JsonObject], api_urls: Mapping[str, str]
    ) -> None:
        self._path = path
        self._refused = refused
        self._api_urls = api_urls
        self._under_way: list[str] = []

    def of(self, reference: Reference) -> object:
        """Return the expression that stands for a reference, or None to leave it."""
        if reference.attribute == "ApiEndpoint" and reference.name in self._api_urls:
            return self._api_urls[reference.name]
        if reference.name not in self._refused:
            return None
        if reference.name in self._under_way:
            raise TemplateError(self._path, f"resource {reference.name} refers to itself")
        self._under_way.append(reference.name)
        try:
            value = _value_of(reference, self._refused[reference.name])
            if value is None:
                shown = ".".join(part for part in reference if part)
                raise TemplateError(self._path, f"nothing is known of {shown}: is it spelt right?")
            return references.replace(value, self.of)
        finally:
            self._under_way.pop()


def _value_of(reference: Reference, one: JsonObject) -> object:
    kind = one["Type"]
    name = _name(reference.name, one)
    if reference.attribute in _NAME_ATTRIBUTES.get(kind, set()):
        return name
    if reference.attribute in _ARN_ATTRIBUTES.get(kind, set()):
        parts = {"Name": name}
        if kind == SCHEMA:
            parts["Registry"] = _properties(one).get("RegistryName", "")
        return {"Fn::Sub": [_ARNS[kind], parts]}
    if kind == SCHEMA and reference.attribute == "SchemaVersion":
        return "1"
    return None


def _name(logical_id: str, one: JsonObject) -> Any:
    generated = {"Fn::Sub": f"${{AWS::StackName}}-{logical_id}"}
    return _properties(one).get(_NAME.get(one["Type"], ""), generated)


def _with_local_urls(body: JsonObject, api_urls: Mapping[str, str]) -> JsonObject:
    """Point addresses that a template composes of its HTTP API's id to where it is served."""
    text = json.dumps(body)
    for logical_id, url in api_urls.items():
        address = rf"https://\$\{{{logical_id}\}}\.execute-api\.\$\{{AWS::Region\}}\."
        text = re.sub(address + r"(\$\{AWS::URLSuffix\}|amazonaws\.com)", url, text)
    found: JsonObject = json.loads(text)
    return found


def _with_extensions(declared: object) -> list[object]:
    transforms = declared if isinstance(declared, list) else [declared]
    return transforms if _EXTENSIONS in transforms else [_EXTENSIONS, *transforms]


def _properties(one: JsonObject) -> JsonObject:
    properties: JsonObject = one.get("Properties") or {}
    return properties
