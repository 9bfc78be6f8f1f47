"""Deploys prepared templates as stacks at the platform's endpoint.

A type that nobody handles stops the deployment with its name.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from trunklab import effects
from trunklab.errors import DeployError
from trunklab.local.deploy.prepare import BUCKET, Prepared
from trunklab.local.local_clients import client
from trunklab.local.local_limits import STACK_POLL_S, STACK_S
from trunklab.templates.expressions import Lookup, Scope
from trunklab.templates.samconfig import StageSettings
from trunklab.templates.template_file import JsonObject

_CAPABILITIES: Final = ["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
_UNRECOGNIZED: Final = re.compile(r"Unrecognized resource types: \[(.*)\]")

_UNIQUE_IN_ACCOUNT: Final = frozenset(
    {
        "AWS::CloudWatch::Alarm",
        "AWS::DynamoDB::Table",
        "AWS::Events::EventBus",
        "AWS::IAM::ManagedPolicy",
        "AWS::IAM::Role",
        "AWS::Kinesis::Stream",
        "AWS::Lambda::Function",
        "AWS::Logs::LogGroup",
        "AWS::S3::Bucket",
        "AWS::SNS::Topic",
        "AWS::SQS::Queue",
        "AWS::SSM::Parameter",
        "AWS::Scheduler::ScheduleGroup",
        "AWS::SecretsManager::Secret",
        "AWS::StepFunctions::StateMachine",
    }
)
"""Types whose physical id is, or ends with, a name that an account has once in a region."""

_UNIQUE_WITHIN: Final = {
    "AWS::Events::Rule": "EventBusName",
    "AWS::Scheduler::Schedule": "GroupName",
}
"""Types whose names are unique within what this property names, `default` when it is absent."""


@dataclass(frozen=True)
class Stack:
    """A deployed stack."""

    name: str
    outputs: dict[str, str]


class Deployer:
    """Deploys templates to one endpoint; the packages lie unpacked in the run's folder."""

    def __init__(self, endpoint: str, run_folder: Path) -> None:
        self._endpoint = endpoint
        self._run_folder = run_folder
        self._cloudformation = client("cloudformation", endpoint)
        self._s3 = client("s3", endpoint)
        self._s3.create_bucket(Bucket=BUCKET)
        self._uploaded: set[str] = set()
        self._names: Names = {}

    def deploy(self, prepared: Prepared) -> Stack:
        """Creates or updates the stack; raises DeployError."""
        path, stage = prepared.template.path, prepared.stage
        body = with_constant_conditions(path, prepared.body, stage, self._look_up)
        self._upload(prepared)
        description = self._deploy_stack(prepared, body)
        self._refuse_clashes(prepared, body)
        outputs = {one["OutputKey"]: one["OutputValue"] for one in description.get("Outputs", [])}
        return Stack(stage.stack_name, outputs)

    def replace_code(self, prepared: Prepared, logical_ids: Iterable[str]) -> None:
        """Gives functions of a deployed stack their new packages; nothing else is touched."""
        self._upload(prepared)
        names = physical_names(self._cloudformation, prepared.stage.stack_name)
        for logical_id in logical_ids:
            if logical_id in names:  # otherwise its condition is false
                client("lambda", self._endpoint).update_function_code(
                    FunctionName=names[logical_id],
                    S3Bucket=BUCKET,
                    S3Key=prepared.packages[logical_id].key,
                )

    def _look_up(self, name: str) -> str:
        response = client("ssm", self._endpoint).get_parameter(Name=name)
        return str(response["Parameter"]["Value"])

    def _upload(self, prepared: Prepared) -> None:
        for package in prepared.packages.values():
            if package.key not in self._uploaded:
                content = package.pointer(self._run_folder)
                self._s3.put_object(Bucket=BUCKET, Key=package.key, Body=content)
                self._uploaded.add(package.key)

    def _deploy_stack(self, prepared: Prepared, part: Mapping[str, Any]) -> dict[str, Any]:
        name = prepared.stage.stack_name
        key = f"{name}.template.json"
        self._s3.put_object(Bucket=BUCKET, Key=key, Body=json.dumps(part).encode())
        request = {
            "StackName": name,
            "TemplateURL": f"{self._endpoint}/{BUCKET}/{key}",
            "Capabilities": _CAPABILITIES,
            "Parameters": [
                {"ParameterKey": parameter, "ParameterValue": value}
                for parameter, value in prepared.stage.parameters.items()
            ],
        }
        errors = self._cloudformation.exceptions
        try:
            try:
                self._cloudformation.create_stack(**request)
            except errors.AlreadyExistsException:
                self._cloudformation.update_stack(**request)
        except errors.ClientError as error:
            message = error.response["Error"]["Message"]
            if "No updates are to be performed" not in message:
                raise DeployError(prepared.template.path, _explain(message, prepared)) from error
        return self._wait(prepared)

    def _wait(self, prepared: Prepared) -> dict[str, Any]:
        name = prepared.stage.stack_name
        deadline = effects.monotonic() + STACK_S
        while True:
            stack: dict[str, Any]
            (stack,) = self._cloudformation.describe_stacks(StackName=name)["Stacks"]
            status = stack["StackStatus"]
            if status in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
                return stack
            if not status.endswith("_IN_PROGRESS") or effects.monotonic() > deadline:
                reasons = self._reasons(name) or stack.get("StackStatusReason", "no reason given")
                raise DeployError(prepared.template.path, f"stack {name}: {status}: {reasons}")
            effects.sleep(STACK_POLL_S)

    def _refuse_clashes(self, prepared: Prepared, part: JsonObject) -> None:
        stack = prepared.stage.stack_name
        listed = self._cloudformation.describe_stack_resources(StackName=stack)["StackResources"]
        named = [one for one in listed if one.get("PhysicalResourceId")]
        clashes = name_clashes(self._names, stack, named, part, prepared.stage.parameters)
        if clashes:
            raise DeployError(prepared.template.path, "; ".join(clashes))

    def _reasons(self, name: str) -> str:
        events = self._cloudformation.describe_stack_events(StackName=name)["StackEvents"]
        return "; ".join(
            f"{event['LogicalResourceId']} ({event['ResourceType']}): {reason}"
            for event in reversed(events)
            if event["ResourceStatus"].endswith("_FAILED")
            and (reason := event.get("ResourceStatusReason"))
        )


