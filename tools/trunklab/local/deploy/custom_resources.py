"""Templates on their way into the rented CloudFormation, and its answers on their way out.

A resource that the platform has itself goes in as a custom resource: CloudFormation creates,
updates, replaces, rolls back and deletes it at its place among the others, by calling us.
"""

import json
import re
from typing import Any, Final

from trunklab import settings
from trunklab.local.deploy import resource_types, state_machines
from trunklab.templates.template_file import JsonObject

PROVIDER: Final = "tl--resources"
"""The function of the emulator that calls us for each custom resource."""
_PREFIX: Final = "Custom::AWS--"
_SHOWN: Final = re.compile(r"Custom::AWS--(\w+)--(\w+)")
_EXTENSIONS: Final = "AWS::LanguageExtensions"
_TIMEOUT_S: Final = 120
_API: Final = "AWS::ApiGatewayV2::Api"
STATE_MACHINE: Final = "AWS::StepFunctions::StateMachine"
_INVOKED: Final = frozenset({"AWS::Lambda::Function", "AWS::Lambda::Alias", "AWS::Lambda::Version"})
_ADDRESS: Final = re.compile(
    r"https://\$\{(\w+)\}\.execute-api\.\$\{AWS::Region\}\.(?:\$\{AWS::URLSuffix\}|amazonaws\.com)"
)
"""The address of an API as SAM composes it."""


def provider_arn() -> str:
    """Returns the ARN of the function that is called."""
    place = f"{settings.LOCAL_REGION}:{settings.LOCAL_ACCOUNT}"
    return f"arn:aws:lambda:{place}:function:{PROVIDER}"


def rewrite(body: JsonObject) -> JsonObject:
    """Returns a template whose resources are all known to the rented CloudFormation."""
    resources: dict[str, JsonObject] = body.get("Resources") or {}
    apis = {key for key, one in resources.items() if _is_own_api(one)}
    rewritten = {key: _rewritten(key, one, resources, apis) for key, one in resources.items()}
    functions = frozenset(key for key, one in resources.items() if one.get("Type") in _INVOKED)
    for key, one in resources.items():
        if one.get("Type") == STATE_MACHINE:
            properties = state_machines.rewrite_resource(one.get("Properties") or {}, functions)
            rewritten[key] = one | {"Properties": properties}
    changed = any(rewritten[key] is not one for key, one in resources.items())
    if not changed:
        return body
    declared = body.get("Transform", [])
    transforms = declared if isinstance(declared, list) else [declared]
    transforms = [_EXTENSIONS, *(name for name in transforms if name != _EXTENSIONS)]
    text = json.dumps(body | {"Resources": rewritten, "Transform": transforms})

    def local(found: re.Match[str]) -> str:
        return f"${{{found[1]}.ApiEndpoint}}" if found[1] in apis else found[0]

    replaced: JsonObject = json.loads(_ADDRESS.sub(local, text))
    return replaced


def http_apis(body: JsonObject) -> list[str]:
    """Returns the logical ids of the HTTP APIs that the platform serves."""
    return [key for key, one in body["Resources"].items() if _is_own_api(one)]


def shown(text: str) -> str:
    """Returns an answer of CloudFormation with the types of the original template."""
    return _SHOWN.sub(r"AWS::\1::\2", text)


def original_type(custom_type: str) -> str:
    """Returns the original type of a custom resource."""
    return shown(custom_type)


def _is_own_api(resource: JsonObject) -> bool:
    return resource.get("Type") == _API and bool((resource.get("Properties") or {}).get("Body"))


def _rewritten(
    logical_id: str, resource: JsonObject, resources: dict[str, JsonObject], apis: set[str]
) -> JsonObject:
    kind, properties = resource.get("Type", ""), resource.get("Properties") or {}
    is_of_api = kind.startswith("AWS::ApiGatewayV2::") and _reference(properties) in apis
    if not (resource_types.is_own(kind, properties) or logical_id in apis or is_of_api):
        return resource
    if logical_id in apis:
        properties = properties | {"StageName": _stage_of(logical_id, resources)}
    custom = {
        "ServiceToken": provider_arn(),
        "ServiceTimeout": _TIMEOUT_S,
        # As JSON: without it, numbers and booleans arrive as strings.
        "Properties": {"Fn::ToJsonString": properties},
    }
    return (
        resource
        | {"Type": _PREFIX + kind.removeprefix("AWS::").replace("::", "--")}
        | {"Properties": custom}
    )


def _reference(properties: JsonObject) -> Any:
    api = properties.get("ApiId")
    return api.get("Ref") if isinstance(api, dict) else api


def _stage_of(logical_id: str, resources: dict[str, JsonObject]) -> Any:
    for resource in resources.values():
        properties = resource.get("Properties") or {}
        is_stage = resource.get("Type") == "AWS::ApiGatewayV2::Stage"
        if is_stage and _reference(properties) == logical_id:
            return properties.get("StageName", "$default")
    return "$default"
