"""Deploys a prepared template: the adapter between SAM templates and the rented emulator.

CloudFormation of the emulator does what it can (all by its API, through the endpoint); what it
refuses or ignores is created after the stack by `settle.py`. A type that neither handles stops the
deployment with its name.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from trunklab import effects
from trunklab.errors import DeployError
from trunklab.local.deploy import bridge, settle, template_conditions, unpacked
from trunklab.local.deploy.physical_names import Described, Names
from trunklab.local.deploy.prepare import BUCKET, Prepared
from trunklab.local.http.http_api import HttpApi
from trunklab.local.local_clients import client
from trunklab.local.local_limits import STACK_POLL_S, STACK_S
from trunklab.templates.template_file import JsonObject

_CAPABILITIES: Final = ["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
_UNRECOGNIZED: Final = re.compile(r"Unrecognized resource types: \[(.*)\]")


@dataclass(frozen=True)
class Stack:
    """A deployed stack."""

    name: str
    outputs: dict[str, str]
    apis: dict[str, HttpApi]
    """The HTTP APIs that we serve, by logical id."""
    notes: tuple[str, ...]
    """What of the template has no effect here."""


class Deployer:
    """Deploys templates to one endpoint; the packages lie unpacked in the run's folder."""

    def __init__(self, endpoint: str, run_folder: Path) -> None:
        self._endpoint = endpoint
        self._run_folder = run_folder
        self._cloudformation = client("cloudformation", endpoint)
        self._s3 = client("s3", endpoint)
        self._s3.create_bucket(Bucket=BUCKET)
        self._uploaded: set[str] = set()
        self._names = Names()

    def deploy(self, prepared: Prepared, api_urls: Mapping[str, str]) -> Stack:
        """Create or update the stack and all that belongs to it; raise DeployError."""
        path, stage = prepared.template.path, prepared.stage
        body = template_conditions.make_constant(path, prepared.body, stage, self._look_up)
        part = bridge.emulator_part(path, body, api_urls)
        self._upload(prepared)
        description = self._deploy_stack(prepared, part)
        self._refuse_clashes(prepared, part)
        outputs = {one["OutputKey"]: one["OutputValue"] for one in description.get("Outputs", [])}
        bridged = list(bridge.resolved(prepared.body, outputs))
        settled = settle.settle(path, bridged, self._endpoint)
        own = {key: one for key, one in outputs.items() if not bridge.is_ours(key)}
        notes = tuple(f"{stage.stack_name}: {note}" for note in settled.notes)
        return Stack(stage.stack_name, own, settled.apis, notes)

    def _look_up(self, name: str) -> str:
        found = client("ssm", self._endpoint).get_parameter(Name=name)
        return str(found["Parameter"]["Value"])

    def _upload(self, prepared: Prepared) -> None:
        for package in prepared.packages.values():
            if package.key not in self._uploaded:
                content = unpacked.pointer(package, self._run_folder)
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
            stack: dict[str, Any] = self._cloudformation.describe_stacks(StackName=name)["Stacks"][
                0
            ]
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
        resources = [
            Described(one["LogicalResourceId"], one["ResourceType"], one["PhysicalResourceId"])
            for one in listed
            if one.get("PhysicalResourceId")
        ]
        found = self._names.clashes(stack, resources, part, prepared.stage.parameters)
        if found:
            raise DeployError(prepared.template.path, "; ".join(found))

    def _reasons(self, name: str) -> str:
        events = self._cloudformation.describe_stack_events(StackName=name)["StackEvents"]
        return "; ".join(
            f"{event['LogicalResourceId']} ({event['ResourceType']}): {reason}"
            for event in reversed(events)
            if event["ResourceStatus"].endswith("_FAILED")
            and (reason := event.get("ResourceStatusReason"))
        )


def _explain(message: str, prepared: Prepared) -> str:
    """Name the resources whose type nobody handles."""
    found = _UNRECOGNIZED.search(message)
    if not found:
        return f"stack {prepared.stage.stack_name}: {message}"
    types = {name.strip() for name in found[1].split(",")}
    resources = prepared.body["Resources"].items()
    named = [f"{key} ({one['Type']})" for key, one in resources if one["Type"] in types]
    return f"{', '.join(named)}: the local platform does not know this type of resource"