def physical_names(cloudformation: Any, stack: str) -> dict[str, str]:
    """Returns the physical ids of a stack's resources by logical id."""
    listed = cloudformation.describe_stack_resources(StackName=stack)["StackResources"]
    return {one["LogicalResourceId"]: one.get("PhysicalResourceId", "") for one in listed}


Names = dict[tuple[str, str, str], tuple[str, str]]
"""Stack and logical id of each type, scope and name."""


def name_clashes(
    names: Names,
    stack: str,
    resources: Sequence[Mapping[str, str]],
    body: JsonObject,
    parameters: Mapping[str, str],
) -> list[str]:
    """Adds a stack's names; returns those of another stack, which the emulator would overwrite."""
    for key in [key for key, owner in names.items() if owner[0] == stack]:
        del names[key]
    values = {**parameters, **{r["LogicalResourceId"]: r["PhysicalResourceId"] for r in resources}}
    clashes = []
    for resource in resources:
        logical_id, kind = resource["LogicalResourceId"], resource["ResourceType"]
        name = resource["PhysicalResourceId"]
        scope = _scope(logical_id, kind, body, values)
        if scope is None:
            continue
        owner = names.setdefault((kind, scope, name), (stack, logical_id))
        if owner != (stack, logical_id):
            clashes.append(
                f"{logical_id} of stack {stack} and {owner[1]} of stack {owner[0]} are both"
                f" the {kind} {name!r}: give one another name"
            )
    return clashes


def _scope(logical_id: str, kind: str, body: JsonObject, values: Mapping[str, str]) -> str | None:
    """Returns the bus or group in which a name is unique; None if it need not be, or is unknown."""
    if kind in _UNIQUE_IN_ACCOUNT:
        return ""
    if kind not in _UNIQUE_WITHIN:
        return None
    properties = body["Resources"].get(logical_id, {}).get("Properties", {})
    within: Any = properties.get(_UNIQUE_WITHIN[kind], "default")
    if isinstance(within, dict) and within.keys() == {"Ref"}:
        return values.get(within["Ref"])
    return within if isinstance(within, str) else None


def with_constant_conditions(
    path: Path, body: JsonObject, stage: StageSettings, lookup: Lookup
) -> JsonObject:
    """Returns the template with the value of every condition.

    The emulator evaluates only the simplest: it compares a `!Join` or `!Sub` as if it were a
    string, without a message.
    """
    if not body.get("Conditions"):
        return body
    scope = Scope(path, body, stage, lookup)
    constants = {
        name: {"Fn::Equals": ["true", "true" if scope.condition(name) else "false"]}
        for name in body["Conditions"]
    }
    return body | {"Conditions": constants}


def _explain(message: str, prepared: Prepared) -> str:
    """Returns the message with the resources whose type is unknown."""
    unknown = _UNRECOGNIZED.search(message)
    if not unknown:
        return f"stack {prepared.stage.stack_name}: {message}"
    types = {name.strip() for name in unknown[1].split(",")}
    resources = prepared.body["Resources"].items()
    named = [f"{key} ({one['Type']})" for key, one in resources if one["Type"] in types]
    return f"{', '.join(named)}: the local platform does not know this type of resource"
